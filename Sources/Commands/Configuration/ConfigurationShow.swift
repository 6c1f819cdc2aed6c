// `config show`: every setting in force and where it comes from. Secrets are never written, and neither
// is a password inside a database URL.
import Terms

extension Configuration {
    /// What stands in the place of a secret.
    static let mask = "********"

    /// One line for each setting: key, value, origin, in columns.
    public func text() -> String {
        let rows = settings.map { (path: $0.path, value: Self.shown($0), origin: $0.origin.text) }
        let widthOfPath = rows.map(\.path.count).max() ?? 0
        // A single long value must not push every origin off the screen.
        let widthOfValue = min(rows.map(\.value.count).max() ?? 0, 44)
        var text = ""
        for row in rows {
            text += Self.padded(row.path, widthOfPath) + "  " + Self.padded(row.value, widthOfValue)
            text += "  " + row.origin + "\n"
        }
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// One object: `file`, `settings` (each with `key`, `value`, `origin`, `variable`, `secret`) and
    /// `warnings`.
    public func json() -> String {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.field("file", file)
        json.key("settings")
        json.beginArray()
        for setting in settings {
            json.beginObject()
            json.field("key", setting.path)
            json.key("value")
            switch setting.raw {
            case .many(let items) where !setting.isSecret:
                json.beginArray()
                for item in items { json.string(Self.shown(item, setting.key.kind)) }
                json.endArray()
            default: json.string(Self.shown(setting))
            }
            json.field("origin", setting.origin.text)
            json.field("variable", ConfigurationLayers.variable(for: setting.levels))
            json.field("secret", setting.isSecret)
            json.endObject()
        }
        json.endArray()
        json.key("warnings")
        json.beginArray()
        for warning in warnings { json.string(warning) }
        json.endArray()
        json.endObject()
        return json.text
    }

    static func shown(_ setting: Setting) -> String {
        if case .pairs(let pairs) = setting.raw {
            return pairs.keys.sorted().map { "\($0)=\(mask)" }.joined(separator: ", ")
        }
        if setting.isSecret { return mask }
        switch setting.raw {
        case .one(let text): return shown(text, setting.key.kind)
        case .many(let texts): return texts.map { shown($0, setting.key.kind) }.joined(separator: ", ")
        case .pairs: return ""
        }
    }

    /// A value without the secrets that stand inside it.
    private static func shown(_ text: String, _ kind: SettingKind) -> String {
        switch kind {
        case .database: masked(conninfo: text)
        // The path of a webhook is what lets one post to it.
        case .list(.url): masked(webhook: text)
        default: text
        }
    }

    /// Scheme and host of a webhook.
    static func masked(webhook: String) -> String {
        guard let scheme = webhook.range(of: "://") else { return mask }
        let rest = webhook[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return webhook[..<scheme.upperBound] + host + (authority.endIndex < rest.endIndex ? "/\(mask)" : "")
    }

    /// A connection text without its password, for messages and logs.
    public static func masked(conninfo: String) -> String {
        var text = conninfo
        if let scheme = text.range(of: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            // The last @ ends the credential: a password may hold others.
            if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
                text.replaceSubrange(text.index(after: colon)..<at, with: mask)
            }
        }
        // In the query of a URL and among key=value pairs.
        for name in ["password", "sslpassword"] {
            var from = text.startIndex
            while let found = text.firstRange(of: "\(name)", from: from) {
                from = found.upperBound
                var at = found.upperBound
                while at < text.endIndex, text[at] == " " { at = text.index(after: at) }
                guard at < text.endIndex, text[at] == "=" else { continue }
                at = text.index(after: at)
                while at < text.endIndex, text[at] == " " { at = text.index(after: at) }
                let end = endOfValue(text, at)
                text.replaceSubrange(at..<end, with: mask)
                from = text.index(at, offsetBy: mask.count)
            }
        }
        return text
    }

    /// The end of a libpq value that begins at `start`: quoted, or up to a blank or `&`.
    private static func endOfValue(_ text: String, _ start: String.Index) -> String.Index {
        var at = start
        guard at < text.endIndex, text[at] == "'" else {
            while at < text.endIndex, text[at] != " ", text[at] != "&" { at = text.index(after: at) }
            return at
        }
        at = text.index(after: at)
        while at < text.endIndex, text[at] != "'" {
            if text[at] == "\\" { at = text.index(after: at) }
            if at < text.endIndex { at = text.index(after: at) }
        }
        return at < text.endIndex ? text.index(after: at) : at
    }
}

extension String {
    /// The first occurrence of a word at or behind an index.
    fileprivate func firstRange(of word: String, from start: Index) -> Range<Index>? {
        var at = start
        while at < endIndex {
            if self[at...].hasPrefix(word) { return at..<index(at, offsetBy: word.count) }
            at = index(after: at)
        }
        return nil
    }

    fileprivate func range(of word: String) -> Range<Index>? { firstRange(of: word, from: startIndex) }
}
