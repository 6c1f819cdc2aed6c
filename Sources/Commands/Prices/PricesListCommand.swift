import Rating
import Reporting
import Terms

/// `tollbook prices list`: every price, one line each.
struct PricesListCommand: Command {
    static let help = Help(
        "prices list", "list all prices",
        options: [
            PriceOptions.help,
            .init("--provider", "NAME", "only this provider's"),
            .init("--at", "TIME", "only those that are valid at this date or RFC 3339 time"),
            Format.option(),
        ],
        examples: [
            .init("tollbook prices list --provider anthropic", "one provider"),
            .init("tollbook prices list --at 2026-10-01 --format csv", "what was valid on a day"),
        ])

    private let prices: PriceOptions
    private let provider: String?
    private let instant: Instant?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        prices = PriceOptions(arguments)
        provider = arguments.value("--provider")
        instant = try arguments.instant("--at")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let book = try prices.book(in: world)
        let entries = book.entries.filter { entry in
            if let provider, entry.provider != provider { return false }
            guard let instant else { return true }
            return entry.isValid(at: instant)
        }
        switch format {
        case .text, .html:
            world.out.write(
                entries.isEmpty
                    ? "No prices.\n" : Self.table(entries).text(columns: world.outStyle.columns))
        case .markdown: world.out.write(Self.table(entries).markdown)
        case .csv:
            var csv = CSV()
            csv.line(["id", "provider", "models", "from", "until", "when", "currency", "source", "checked"])
            for entry in entries {
                csv.line([
                    entry.id, entry.provider, entry.modelText, entry.from.date.iso8601, entry.untilText,
                    entry.when.text, entry.currency.code, entry.source ?? "", entry.checked?.iso8601 ?? "",
                ])
            }
            world.out.write(csv.take())
        case .json, .jsonl:
            var json = JSONWriter()
            if format == .json { json.beginArray() }
            for entry in entries {
                json.price(entry)
                if format == .jsonl { json.newline() }
            }
            if format == .json {
                json.endArray()
                json.newline()
            }
            world.out.write(bytes: json.bytes)
        }
        return .done
    }

    private static func table(_ entries: [PriceEntry]) -> TextTable {
        var table = TextTable([
            .init("price"), .init("models"), .init("from"), .init("until"), .init("when"),
            .init("checked", dispensable: 1),
        ])
        table.rows = entries.map { entry in
            [
                entry.id, entry.modelText, entry.from.date.iso8601,
                entry.untilText.isEmpty ? "-" : entry.untilText,
                entry.when.text.isEmpty ? "-" : entry.when.text, entry.checked?.iso8601 ?? "never",
            ]
        }
        return table
    }
}

extension Arguments {
    /// A moment: a date is midnight UTC.
    func instant(_ name: String) throws(UsageError) -> Instant? {
        try value(name, expected: "a date (2026-10-01) or an RFC 3339 time with its offset") { text in
            Instant(rfc3339: text)
        }
    }
}

extension PriceEntry {
    var modelText: String { models.map(\.text).joined(separator: " ") }
    /// Empty while the price is in force.
    var untilText: String { until?.date.iso8601 ?? "" }

    func isValid(at instant: Instant) -> Bool { from <= instant && (until.map { instant < $0 } ?? true) }
}

extension JSONWriter {
    /// A price with its rates.
    mutating func price(_ entry: PriceEntry) {
        beginObject()
        field("id", entry.id)
        field("provider", entry.provider)
        key("models")
        beginArray()
        for model in entry.models { string(model.text) }
        endArray()
        field("from", entry.from.rfc3339)
        field("until", entry.until?.rfc3339)
        field("when", entry.when.text.isEmpty ? nil : entry.when.text)
        field("currency", entry.currency.code)
        field("multiply", entry.multiply.text)
        key("rates")
        beginArray()
        for rate in entry.rates {
            beginObject()
            field("meter", rate.meter.rawValue)
            field("amount", rate.amount.plain)
            field("per", rate.per)
            field("same_as", rate.sameAs?.rawValue)
            endObject()
        }
        endArray()
        field("source", entry.source)
        field("checked", entry.checked?.iso8601)
        field("file", entry.file)
        field("line", Int64(entry.line))
        endObject()
    }
}
