/// The notations of rows.
enum Format: String, CaseIterable {
    case text, csv, json, jsonl, markdown

    /// The option for a command that knows these of them; the first is the default.
    static func option(_ formats: [Format] = allCases) -> OptionHelp {
        OptionHelp(
            "--format", "FORMAT", "how to write it", fallback: formats[0].rawValue,
            values: formats.map(\.rawValue))
    }

    init(_ arguments: Arguments) {
        // The parser has checked the word against the option's list.
        self = arguments.value("--format").flatMap(Format.init) ?? .text
    }
}
