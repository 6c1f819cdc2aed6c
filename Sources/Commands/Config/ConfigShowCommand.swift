/// `tollbook config show`: every setting in force and where its value comes from.
struct ConfigShowCommand: Command {
    static let help = Help(
        "config show", "show every setting, its value and where it comes from",
        details: "Secrets are masked, and so is a password inside the database's address.",
        options: [Format.option([.text, .json])],
        examples: [.init("tollbook config show", "which file or variable set what")])

    private let options: ConfigurationOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        world.out.write(format == .json ? configuration.json() + "\n" : configuration.text())
        return .done
    }
}
