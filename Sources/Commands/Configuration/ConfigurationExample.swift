// `config example`: a whole configuration file with every setting, its meaning and its default, made
// from the table. What it prints loads as it is, without any variable set.

extension Configuration {
    public static func example() -> String {
        var text = """
            # Configuration of tollbook. Every setting is here with its default; one behind a # has none.
            # ${NAME} stands for a variable of the environment, ${NAME:-} for one that may be unset, ${file:PATH}
            # for what is in a file, ${credential:NAME} for a credential of systemd, $$ for a dollar sign.
            # Each setting can be overridden by a variable: TOLLBOOK_ and the setting in capitals, levels joined
            # by two underscores, such as TOLLBOOK_SPOOL__POLICY.
            # A changed file takes effect when `tollbook serve` starts again; the files of `tls` are read again
            # when they change.

            """
        var section: Substring?
        for key in ConfigurationTable.keys where !key.path.contains("*") {
            if key.levels.count > 1, key.levels[0] != section {
                section = key.levels[0]
                text += "\n\(key.levels[0]):\n"
            } else if key.levels.count == 1 {
                if section != nil { text += "\n" }
                section = nil
            }
            if key.path == "default_upstream" {
                text += entry(key, indented: "") + upstreams()
            } else {
                text += entry(key, indented: key.levels.count > 1 ? "  " : "")
            }
        }
        return text
    }

    private static func upstreams() -> String {
        var text = """

            # One block for each provider; its name is the first segment of the paths that clients use.
            upstreams:
              openai:

            """
        for key in ConfigurationTable.keys where key.path.hasPrefix("upstreams.*.") {
            switch key.levels[2] {
            case "url": text += comment(key, "    ") + "    url: https://api.openai.com\n"
            case "api_key": text += comment(key, "    ") + "    api_key: \"${OPENAI_API_KEY:-}\"\n"
            case "headers":
                text += comment(key, "    ") + "    # headers:\n    #   OpenAI-Organization: org-example\n"
            default: text += entry(key, indented: "    ")
            }
        }
        return text + """
              anthropic:
                url: https://api.anthropic.com
                api_key: "${ANTHROPIC_API_KEY:-}"
              ollama:
                url: http://127.0.0.1:11434

            """
    }

    private static func comment(_ key: SettingKey, _ indent: String) -> String {
        "\(indent)# \(key.meaning)\n"
    }

    private static func entry(_ key: SettingKey, indented indent: String) -> String {
        let name = key.levels[key.levels.count - 1]
        let isPattern = key.path.contains("*")
        let line =
            if let standard = key.standard {
                // Under one upstream a default is only shown: it would look like a decision.
                isPattern ? "# \(name): \(standard)" : "\(name): \(quoted(standard))"
            } else {
                "# \(name): \(key.sample ?? "")"
            }
        return comment(key, indent) + indent + line + "\n"
    }

    /// Words that YAML readers take for something else than text.
    private static func quoted(_ text: String) -> String {
        ["off", "on", "yes", "no"].contains(text) ? "\"\(text)\"" : text
    }
}
