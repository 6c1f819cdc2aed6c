// The manual page: every command in roff, from the same data as the help pages.

enum ManualPage {
    static func text(_ groups: [CommandGroup]) -> String {
        var text = """
            .TH TOLLBOOK 1 "" "tollbook \(Tollbook.version)" "User Commands"
            .SH NAME
            tollbook \\- a usage ledger for LLM traffic
            .SH SYNOPSIS
            .B tollbook
            .I COMMAND
            .RI [ OPTIONS ]

            """
        for group in groups {
            text += ".SH \(escape(group.title.uppercased()))\n"
            for command in group.commands { text += section(command.help) }
        }
        text += ".SH EXIT STATUS\n"
        for code in ExitCode.allCases { text += ".TP\n.B \(code.rawValue)\n\(escape(code.meaning))\n" }
        text += ".SH ENVIRONMENT\n"
        for (name, meaning) in environment { text += ".TP\n.B \(name)\n\(escape(meaning))\n" }
        return text
    }

    private static let environment = [
        ("TOLLBOOK_CONFIG", "the configuration file"),
        ("TOLLBOOK_DATABASE", "where the ledger is; so every key of the configuration has its variable"),
        ("NO_COLOR", "set and not empty: no colour on a terminal"),
    ]

    private static func section(_ help: Help) -> String {
        var text = ".SS \(escape(help.name))\n\(escape(help.summary)).\n"
        for paragraph in help.paragraphs { text += ".PP\n\(escape(paragraph))\n" }
        text += ".PP\n.B \(escape(String(help.usage.dropFirst("usage: ".count))))\n"
        for operand in help.operands { text += ".TP\n.I \(operand.metavar)\n\(escape(operand.meaning))\n" }
        for option in help.options {
            text += ".TP\n.B \(escape(option.synopsis))\n\(escape(option.fullMeaning))\n"
        }
        for example in help.examples {
            text += ".PP\n\(escape(example.purpose)):\n.PP\n.RS\n.B \(escape(example.command))\n.RE\n"
        }
        return text
    }

    /// Backslashes, hyphens that are typed, and lines that roff would take for its own.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            default: escaped.append(character)
            }
        }
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
