/// The words of one command, sorted by the command's ``Help``: what is not described there is refused.
///
/// `--name value` and `--name=value` are the same; `--` ends the options; a lone `-` is an operand
/// (standard input). A value that begins with two dashes must be written with `=`.
struct Arguments {
    private let help: Help
    private var flags: Set<String> = []
    private var values: [String: [String]] = [:]
    private var operands: [String] = []

    init(_ words: some Sequence<String>, for help: Help) throws(UsageError) {
        self.help = help
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            try take(word == "-h" ? "--help" : word, &rest)
        }
        if operands.count > help.operands.count {
            throw .unexpectedOperand(operands[help.operands.count])
        }
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(halves[0])
        guard let option = help.option(name) else {
            throw .unknownOption(name, nearest: nearest(to: name, among: help.options.map(\.name)))
        }
        guard let metavar = option.metavar else {
            if halves.count > 1 { throw .unexpectedValue(flag: name) }
            guard flags.insert(name).inserted else { throw .repeated(option: name) }
            return
        }
        let value: String
        if halves.count > 1 {
            value = String(halves[1])
        } else if let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        } else {
            throw .missingValue(option: name, metavar: metavar)
        }
        if value.isEmpty { throw .missingValue(option: name, metavar: metavar) }
        if option.arity == .single, values[name] != nil { throw .repeated(option: name) }
        let parts = option.arity == .list ? value.split(separator: ",").map(String.init) : [value]
        if !option.values.isEmpty {
            for part in parts where !option.values.contains(part) {
                throw .invalid(
                    what: name, value: part, expected: "one of \(option.values.joined(separator: ", "))",
                    nearest: nearest(to: part, among: option.values))
            }
        }
        values[name, default: []] += parts
    }

    var wantsHelp: Bool { flags.contains("--help") }

    func flag(_ name: String) -> Bool {
        assertKnown(name)
        return flags.contains(name)
    }

    /// The option's text, nil when it is absent.
    func value(_ name: String) -> String? {
        assertKnown(name)
        return values[name]?.first
    }

    /// All values in the order given, empty when the option is absent.
    func list(_ name: String) -> [String] {
        assertKnown(name)
        return values[name] ?? []
    }

    /// The option's value as read by `read`, which says nil to what it does not understand.
    func value<Value>(
        _ name: String, expected: String, _ read: (String) -> Value?
    ) throws(UsageError) -> Value? {
        guard let text = value(name) else { return nil }
        guard let value = read(text) else {
            throw .invalid(what: name, value: text, expected: expected, nearest: nil)
        }
        return value
    }

    /// The operand at an index, nil when it is absent and may be.
    func operand(_ index: Int) throws(UsageError) -> String? {
        if index < operands.count { return operands[index] }
        if help.operands[index].required { throw .missingOperand(help.operands[index].metavar) }
        return nil
    }

    /// Refuses two options that contradict each other.
    func exclusive(_ one: String, _ other: String) throws(UsageError) {
        if isGiven(one), isGiven(other) { throw .conflict(one, other) }
    }

    func isGiven(_ name: String) -> Bool { flags.contains(name) || values[name] != nil }

    private func assertKnown(_ name: String) {
        precondition(help.option(name) != nil, "\(help.name) does not describe \(name)")
    }
}
