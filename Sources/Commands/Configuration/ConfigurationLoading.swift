// Where the configuration file is looked for, and how the layers are put together.
import Documents
import Glibc
public import Terms

extension Configuration {
    /// Files that are looked for when neither `--config` nor `$TOLLBOOK_CONFIG` names one.
    static let places = ["tollbook.yaml", "/etc/tollbook/tollbook.yaml"]

    /// Reads the configuration. Later layers win: default, file, environment, command line.
    ///
    /// - Parameters:
    ///   - path: what `--config` names; that file must exist.
    /// - Throws: every problem, not only the first; the exit code is 78.
    public static func load(
        path: String? = nil, environment: [String: String], flags: [ConfigurationFlag] = []
    ) throws(ConfigurationProblems) -> Configuration {
        try load(path: path, environment: environment, flags: flags, reading: Files.read)
    }

    /// - Parameter read: gives a file's bytes, nil when there is none.
    static func load(
        path: String? = nil, environment: [String: String], flags: [ConfigurationFlag] = [],
        reading read: @escaping (String) throws(FileProblem) -> [UInt8]?
    ) throws(ConfigurationProblems) -> Configuration {
        var layers = ConfigurationLayers(environment: environment, reading: read)
        let source: (name: String, bytes: [UInt8])?
        do throws(ConfigurationProblem.Box) {
            source = try find(path, environment, read)
        } catch {
            throw ConfigurationProblems(diagnoses: [error.problem.diagnosis])
        }
        if let source {
            do throws(DocumentError) {
                layers.add(file: try Document.yaml(source.bytes), name: source.name)
            } catch {
                throw ConfigurationProblems(diagnoses: [error.diagnosis(in: source.name)])
            }
        }
        layers.addEnvironment()
        layers.add(flags)
        var reader = ConfigurationReader(layers)
        let warnings = layers.strayVariables.map { "the variable \($0) is no setting and has no effect" }
        guard let configuration = reader.configuration(file: source?.name, warnings: warnings) else {
            throw ConfigurationProblems(diagnoses: reader.problems.map(\.diagnosis))
        }
        return configuration
    }

    private static func find(
        _ path: String?, _ environment: [String: String], _ read: (String) throws(FileProblem) -> [UInt8]?
    ) throws(ConfigurationProblem.Box) -> (name: String, bytes: [UInt8])? {
        func bytes(_ path: String) throws(ConfigurationProblem.Box) -> [UInt8]? {
            do throws(FileProblem) {
                return try read(path)
            } catch {
                throw ConfigurationProblem.Box(.unreadableFile(path, reason: error.reason))
            }
        }
        let variable = environment["TOLLBOOK_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let named = path ?? variable {
            guard let found = try bytes(named) else {
                let origin = path == nil ? SettingOrigin.environment("TOLLBOOK_CONFIG") : .flag("--config")
                throw ConfigurationProblem.Box(.noFile(named, origin))
            }
            return (named, found)
        }
        for place in places {
            if let found = try bytes(place) { return (place, found) }
        }
        return nil
    }

    /// What `serve` needs beyond a valid configuration; nil when nothing is missing.
    public var missingForServing: Diagnosis? {
        guard upstreams.isEmpty else { return nil }
        return Diagnosis(
            code: "config.no-upstream", problem: "no upstream is configured",
            effect: "there is nowhere to forward a request to",
            remedy: "add one under `upstreams`; see `tollbook config example`")
    }
}

extension ConfigurationProblem {
    /// The problem as an error, for typed throws.
    struct Box: Error {
        let problem: ConfigurationProblem
        init(_ problem: ConfigurationProblem) { self.problem = problem }
    }
}
