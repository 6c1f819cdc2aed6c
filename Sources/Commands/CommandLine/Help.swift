/// What a command says about itself. The parser, `--help`, the man page and the completions of three
/// shells read this one description, so that none of them can promise what another refuses.
public struct Help: Sendable {
    /// The words after `tollbook`: `["spool", "status"]`.
    let path: [String]
    /// One line, lower case, no full stop.
    let summary: String
    /// Paragraphs, separated by an empty line; the renderer wraps them.
    let details: String
    let operands: [Operand]
    let options: [OptionHelp]
    let examples: [Example]

    init(
        _ path: String, _ summary: String, details: String = "", operands: [Operand] = [],
        options: [OptionHelp] = [], examples: [Example]
    ) {
        self.path = path.split(separator: " ").map(String.init)
        self.summary = summary
        self.details = details
        self.operands = operands
        self.options = options + OptionHelp.everywhere
        self.examples = examples
    }

    var name: String { path.joined(separator: " ") }

    func option(_ name: String) -> OptionHelp? { options.first { $0.name == name } }

    /// Something given without an option's name.
    struct Operand: Sendable {
        let metavar: String
        let meaning: String
        let required: Bool

        init(_ metavar: String, _ meaning: String, required: Bool = true) {
            self.metavar = metavar
            self.meaning = meaning
            self.required = required
        }
    }

    struct Example: Sendable {
        let command: String
        let purpose: String

        init(_ command: String, _ purpose: String) {
            self.command = command
            self.purpose = purpose
        }
    }
}

/// One long option.
public struct OptionHelp: Sendable {
    /// With its dashes: `--since`.
    let name: String
    /// nil for a flag, which takes no value.
    let metavar: String?
    let meaning: String
    /// What holds when the option is absent, in words; nil where absence needs no explanation.
    let fallback: String?
    let arity: Arity
    /// The closed list of values, for checking and for completion; empty when open.
    let values: [String]

    enum Arity: Sendable {
        /// Given once at most.
        case single
        /// `a,b` or repeated: the values are joined in order.
        case list
        /// Repeated; commas belong to the value.
        case repeated
    }

    /// An option with a value.
    init(
        _ name: String, _ metavar: String, _ meaning: String, fallback: String? = nil,
        arity: Arity = .single, values: [String] = []
    ) {
        self.name = name
        self.metavar = metavar
        self.meaning = meaning
        self.fallback = fallback
        self.arity = arity
        self.values = values
    }

    /// A flag.
    init(flag name: String, _ meaning: String) {
        self.name = name
        metavar = nil
        self.meaning = meaning
        fallback = nil
        arity = .single
        values = []
    }

    /// Understood by every command.
    static let everywhere: [OptionHelp] = [
        OptionHelp(
            "--config", "PATH", "the configuration file",
            fallback: "$TOLLBOOK_CONFIG, ./tollbook.yaml, /etc/tollbook/tollbook.yaml"),
        OptionHelp(flag: "--help", "print this page"),
    ]
}
