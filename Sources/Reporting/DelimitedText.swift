// The two notations for rows that other programs and other documents take in.

/// Comma-separated values of RFC 4180, with line feeds: a field is quoted when it holds a comma, a
/// quote or a line break, and nothing else about it is changed.
public struct CSV: Sendable {
    private var text = ""

    public init() {}

    public mutating func line(_ fields: [String]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { text += "," }
            text +=
                field.utf8.contains(where: Self.mustQuote)
                ? "\""
                    + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    + "\""
                : field
        }
        text += "\n"
    }

    /// The lines so far; the next call returns what came after them.
    public mutating func take() -> String {
        defer { text = "" }
        return text
    }

    private static func mustQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0a || byte == 0x0d
    }
}

extension TextTable {
    /// A GitHub-flavoured Markdown table; totals are its last rows, in bold.
    public var markdown: String {
        var text = Self.markdownLine(columns.map(\.heading))
        text += Self.markdownLine(columns.map { $0.numeric ? "---:" : "---" }, escaping: false)
        for row in rows { text += Self.markdownLine(row) }
        for total in totals {
            let bold = total.map { $0.isEmpty ? "" : "**\($0.markdownSafe)**" }
            text += Self.markdownLine(bold, escaping: false)
        }
        return text
    }

    private static func markdownLine(_ cells: [String], escaping: Bool = true) -> String {
        "| " + cells.map { escaping ? $0.markdownSafe : $0 }.joined(separator: " | ") + " |\n"
    }
}
