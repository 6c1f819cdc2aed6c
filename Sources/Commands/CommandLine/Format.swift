/// The notations of rows.
enum Format: String, CaseIterable {
    case text, csv, json, jsonl, markdown, html

    /// What a command that lists rows knows.
    static let rows: [Format] = [.text, .csv, .json, .jsonl, .markdown]
    /// What a document can be had in.
    static let documents: [Format] = [.text, .markdown, .csv, .json, .html]

    /// The option for a command that knows these of them; the first is the default.
    static func option(_ formats: [Format] = rows) -> OptionHelp {
        OptionHelp(
            "--format", "FORMAT", "how to write it", fallback: formats[0].rawValue,
            values: formats.map(\.rawValue))
    }

    init(_ arguments: Arguments) {
        // The parser has checked the word against the option's list.
        self = arguments.value("--format").flatMap(Format.init) ?? .text
    }
}
