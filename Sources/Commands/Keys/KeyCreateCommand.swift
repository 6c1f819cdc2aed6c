import LedgerStore
import Reporting
import Terms

/// `tollbook key create`: what a caller shows to say who pays.
struct KeyCreateCommand: Command {
    static let help = Help(
        "key create", "make a gateway key and show its secret once",
        details: """
            The secret goes where an SDK expects its provider's key. Every sidecar knows the key within 5
            seconds. Kept is only an HMAC of the secret under the pepper: `keys.pepper`, or the file
            key-pepper in data_dir, which is made with the first key and which every sidecar needs.

            A key says which tenant pays, and no header or body of the caller can say otherwise. It may also
            fix the user and labels, and restrict upstreams and models.
            """,
        options: [
            .init("--tenant", "NAME", "who pays; required; registered if it is not yet"),
            .init("--user", "NAME", "the user of every call", fallback: "what the caller says"),
            .init("--name", "NAME", "what people call the key; unique within the tenant"),
            .init("--upstream", "NAME", "allow only these upstreams", fallback: "all", arity: .list),
            .init(
                "--model", "PATTERN", "allow only these models; * stands for any characters", fallback: "all",
                arity: .list),
            .init("--label", "KEY=VALUE", "put this label on every call", arity: .repeated),
            .init("--expires", "TIME", "a date, a time, or a duration such as 90d", fallback: "never"),
            Format.option([.text, .json]), AccessOptions.help,
        ],
        examples: [
            .init(
                "tollbook key create --tenant acme --name checkout --model 'gpt-5*' --expires 90d",
                "a service"),
            .init("tollbook key create --tenant acme --user alice --format json", "for a script"),
        ])

    private let options: AccessOptions
    private let template: GatewayKey
    private let expires: Moment?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        guard let tenant = arguments.value("--tenant") else {
            throw .missingValue(option: "--tenant", metavar: "NAME")
        }
        expires = try arguments.moment("--expires")
        template = GatewayKey(
            id: "", tenant: tenant, name: arguments.value("--name") ?? "",
            user: arguments.value("--user") ?? "", upstreams: arguments.list("--upstream"),
            models: arguments.list("--model"), labels: try arguments.labels().sorted(),
            createdAt: Instant(microseconds: 0))
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let made = try options.withDesk(in: world) { desk throws(Failure) -> ShownSecret in
            var key = template
            key.createdAt = desk.now
            key.expiresAt = expires?.instant(from: desk.now)
            let isNew = !desk.state.tenants.contains { $0.name == key.tenant }
            let (stored, secret) = try desk.create(key)
            for name in desk.strangers(among: key.upstreams) {
                world.err.write("the key allows '\(name.visible)', and no upstream is called so here\n")
            }
            if isNew { world.err.write("tenant \(key.tenant.visible) was not registered; it is now\n") }
            return ShownSecret(stored, secret)
        }
        made.show(format, in: world)
        return .done
    }
}
