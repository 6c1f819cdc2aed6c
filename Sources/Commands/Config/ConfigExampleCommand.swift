/// `tollbook config example`: a configuration file to begin with.
struct ConfigExampleCommand: Command {
    static let help = Help(
        "config example", "print a configuration file with every setting, its meaning and its default",
        examples: [.init("tollbook config example > tollbook.yaml", "a file to begin with")])

    init(_ arguments: Arguments) throws(UsageError) {}

    func run(in world: World) throws(Failure) -> ExitCode {
        world.out.write(Configuration.example())
        return .done
    }
}
