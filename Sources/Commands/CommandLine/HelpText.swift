import Reporting

// Help pages as text for a terminal: the overview of all commands, the page of one, the short usage
// that follows a wrong command line.

extension Help {
    /// One line: what may follow the command's name.
    var usage: String {
        var text = "usage: tollbook \(name)"
        for operand in operands { text += operand.required ? " \(operand.metavar)" : " [\(operand.metavar)]" }
        return text + " [OPTIONS]"
    }

    /// After a usage error: the usage and where to read more.
    var usageHint: String { "\(usage)\nmore:  tollbook \(name) --help\n" }

    func page(style: TerminalStyle) -> String {
        let columns = min(style.columns ?? 80, CommandLimits.helpColumns)
        var text = "\(style.paint("tollbook \(name)", .bold)): \(summary)\n\n\(usage)\n"
        for paragraph in paragraphs { text += "\n" + wrap(paragraph, columns: columns) }
        if !operands.isEmpty {
            text += "\n" + HelpText.entries(operands.map { ($0.metavar, $0.meaning) }, columns: columns)
        }
        text += "\noptions:\n"
        text += HelpText.entries(options.map { ($0.synopsis, $0.fullMeaning) }, columns: columns)
        text += "\nexamples:\n"
        for example in examples { text += "  # \(example.purpose)\n  \(example.command)\n" }
        return text
    }

    var paragraphs: [String] {
        var paragraphs: [String] = []
        var current = ""
        for line in details.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !current.isEmpty { paragraphs.append(current) }
                current = ""
            } else {
                current += (current.isEmpty ? "" : " ") + line
            }
        }
        return current.isEmpty ? paragraphs : paragraphs + [current]
    }
}

extension OptionHelp {
    /// `--by DIMENSION,...`
    var synopsis: String {
        guard let metavar else { return name }
        switch arity {
        case .single: return "\(name) \(metavar)"
        case .list: return "\(name) \(metavar),..."
        case .repeated: return "\(name) \(metavar) ..."
        }
    }

    /// The meaning with the closed list of values and the default.
    var fullMeaning: String {
        var text = meaning
        if !values.isEmpty { text += ": " + values.joined(separator: ", ") }
        if arity == .repeated { text += "; may be repeated" }
        if let fallback { text += " (default: \(fallback))" }
        return text
    }
}

/// Pages that belong to no single command.
enum HelpText {
    static func overview(_ groups: [CommandGroup], style: TerminalStyle) -> String {
        var text = """
            tollbook: a usage ledger for LLM traffic

            usage: tollbook COMMAND [OPTIONS]

            """
        let columns = min(style.columns ?? 80, CommandLimits.helpColumns)
        let widest = groups.flatMap { $0.commands }.map { $0.help.name.count }.max() ?? 0
        for group in groups {
            text += "\n\(style.paint(group.title, .bold)):\n"
            let rows = group.commands.map { ($0.help.name, $0.help.summary) }
            text += entries(rows, columns: columns, nameWidth: widest)
        }
        return text + """

            more:  tollbook help COMMAND, tollbook help exit-codes, tollbook --version

            """
    }

    static func exitCodes() -> String {
        "exit codes:\n"
            + entries(
                ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }, columns: CommandLimits.helpColumns)
    }

    /// Two columns: names, and meanings wrapped beside them.
    static func entries(
        _ rows: [(name: String, meaning: String)], columns: Int, nameWidth: Int? = nil
    ) -> String {
        let width = nameWidth ?? rows.map(\.name.count).max() ?? 0
        let indent = width + 4
        var text = ""
        for row in rows {
            let name = "  " + row.name + String(repeating: " ", count: max(0, width - row.name.count) + 2)
            let meaning = wrap(row.meaning, columns: max(30, columns - indent))
            for (index, line) in meaning.split(separator: "\n").enumerated() {
                text += (index == 0 ? name : String(repeating: " ", count: indent)) + line + "\n"
            }
        }
        return text
    }
}

/// Breaks text between words; a word longer than the line stands alone. Ends with a line feed.
func wrap(_ text: String, columns: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if !line.isEmpty, line.displayWidth + 1 + word.displayWidth > columns {
            lines.append(line)
            line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines.joined(separator: "\n") + "\n"
}
