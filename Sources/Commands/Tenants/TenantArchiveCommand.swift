import Reporting
import Terms

/// `tollbook tenant archive`: nothing is spent for it any more.
struct TenantArchiveCommand: Command {
    static let help = Help(
        "tenant archive", "end a tenant: its calls are refused from then on",
        details: """
            Its keys stop working and calls that name it are refused, on every sidecar within 5 seconds. What
            is booked stays and is reported as before.
            """,
        operands: [.init("NAME", "a registered tenant")],
        options: [.init(flag: "--undo", "take it back"), AccessOptions.help],
        examples: [.init("tollbook tenant archive initech", "a customer who left")])

    private let options: AccessOptions
    private let name: String
    private let undo: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        undo = arguments.flag("--undo")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let changed = try options.withDesk(in: world) { desk throws(Failure) -> Bool in
            var tenant = try desk.tenant(named: name)
            tenant.archivedAt = undo ? nil : tenant.archivedAt ?? desk.now
            return try desk.store(tenant, action: undo ? "tenant.restore" : "tenant.archive")
        }
        let state = undo ? "active" : "archived"
        world.out.write(
            changed ? "tenant \(name.visible) is \(state)\n" : "tenant \(name.visible) was \(state) already\n"
        )
        return .done
    }
}
