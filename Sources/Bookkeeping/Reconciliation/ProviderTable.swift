// The CSV files of clouds: AWS's cost and usage report (CUR 2.0), Google's billing export, and the FOCUS
// files that any of them can write. Rows are looked at one by one and added up.
import Terms

/// Reads the rows of one file into lines.
public struct ProviderTable: Sendable {
    public private(set) var lines: ProviderLines
    private var columns: [String: Int] = [:]
    private var fields: [String] = []

    public init(_ lines: ProviderLines) { self.lines = lines }

    /// The names of the columns. Dots and slashes of other spellings (`lineItem/UsageAmount`) become
    /// underscores, capitals small letters.
    public mutating func header(_ names: [String]) {
        for (index, name) in names.enumerated() { columns[Self.plain(name)] = index }
        let needed: [String] =
            switch lines.kind {
            case .awsCUR:
                ["line_item_line_item_type", "line_item_usage_start_date", "line_item_unblended_cost"]
            case .gcpBilling: ["usage_start_time", "cost", "currency"]
            case .focus: ["chargeperiodstart", "billedcost", "billingcurrency", "chargecategory"]
            default: []
            }
        for name in needed where columns[name] == nil { lines.problem("line 1: no column \(name)") }
    }

    public mutating func row(_ fields: [String], line: Int64) {
        self.fields = fields
        switch lines.kind {
        case .awsCUR: aws(line)
        case .gcpBilling: google(line)
        case .focus: focus(line)
        default: lines.problem("line \(line): this kind is a JSON file")
        }
    }

    public mutating func unreadable(line: Int64) { lines.problem("line \(line): the row is too long") }

    private subscript(_ column: String) -> String? {
        guard let index = columns[column], index < fields.count, !fields[index].isEmpty else { return nil }
        return fields[index]
    }

    private static func plain(_ name: String) -> String {
        var plain = ""
        for character in name {
            if character == "." || character == "/" {
                plain += "_"
            } else if character.isUppercase, let last = plain.last, last.isLowercase, name.contains("/") {
                plain += "_" + character.lowercased()
            } else {
                plain += character.lowercased()
            }
        }
        return plain
    }

    /// Bedrock's four kinds of tokens are told by the ends of the usage type; amounts may count thousands.
    private mutating func aws(_ line: Int64) {
        if let product = self["line_item_product_code"], !product.lowercased().contains("bedrock") { return }
        guard let day = day("line_item_usage_start_date"),
            let amount = ProviderAmount(
                self["line_item_net_unblended_cost"] ?? self["line_item_unblended_cost"])
        else { return lines.problem("line \(line): no start or no cost") }
        var key = ProviderLine.Key(
            provider: "bedrock", day: day, currency: Currency(self["line_item_currency_code"] ?? "USD"))
        let type = self["line_item_line_item_type"] ?? ""
        switch type {
        case "Usage", "DiscountedUsage", "SavingsPlanCoveredUsage": key.category = .usage
        case "Tax": key.category = .tax
        case "Credit", "Refund": key.category = .credit
        default: key.category = .adjustment
        }
        guard key.category == .usage else { return lines.add(key, amount: amount) }
        let usageType = self["line_item_usage_type"] ?? ""
        let (model, group) = Self.bedrock(usageType)
        key.model = model
        key.group = group
        key.key = self["line_item_iam_principal"] ?? ""
        var quantity = self["line_item_usage_amount"].flatMap { Quantity(rounding: $0) }
        if (self["pricing_unit"] ?? "").uppercased().hasPrefix("1K") {
            quantity = quantity.map { Quantity(nanos: $0.nanos.multipliedSafely(by: 1000)) }
        }
        lines.add(key, quantity: quantity, amount: amount)
    }

    /// `USE1-Claude4.5Sonnet-input-tokens` is the model `Claude4.5Sonnet` and input.
    private static func bedrock(_ type: String) -> (model: String, group: MeterGroup) {
        let endings: [(String, MeterGroup)] = [
            ("-cache-read-input-token-count", .cacheRead), ("-cache-write-input-token-count", .cacheWrite),
            ("-input-tokens", .freshInput), ("-output-tokens", .output),
        ]
        for (ending, group) in endings {
            guard let found = type.range(of: ending) else { continue }
            let name = type[..<found.lowerBound]
            let parts = name.split(separator: "-", maxSplits: 1)
            return (String(parts.count > 1 ? parts[1] : name), group)
        }
        return (type, .other)
    }

    /// The net of a row is its cost with its credits, which are negative.
    private mutating func google(_ line: Int64) {
        guard let day = day("usage_start_time"), let cost = ProviderAmount(self["cost"]) else {
            return lines.problem("line \(line): no start or no cost")
        }
        var key = ProviderLine.Key(
            provider: "vertex", day: day, currency: Currency(self["currency"] ?? "USD"))
        switch self["cost_type"] ?? "regular" {
        case "regular": key.category = .usage
        case "tax": key.category = .tax
        case "rounding_error": key.category = .rounding
        default: key.category = .adjustment
        }
        if key.category == .usage { key.model = self["sku_description"] ?? "" }
        lines.add(key, amount: cost)
        if let credits = ProviderAmount(self["credits_amount"]), credits.money != .zero {
            key.category = .credit
            key.model = ""
            lines.add(key, amount: credits)
        }
    }

    private mutating func focus(_ line: Int64) {
        guard let day = day("chargeperiodstart"), let amount = ProviderAmount(self["billedcost"]) else {
            return lines.problem("line \(line): no charge period or no billed cost")
        }
        let seller = self["serviceprovidername"] ?? self["providername"] ?? ""
        var key = ProviderLine.Key(
            provider: self["x_provider"] ?? Self.provider(seller), day: day,
            currency: Currency(self["billingcurrency"] ?? "USD"))
        switch self["chargecategory"] {
        case "Usage", "Purchase": key.category = .usage
        case "Tax": key.category = .tax
        case "Credit": key.category = .credit
        default: key.category = .adjustment
        }
        guard key.category == .usage else { return lines.add(key, amount: amount) }
        key.model = self["x_model"] ?? ""
        if let meter = self["x_meter"] {
            key.group = MeterGroup(
                Meter(meter), among: [.freshInput, .cacheRead, .cacheWrite, .output, .webSearch])
        }
        key.key = self["x_keyid"] ?? ""
        let quantity =
            key.group == .all || key.group == .other
            ? nil : self["consumedquantity"].flatMap { Quantity(rounding: $0) }
        lines.add(key, quantity: quantity, amount: amount)
    }

    /// The ledger's names of those who sell under other names.
    private static func provider(_ seller: String) -> String {
        let known = [
            "OpenAI": "openai", "Anthropic": "anthropic", "AWS": "bedrock", "Amazon Web Services": "bedrock",
            "Microsoft": "azure", "Google Cloud": "vertex", "Google": "google", "OpenRouter": "openrouter",
        ]
        return known[seller] ?? seller.lowercased()
    }

    private func day(_ column: String) -> CivilDate? {
        guard let text = self[column] else { return nil }
        // `2026-10-01 00:00:00 UTC`, `2026-10-01T00:00:00Z`, `2026-10-01 00:00:00.000`
        return CivilDate(String(text.prefix(10)))
    }
}

extension Int128 {
    fileprivate func multipliedSafely(by factor: Int128) -> Int128 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? self : product
    }
}

extension String {
    /// The first place of another text, nil where it does not occur.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) {
                return start..<index(start, offsetBy: other.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
