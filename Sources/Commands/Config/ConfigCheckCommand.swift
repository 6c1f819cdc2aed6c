/// `tollbook config check`: would `serve` start with this configuration?
struct ConfigCheckCommand: Command {
    static let help = Help(
        "config check", "check the configuration and tell everything that is wrong with it",
        details:
            "Reads file, environment and options as every command does. Nothing is started or connected.",
        examples: [.init("tollbook config check --config /etc/tollbook/tollbook.yaml", "before a restart")])

    private let options: ConfigurationOptions

    init(_ arguments: Arguments) throws(UsageError) { options = ConfigurationOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        if let missing = configuration.missingForServing { throw Failure(.configuration, missing) }
        let upstreams = configuration.upstreams.map(\.name).joined(separator: ", ")
        world.out.write("\(configuration.file ?? "defaults and environment"): good; upstreams \(upstreams)\n")
        return .done
    }
}
