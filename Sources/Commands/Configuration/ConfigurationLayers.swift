// Gathers the settings of all layers — defaults, file, environment, command line, each overriding the
// one before — and reads each by its kind. What stands in a layer and is no setting is a problem.
import Terms

/// One setting in force, or one default.
struct Setting: Hashable, Sendable {
    let key: SettingKey
    /// The key's levels with the user's names in the place of stars.
    let levels: [String]
    let raw: RawSetting
    let origin: SettingOrigin
    /// A part of the value came from a file or a credential.
    var isFromFile = false
    /// Written with `${…}` in the file.
    var isExpanded = false

    var path: String { levels.joined(separator: ".") }
    /// Never shown.
    var isSecret: Bool { key.isSecret || isFromFile }
}

enum RawSetting: Hashable, Sendable {
    case one(String)
    case many([String])
    case pairs([String: String])
}

/// A setting given on the command line.
public struct ConfigurationFlag: Sendable {
    /// As it was typed, such as `--listen`.
    public let name: String
    /// The setting, levels joined by dots: `listen`, `spool.policy`.
    public let key: String
    public let value: String
    public init(name: String, key: String, value: String) {
        self.name = name
        self.key = key
        self.value = value
    }
}

struct ConfigurationLayers {
    let environment: [String: String]
    private var sources: ExpansionSources
    /// Files that the setting at hand was taken from.
    private var expansions: [String] = []
    /// A part of the setting at hand was written with `${…}`.
    private var isExpanded = false
    /// Files that values were taken from.
    private(set) var secretFiles: Set<String> = []
    private(set) var settings: [[String]: Setting] = [:]
    private(set) var problems: [ConfigurationProblem] = []
    /// Variables that look like settings and are none. Other programs of this project have variables
    /// under the same prefix, so this is a warning.
    private(set) var strayVariables: [String] = []

    init(
        environment: [String: String], reading read: @escaping (String) throws(FileProblem) -> [UInt8]?
    ) {
        self.environment = environment
        sources = ExpansionSources(environment: environment, read: read)
    }

    /// Names of upstreams are segments of paths and parts of metrics.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    // MARK: File

    mutating func add(file document: Document, name: String) {
        guard !document.isNull else { return }
        sources.besides = name
        walk(document, [], name)
    }

    private mutating func walk(_ node: Document, _ levels: [String], _ file: String) {
        let path = levels.joined(separator: ".")
        guard case .map(let entries) = node.content else {
            let words = "must be a map of settings"
            problems.append(
                .shape(path.isEmpty ? "the file" : path, words: words, .file(file, line: node.line)))
            return
        }
        for entry in entries {
            let levels = levels + [entry.key]
            let origin = SettingOrigin.file(file, line: entry.line)
            if let key = Self.key(at: levels) {
                expansions = []
                isExpanded = false
                guard let raw = raw(entry.value, key, levels, origin) else { continue }
                set(
                    Setting(
                        key: key, levels: levels, raw: raw, origin: origin,
                        isFromFile: !expansions.isEmpty, isExpanded: isExpanded))
                secretFiles.formUnion(expansions)
            } else if Self.isSection(levels) {
                if levels.count == 2, !Self.isName(entry.key) {
                    problems.append(
                        .shape(
                            levels.joined(separator: "."),
                            words: "must be named with letters, digits, `-`, `_` and `.`", origin))
                } else if !entry.value.isNull {
                    walk(entry.value, levels, file)
                }
            } else {
                problems.append(
                    .unknownKey(levels.joined(separator: "."), near: Self.nearestKey(to: levels), origin))
            }
        }
    }

    private mutating func raw(
        _ node: Document, _ key: SettingKey, _ levels: [String], _ origin: SettingOrigin
    ) -> RawSetting? {
        let path = levels.joined(separator: ".")
        switch node.content {
        case .scalar:
            guard let text = node.text else { return nil }
            return expand(text, path, origin).map { .one($0) }
        case .list(let items):
            guard key.kind.isList else {
                problems.append(.shape(path, words: "must be one value, not a list", origin))
                return nil
            }
            return texts(items.map { (path, $0) }, origin).map { .many($0) }
        case .map(let entries):
            guard key.kind == .map else {
                problems.append(.shape(path, words: "must be a value, not a map", origin))
                return nil
            }
            return texts(entries.map { ("\(path).\($0.key)", $0.value) }, origin).map { values in
                .pairs(Dictionary(uniqueKeysWithValues: zip(entries.map(\.key), values)))
            }
        }
    }

    private mutating func texts(_ items: [(String, Document)], _ origin: SettingOrigin) -> [String]? {
        var found: [String] = []
        for (path, item) in items {
            guard let text = item.text else {
                problems.append(.shape(path, words: "must hold texts", origin))
                return nil
            }
            guard let text = expand(text, path, origin) else { return nil }
            found.append(text)
        }
        return found
    }

    private mutating func expand(_ text: String, _ key: String, _ origin: SettingOrigin) -> String? {
        if text.contains("${") { isExpanded = true }
        do throws(ExpansionProblem) {
            let found = try expanded(text, sources)
            expansions += found.files
            return found.text
        } catch {
            switch error {
            case .unreadable(let what, let reason):
                problems.append(.unreadableSecret(key: key, what: what, reason: reason, origin))
            case .unset(let name): problems.append(.unsetVariable(key: key, variable: name, origin))
            case .wrong(let words): problems.append(.expansion(key: key, words: words, origin))
            }
            return nil
        }
    }

    // MARK: Environment and command line

    static let prefix = "TOLLBOOK_"
    /// Read by the program or its tests, but no settings.
    private static let otherVariables: Set = [
        "TOLLBOOK_CONFIG", "TOLLBOOK_CORPUS", "TOLLBOOK_FAILPOINT", "TOLLBOOK_UPDATE_GOLDEN",
        "TOLLBOOK_TEST_DATABASE",
    ]

    /// To be called after the file was added: names of upstreams are matched with those it has.
    mutating func addEnvironment() {
        let variables = environment.keys.filter {
            $0.hasPrefix(Self.prefix) && !Self.otherVariables.contains($0)
        }
        for variable in variables.sorted() {
            guard let (key, levels) = resolve(variable), key.kind != .map else {
                strayVariables.append(variable)
                continue
            }
            set(key, levels, environment[variable] ?? "", .environment(variable))
        }
    }

    private func resolve(_ variable: String) -> (SettingKey, [String])? {
        let parts = Self.parts(of: variable.dropFirst(Self.prefix.count))
        for key in ConfigurationTable.keys where key.levels.count == parts.count {
            let matches = zip(key.levels, parts).allSatisfy { $0 == "*" || Self.capitals($0) == $1 }
            guard matches else { continue }
            let levels = zip(key.levels, parts).map { $0 == "*" ? upstreamName($1) : String($0) }
            if levels.allSatisfy({ !$0.isEmpty }) { return (key, levels) }
        }
        return nil
    }

    /// The levels of a variable's name, joined by two underscores.
    private static func parts(of name: Substring) -> [String] {
        var parts = [""]
        var rest = name
        while let first = rest.first {
            if rest.hasPrefix("__") {
                parts.append("")
                rest = rest.dropFirst(2)
            } else {
                parts[parts.count - 1].append(first)
                rest = rest.dropFirst()
            }
        }
        return parts
    }

    private static func capitals(_ level: some StringProtocol) -> String {
        String(level.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    private func upstreamName(_ part: String) -> String {
        let known = settings.keys.filter { $0.count > 2 && $0[0] == "upstreams" }.map { $0[1] }
        return known.sorted().first { Self.capitals($0) == part } ?? part.lowercased()
    }

    /// The variable that overrides a setting.
    static func variable(for levels: [String]) -> String {
        prefix + levels.map(capitals).joined(separator: "__")
    }

    mutating func add(_ flags: [ConfigurationFlag]) {
        for flag in flags {
            let levels = flag.key.split(separator: ".").map(String.init)
            guard let key = Self.key(at: levels) else {
                problems.append(
                    .unknownKey(flag.key, near: Self.nearestKey(to: levels), .flag(flag.name)))
                continue
            }
            set(key, levels, flag.value, .flag(flag.name))
        }
    }

    private mutating func set(
        _ key: SettingKey, _ levels: [String], _ text: String, _ origin: SettingOrigin
    ) {
        let isList = key.kind.isList && text.contains(",")
        let items = text.split(separator: ",").map { String($0.drop { $0 == " " }) }
        set(Setting(key: key, levels: levels, raw: isList ? .many(items) : .one(text), origin: origin))
    }

    /// An empty text is no value, with few exceptions: it leaves what the layer below says.
    private mutating func set(_ setting: Setting) {
        if setting.raw != .one("") || setting.key.emptyCounts { settings[setting.levels] = setting }
    }

    // MARK: The table

    static func key(at levels: [String]) -> SettingKey? {
        ConfigurationTable.keys.first { key in
            key.levels.count == levels.count
                && zip(key.levels, levels).allSatisfy { $0 == "*" || $0 == $1 }
        }
    }

    private static func isSection(_ levels: [String]) -> Bool {
        ConfigurationTable.keys.contains { key in
            key.levels.count > levels.count && zip(key.levels, levels).allSatisfy { $0 == "*" || $0 == $1 }
        }
    }

    /// The nearest key at the same place, else a key of that very name elsewhere.
    private static func nearestKey(to levels: [String]) -> String? {
        let siblings = ConfigurationTable.keys.filter { key in
            key.levels.count >= levels.count
                && zip(key.levels, levels.dropLast()).allSatisfy { $0 == "*" || $0 == $1 }
        }
        let place = levels.count - 1
        let names = siblings.map { String($0.levels[place]) }.filter { $0 != "*" }
        if let near = nearest(to: levels[place], among: names) {
            return (levels.dropLast() + [near]).joined(separator: ".")
        }
        guard levels.count == 1 else { return nil }
        return ConfigurationTable.keys.first { $0.levels.last.map(String.init) == levels.last }?.path
    }
}
