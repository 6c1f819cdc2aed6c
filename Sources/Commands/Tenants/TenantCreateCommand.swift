import Reporting
import Terms

/// `tollbook tenant create`: somebody accountable for spend.
struct TenantCreateCommand: Command {
    static let help = Help(
        "tenant create", "register a tenant",
        details: """
            A tenant is accountable for spend. Spend can also be booked to a tenant that nobody registered; a
            registered one has a currency, a time zone and a cost center for its statements, and can be
            archived.
            """,
        operands: [.init("NAME", "how records and reports name it")],
        options: [
            .init("--currency", "CODE", "of its statements", fallback: "USD"),
            .init("--timezone", "ZONE", "IANA name: where its days and months begin", fallback: "UTC"),
            .init("--cost-center", "TEXT", "what finance calls it"),
            Format.option([.text, .json]), AccessOptions.help,
        ],
        examples: [
            .init("tollbook tenant create acme --currency EUR --timezone Europe/Berlin", "one more customer")
        ])

    private let options: AccessOptions
    private let name: String
    private let currency: String
    private let timezone: String
    private let costCenter: String
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        currency = arguments.value("--currency") ?? "USD"
        timezone = arguments.value("--timezone") ?? "UTC"
        costCenter = arguments.value("--cost-center") ?? ""
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let tenant = try options.withDesk(in: world) { desk throws(Failure) -> Tenant in
            guard !desk.state.tenants.contains(where: { $0.name == name }) else {
                throw Failure(
                    .couldNot,
                    Diagnosis(
                        code: "tenant.exists", problem: "the tenant \(name.visible) is registered already",
                        effect: "nothing was changed",
                        remedy: "see `tollbook tenant show`; `tollbook apply` changes it"))
            }
            let tenant = Tenant(
                name: name, currency: currency, timezone: timezone, costCenter: costCenter,
                createdAt: desk.now)
            try desk.store(tenant, action: "tenant.create")
            return tenant
        }
        var json = JSONWriter()
        json.tenant(tenant)
        json.newline()
        world.out.write(format == .json ? json.text : "tenant \(tenant.name.visible) registered\n")
        return .done
    }
}
