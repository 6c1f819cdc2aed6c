// A document as a list of blocks, written once and printed as text, Markdown or HTML: the three can differ in
// looks, never in what they say.

/// A part of a page.
public enum PageBlock: Sendable {
    case heading(String)
    /// Names with their values.
    case facts([(name: String, value: String)])
    /// What a reader wants to know first, each with a remark.
    case highlights([(name: String, value: String, note: String)])
    /// - id: names the table for whoever reads the HTML by machine.
    /// - subtotals: positions of rows that sum up those above them.
    case table(id: String, TextTable, subtotals: Set<Int>)
    case paragraph(String)
    /// SVG, for HTML only: everything in it stands in a table, too.
    case chart(caption: String, svg: String)
}

/// A document with a title.
public struct Page: Sendable {
    public var title: String
    public var blocks: [PageBlock] = []

    public init(title: String) { self.title = title }

    /// - Parameter columns: the terminal's width, nil when the output is no terminal.
    public func text(columns: Int?) -> String {
        var text = title.visible + "\n" + String(repeating: "═", count: title.visible.displayWidth) + "\n"
        for block in blocks {
            switch block {
            case .heading(let heading): text += "\n\(heading.visible)\n"
            case .facts(let facts):
                let width = facts.map(\.name.displayWidth).max() ?? 0
                for fact in facts {
                    let space = String(repeating: " ", count: width - fact.name.displayWidth + 2)
                    text += "\(fact.name)\(space)\(fact.value.visible)\n"
                }
            case .highlights(let all): text += Self.text(of: all)
            case .table(_, let table, _): text += table.text(columns: columns)
            case .paragraph(let paragraph): text += Self.wrapped(paragraph.visible, columns ?? 100) + "\n"
            case .chart: break
            }
        }
        return text
    }

    private static func text(of highlights: [(name: String, value: String, note: String)]) -> String {
        let names = highlights.map(\.name.displayWidth).max() ?? 0
        let values = highlights.map(\.value.displayWidth).max() ?? 0
        return highlights.reduce("\n") { text, one in
            let left = String(repeating: " ", count: names - one.name.displayWidth + 2)
            let right = String(repeating: " ", count: values - one.value.displayWidth + 2)
            let note = one.note.isEmpty ? "" : right + one.note.visible
            return text + "\(one.name)\(left)\(one.value.visible)\(note)\n"
        }
    }

    /// Broken between words.
    private static func wrapped(_ text: String, _ columns: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.displayWidth + 1 + word.displayWidth > columns {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }

    public var markdown: String {
        var text = "# \(title.markdownSafe)\n"
        for block in blocks {
            switch block {
            case .heading(let heading): text += "\n## \(heading.markdownSafe)\n\n"
            case .facts(let facts):
                text += "\n"
                for fact in facts { text += "- \(fact.name): \(fact.value.markdownSafe)\n" }
            case .highlights(let all):
                text += "\n"
                for one in all {
                    let note = one.note.isEmpty ? "" : " (\(one.note.markdownSafe))"
                    text += "- \(one.name): **\(one.value.markdownSafe)**\(note)\n"
                }
            case .table(_, let table, _): text += "\n" + table.markdown + "\n"
            case .paragraph(let paragraph): text += "\n" + paragraph.markdownSafe + "\n"
            case .chart: break
            }
        }
        return text
    }
}

extension StringProtocol {
    /// With what Markdown would take for markup spelled as text.
    var markdownSafe: String {
        var escaped = ""
        for character in visible {
            if "\\|`*_[]<>".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// With what HTML would take for markup spelled as text.
    var htmlSafe: String {
        var escaped = ""
        for character in visible {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
