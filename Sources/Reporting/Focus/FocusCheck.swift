// `export focus --check`: whether a file keeps the rules of its version. First its header, then each field by
// its column, then each row by the rules across columns. Rows are looked at one by one and forgotten.
import Terms

/// What a file breaks, with how often and where first.
public struct FocusFinding: Hashable, Sendable {
    /// Finds the rule again: `column-null`, `product-ListCost`.
    public let rule: String
    /// Empty where the rule is about several.
    public let column: String
    /// What should hold.
    public let text: String
    /// Rows that break it; 0 for a finding about the header.
    public internal(set) var count: Int64
    /// Line of the first such row; the header is line 1.
    public let line: Int64
    /// What stands there.
    public let example: String
}

public struct FocusCheck: Sendable {
    public let version: FocusVersion
    /// In the order in which they were found first.
    public private(set) var findings: [FocusFinding] = []
    public private(set) var rows: Int64 = 0
    /// Rules that could be asked of this file.
    public private(set) var rulesAsked = 0
    private var places: [String: Int] = [:]
    private var columns: [String: Int] = [:]
    private var known: [(index: Int, column: FocusColumn)] = []
    private var rules: [FocusRule] = []
    private var width = 0

    public init(_ version: FocusVersion) { self.version = version }

    /// The first line of the file.
    public mutating func header(_ names: [String]) {
        width = names.count
        for (index, name) in names.enumerated() {
            if columns[name] != nil {
                note("column-twice", name, "a column stands once", line: 1, name)
                continue
            }
            columns[name] = index
            if let column = FocusColumn.named(name, in: version) {
                known.append((index, column))
            } else if name.hasPrefix("x_") {
                let first = name.dropFirst(2).utf8.first ?? 0
                if !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) {
                    note("custom-name", name, "a custom column is named x_ and PascalCase", line: 1, name)
                }
            } else {
                note("column-unknown", name, "FOCUS \(version.rawValue) has no such column", line: 1, name)
            }
        }
        for column in FocusColumn.all(of: version)
        where column.level == .mandatory && columns[column.name] == nil {
            note("column-missing", column.name, "FOCUS \(version.rawValue) demands the column", line: 1, "")
        }
        rules = FocusRule.all.filter { $0.columns.allSatisfy { columns[$0] != nil } }
        rulesAsked = rules.count + known.count
    }

    /// The next row.
    ///
    /// - Parameter line: where it begins in the file.
    public mutating func row(_ fields: [String], line: Int64) {
        rows += 1
        guard fields.count == width else {
            note("row-width", "", "a row has as many fields as the header", line: line, "\(fields.count)")
            return
        }
        let row = FocusRow(columns: columns, fields: fields)
        for (_, column) in known { check(column, row, line) }
        for rule in rules where !rule.holds(row) {
            let example = rule.columns.map { "\($0)=\(row[$0] ?? "null")" }.joined(separator: ", ")
            note(rule.id, "", rule.text, line: line, example)
        }
    }

    /// A row that was too long to be read.
    public mutating func unreadable(line: Int64) {
        rows += 1
        note("row-unreadable", "", "a row of at most a mebibyte and 4,096 fields", line: line, "")
    }

    private mutating func check(_ column: FocusColumn, _ row: FocusRow, _ line: Int64) {
        guard let text = row[column.name] else {
            if !column.allowsNull {
                note("column-null", column.name, "\(column.name) is never null", line: line, "null")
            }
            return
        }
        if !column.values.isEmpty, !column.values.contains(text) {
            note(
                "column-value", column.name, "one of \(column.values.joined(separator: ", "))", line: line,
                text)
        }
        if let wanted = column.kind.unmet(text) {
            note("column-format", column.name, wanted, line: line, text)
        }
    }

    private mutating func note(
        _ rule: String, _ column: String, _ text: String, line: Int64, _ example: String
    ) {
        let place = "\(rule) \(column)"
        if let index = places[place] {
            findings[index].count += 1
            return
        }
        places[place] = findings.count
        findings.append(
            FocusFinding(
                rule: rule, column: column, text: text, count: line == 1 ? 0 : 1, line: line,
                example: String(example.prefix(Self.exampleLength))))
    }

    /// Characters of an example.
    private static let exampleLength = 160
}

extension FocusColumn.Kind {
    /// What the text should be and is not, nil when it is.
    func unmet(_ text: String) -> String? {
        switch self {
        case .text, .unit: nil
        case .decimal: DecimalText(text) == nil ? "a decimal number" : nil
        case .instant:
            text.hasSuffix("Z") && text.utf8.count >= 20 && Instant(rfc3339: text) != nil
                ? nil : "an instant in UTC such as 2026-10-01T00:00:00Z"
        case .currency:
            text.utf8.count == 3
                && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
                ? nil : "a currency of ISO 4217"
        case .pricingCurrency: text.contains(" ") ? "a currency of ISO 4217 or a name" : nil
        case .json: Self.isObject(text) ? nil : "a JSON object"
        }
    }

    /// Braces that close what they open outside of strings: enough to find text that is no object.
    private static func isObject(_ text: String) -> Bool {
        var depth = 0
        var inString = false
        var escaped = false
        var closed = false
        for byte in text.utf8 {
            if closed { return false }
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                closed = depth <= 0
            default: break
            }
            if depth <= 0, !closed { return false }
        }
        return closed && depth == 0
    }
}
