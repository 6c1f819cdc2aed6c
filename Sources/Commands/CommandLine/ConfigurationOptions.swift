import Terms

/// What every command that needs the configuration does with its command line.
struct ConfigurationOptions {
    private let path: String?
    private let flags: [ConfigurationFlag]

    /// For commands that work on the ledger.
    static let database = OptionHelp(
        "--database", "CONNINFO", "where the ledger is, as a postgresql:// URL, key=value pairs, or private",
        fallback: "the configuration's database")

    /// - Parameter settings: options that stand for a setting of the same name.
    init(_ arguments: Arguments, settings: [String] = []) {
        path = arguments.value("--config")
        flags = settings.compactMap { option in
            arguments.value(option).map {
                ConfigurationFlag(name: option, key: String(option.dropFirst(2)), value: $0)
            }
        }
    }

    /// Reads the configuration; warnings go to stderr.
    func load(in world: World) throws(Failure) -> Configuration {
        do throws(ConfigurationProblems) {
            let configuration = try Configuration.load(
                path: path, environment: world.environment, flags: flags)
            for warning in configuration.warnings { world.err.write("warning: \(warning)\n") }
            return configuration
        } catch {
            throw Failure(error)
        }
    }
}
