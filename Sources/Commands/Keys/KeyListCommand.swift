import Terms

/// `tollbook key list` and `key show`.
struct KeyListCommand: Command {
    static let help = Help(
        "key list", "list gateway keys",
        options: [
            .init("--tenant", "NAME", "only this tenant's"),
            .init(
                "--state", "STATE", "only these", values: GatewayKey.State.allCases.map(\.rawValue)),
            Format.option(), AccessOptions.help,
        ],
        examples: [.init("tollbook key list --tenant acme --state active", "what acme's callers use")])

    private let options: AccessOptions
    private let tenant: String?
    private let state: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        tenant = arguments.value("--tenant")
        state = arguments.value("--state")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let text = try options.withDesk(in: world) { desk throws(Failure) -> String in
            let keys = desk.state.keys.filter { key in
                (tenant == nil || key.tenant == tenant)
                    && (state == nil || key.state(at: desk.now).rawValue == state)
            }
            return KeyRows(state: desk.state, now: desk.now).text(
                keys, format, columns: world.outStyle.columns)
        }
        world.out.write(text)
        return .done
    }
}

struct KeyShowCommand: Command {
    static let help = Help(
        "key show", "show one gateway key, without its secret",
        operands: [KeyOperand.help],
        options: [Format.option([.text, .json]), AccessOptions.help],
        examples: [.init("tollbook key show acme/checkout", "its rules and state")])

    private let options: AccessOptions
    private let name: String
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let text = try options.withDesk(in: world) { desk throws(Failure) -> String in
            let key = try desk.key(named: name)
            let rows = KeyRows(state: desk.state, now: desk.now)
            guard format == .json else { return rows.text([key], .text, columns: world.outStyle.columns) }
            var json = JSONWriter()
            rows.write(key, &json)
            json.newline()
            return json.text
        }
        world.out.write(text)
        return .done
    }
}

enum KeyOperand {
    static let help = Help.Operand("KEY", "a key's id, its public prefix, or TENANT/NAME")
}
