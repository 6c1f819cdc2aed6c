// The fields of a price file, one reader per kind of value: each notes what it cannot read and gives nil.
import Terms

extension PriceFileReader {
    /// Notes keys that nobody would read: a misspelt key must not silently change a price.
    mutating func allow(_ known: [String], in node: Document, what: String) {
        guard case .map(let fields) = node.content else {
            note(.shape, node.line, "\(what) must be a map")
            return
        }
        for field in fields where !known.contains(field.key) {
            let hint = nearest(to: field.key, among: known).map { "; did you mean `\($0)`?" } ?? ""
            note(.unknownKey, field.line, "`\(field.key)` is no key of \(what)\(hint)")
        }
    }

    mutating func word(_ key: String, in node: Document) -> String? {
        guard let value = node[key], let text = value.text, !text.isEmpty else {
            note(.missing, node[key]?.line ?? node.line, "`\(key)` is missing")
            return nil
        }
        return text
    }

    mutating func items(_ node: Document?, _ name: String) -> [Document] {
        guard let node, !node.isNull else { return [] }
        guard case .list(let items) = node.content else {
            note(.shape, node.line, "`\(name)` must be a list")
            return []
        }
        return items
    }

    mutating func fields(_ node: Document?, _ name: String) -> [Document.Entry] {
        guard let node, !node.isNull else { return [] }
        guard case .map(let fields) = node.content else {
            note(.shape, node.line, "`\(name)` must be a map")
            return []
        }
        return fields
    }

    /// A list of words, or one word.
    mutating func words(_ node: Document?, _ name: String) -> [String] {
        guard let node, !node.isNull else { return [] }
        if let text = node.text { return [text] }
        var found: [String] = []
        for item in items(node, name) {
            if let text = item.text, !text.isEmpty {
                found.append(text)
            } else {
                note(.shape, item.line, "`\(name)` must be words")
            }
        }
        return found
    }

    mutating func decimal(_ key: String, in node: Document) -> DecimalText? {
        guard let value = node[key], let text = value.text, let decimal = DecimalText(text) else {
            note(.number, node[key]?.line ?? node.line, "`\(key)` must be a decimal number in quotes")
            return nil
        }
        return decimal
    }

    mutating func whole(_ key: String, in node: Document) -> Int64? {
        guard let decimal = decimal(key, in: node) else { return nil }
        guard let number = decimal.fixed(places: 0), let fits = Int64(exactly: number), fits >= 0 else {
            note(.number, node[key]?.line ?? node.line, "`\(key)` must be a whole number, not negative")
            return nil
        }
        return fits
    }

    mutating func ratio(_ key: String, in node: Document) -> Ratio? {
        guard let value = node[key], !value.isNull else { return nil }
        guard let ratio = value.text.flatMap({ Ratio($0) }), ratio.numerator >= 0 else {
            note(.number, value.line, "`\(key)` must be a number such as \"1.1\" or \"11/10\"")
            return nil
        }
        return ratio
    }

    mutating func instant(_ key: String, in node: Document) -> Instant? {
        guard let value = node[key], !value.isNull else { return nil }
        guard let instant = value.text.flatMap({ Instant(rfc3339: $0) }) else {
            note(.date, value.line, "`\(key)` must be a day such as 2026-03-05, or a time in RFC 3339")
            return nil
        }
        return instant
    }

    mutating func date(_ key: String, in node: Document) -> CivilDate? {
        guard let value = node[key], !value.isNull else { return nil }
        guard let date = value.text.flatMap({ CivilDate($0) }) else {
            note(.date, value.line, "`\(key)` must be a day such as 2026-03-05")
            return nil
        }
        return date
    }

    mutating func conditions(_ node: Document) -> Conditions {
        var conditions = Conditions()
        let selectors = Conditions.Selector.allCases
        let known = selectors.map(\.rawValue) + ["batch", "input_over", "input_from", "input_to", "window"]
        allow(known, in: node, what: "`when`")
        for field in fields(node, "when") where !field.value.isNull {
            conditions.count += known.contains(field.key) ? 1 : 0
        }
        for selector in selectors {
            guard let value = node[selector.rawValue], !value.isNull else { continue }
            let words = words(value, selector.rawValue)
            if words.isEmpty { note(.missing, value.line, "`\(selector.rawValue)` names nothing") }
            conditions.words.append(Conditions.Words(selector: selector, words: words))
        }
        if let value = node["batch"], !value.isNull {
            switch value.text {
            case "true": conditions.batch = true
            case "false": conditions.batch = false
            default: note(.shape, value.line, "`batch` must be true or false")
            }
        }
        conditions.input = inputRange(node)
        if let window = node["window"], !window.isNull {
            if case .list(let windows) = window.content {
                conditions.windows = windows.compactMap { self.window($0) }
            } else {
                conditions.windows = [self.window(window)].compactMap(\.self)
            }
        }
        return conditions
    }

    private mutating func inputRange(_ node: Document) -> ClosedRange<Int64>? {
        func given(_ key: String) -> Bool { node[key].map { !$0.isNull } ?? false }
        guard given("input_over") || given("input_from") || given("input_to") else { return nil }
        var low: Int64 = 0
        var high = Int64.max
        if given("input_over"), let over = whole("input_over", in: node), over < .max { low = over + 1 }
        if given("input_from"), let from = whole("input_from", in: node) { low = max(low, from) }
        if given("input_to"), let to = whole("input_to", in: node) { high = to }
        guard low <= high else {
            note(.number, node.line, "no request has more than \(low - 1) and up to \(high) input tokens")
            return nil
        }
        return low...high
    }

    private mutating func window(_ node: Document) -> WeeklyWindow? {
        allow(["days", "from", "to", "timezone"], in: node, what: "`window`")
        var days = WeeklyWindow.everyDay
        if let value = node["days"], !value.isNull { days = self.days(words(value, "days"), value.line) }
        let from = minutes("from", in: node) ?? 0
        let to = minutes("to", in: node) ?? WeeklyWindow.minutesPerDay
        if from == to || from == WeeklyWindow.minutesPerDay {
            note(.window, node.line, "the window is empty; a whole day is 00:00 to 24:00")
            return nil
        }
        return WeeklyWindow(days: days, from: from, to: to, timezone: node["timezone"]?.text ?? "UTC")
    }

    /// `mon`, or `mon-fri`; a stretch may run over the weekend.
    private mutating func days(_ words: [String], _ line: Int) -> UInt8 {
        var days: UInt8 = 0
        for word in words {
            let ends = word.split(separator: "-").map { name in
                WeeklyWindow.dayNames.firstIndex { Circumstances.same($0, String(name.prefix(3))) }
            }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                note(.window, line, "`\(word)` is no weekday; mon, tue … sun, or mon-fri")
                continue
            }
            var day = first
            days |= 1 << day
            while day != last {
                day = (day + 1) % 7
                days |= 1 << day
            }
        }
        return days
    }

    private mutating func minutes(_ key: String, in node: Document) -> Int? {
        guard let value = node[key], !value.isNull else { return nil }
        let parts = (value.text ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        if parts.count == 2, let hours = parts[0], let minutes = parts[1], (0...24).contains(hours),
            (0..<60).contains(minutes), hours < 24 || minutes == 0
        {
            return hours * 60 + minutes
        }
        note(.window, value.line, "`\(key)` must be a time of day such as \"16:30\"")
        return nil
    }
}
