import Terms

/// `tollbook tenant list` and `tenant show`.
struct TenantListCommand: Command {
    static let help = Help(
        "tenant list", "list the registered tenants",
        options: [.init(flag: "--all", "archived ones too"), Format.option(), AccessOptions.help],
        examples: [.init("tollbook tenant list --all --format csv", "for a spreadsheet")])

    private let options: AccessOptions
    private let all: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        all = arguments.flag("--all")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let tenants = try options.withDesk(in: world) { desk throws(Failure) in
            desk.state.tenants.filter { all || $0.archivedAt == nil }
        }
        world.out.write(TenantRows.text(tenants, format, columns: world.outStyle.columns))
        return .done
    }
}

struct TenantShowCommand: Command {
    static let help = Help(
        "tenant show", "show one tenant",
        operands: [.init("NAME", "a registered tenant")],
        options: [Format.option([.text, .json]), AccessOptions.help],
        examples: [.init("tollbook tenant show acme", "its currency, zone and cost center")])

    private let options: AccessOptions
    private let name: String
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let tenant = try options.withDesk(in: world) { desk throws(Failure) in try desk.tenant(named: name) }
        if format == .json {
            var json = JSONWriter()
            json.tenant(tenant)
            json.newline()
            world.out.write(json.text)
        } else {
            world.out.write(TenantRows.text([tenant], .text, columns: world.outStyle.columns))
        }
        return .done
    }
}
