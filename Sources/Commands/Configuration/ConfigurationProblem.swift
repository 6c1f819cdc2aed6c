// Why a configuration is refused. All problems are told at once, each with the place it comes from.
public import Terms

/// Where a value comes from.
public enum SettingOrigin: Hashable, Sendable {
    case standard
    /// Counted from 1.
    case file(String, line: Int)
    case environment(String)
    case flag(String)

    /// `tollbook.yaml:12`, `TOLLBOOK_LISTEN`, `--listen`, `default`.
    public var text: String {
        switch self {
        case .standard: "default"
        case .file(let name, let line): "\(name):\(line)"
        case .environment(let name): name
        case .flag(let name): name
        }
    }
}

/// Everything wrong with a configuration; never empty. The process ends with exit code 78.
public struct ConfigurationProblems: Error, Hashable, Sendable {
    public let diagnoses: [Diagnosis]
}

enum ConfigurationProblem: Hashable, Sendable {
    case noFile(String, SettingOrigin)
    case unreadableFile(String, reason: String)
    case unknownKey(String, near: String?, SettingOrigin)
    case shape(String, words: String, SettingOrigin)
    case value(String, words: String, SettingOrigin)
    case unsetVariable(key: String, variable: String, SettingOrigin)
    case unreadableSecret(key: String, what: String, reason: String, SettingOrigin)
    case expansion(key: String, words: String, SettingOrigin)
    case contradiction(String)

    var diagnosis: Diagnosis {
        let (code, problem, remedy) = parts
        return Diagnosis(
            code: "config.\(code)", problem: problem,
            effect: "no setting is used; a running `serve` keeps those it started with", remedy: remedy)
    }

    private var parts: (code: String, problem: String, remedy: String) {
        let example = "see `tollbook config example`, then run `tollbook config check`"
        switch self {
        case .noFile(let path, let origin):
            return (
                "no-file", "there is no file \(path), which \(origin.text) names",
                "correct the path, or begin with `tollbook config example > \(path)`"
            )
        case .unreadableFile(let path, let reason):
            return ("unreadable-file", "\(path) cannot be read: \(reason)", "let this user read the file")
        case .unknownKey(let key, let near, let origin):
            let hint = near.map { "; did you mean `\($0)`?" } ?? ""
            return ("unknown-key", "\(origin.text): there is no setting `\(key)`\(hint)", example)
        case .shape(let key, let words, let origin):
            return ("shape", "\(origin.text): `\(key)` \(words)", example)
        case .value(let key, let words, let origin):
            return ("value", "\(origin.text): `\(key)` \(words)", example)
        case .unsetVariable(let key, let variable, let origin):
            return (
                "unset-variable", "\(origin.text): `\(key)` needs the variable \(variable), which is not set",
                "set \(variable), or write ${\(variable):-} where it may be empty"
            )
        case .unreadableSecret(let key, let what, let reason, let origin):
            return (
                "unreadable-secret", "\(origin.text): `\(key)` needs \(what): \(reason)",
                "put the value there, alone and readable by this user"
            )
        case .expansion(let key, let words, let origin):
            return (
                "expansion", "\(origin.text): `\(key)` \(words)",
                "write ${NAME} for a variable, ${file:PATH} for what is in a file, ${credential:NAME} for a "
                    + "credential of systemd, $$ for a dollar sign"
            )
        case .contradiction(let words):
            return ("contradiction", words, example)
        }
    }
}
