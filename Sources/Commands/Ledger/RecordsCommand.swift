import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook records`: the usage records themselves, in the order of time.
struct RecordsCommand: Command {
    static let help = Help(
        "records", "list usage records",
        details: """
            One record per exchange, in the order of their time, then id. JSON and JSON Lines have every field;
            CSV has the same with the nested ones as JSON; text is a summary. There is no limit unless one is
            given; the listing needs no memory for it.
            """,
        options: [.init("--id", "RECORD_ID", "only this record")] + Arguments.filterHelp + [
            .init(
                "--completeness", "WORD", "only those that ended so",
                values: Completeness.allCases.map(\.rawValue))
        ] + PeriodOptions.help + [
            .init("--limit", "COUNT", "at most so many", fallback: "all"),
            Format.option([.text, .csv, .json, .jsonl]),
        ] + ReadingOptions.help,
        examples: [
            .init("tollbook records --since 2026-11-01 --tenant acme", "what acme did this month"),
            .init("tollbook records --completeness open --format jsonl", "exchanges that never ended"),
        ])

    private let ledger: ReadingOptions
    private let filter: RecordFilter
    private let period: PeriodOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = try ReadingOptions(arguments, about: arguments.value("--tenant"))
        period = try PeriodOptions(arguments)
        format = Format(arguments)
        var filter = RecordFilter()
        filter.id = try arguments.value("--id", expected: RecordID.expected) { RecordID($0) }
        filter.tenant = arguments.value("--tenant")
        filter.user = arguments.value("--user")
        filter.key = arguments.value("--key")
        filter.model = arguments.value("--model")
        filter.upstream = arguments.value("--upstream")
        filter.labels = try arguments.labels()
        filter.completeness = arguments.value("--completeness").flatMap(Completeness.init)
        filter.limit = try arguments.value("--limit", expected: "a count of records, at least 1") { text in
            Int(text).flatMap { $0 > 0 ? $0 : nil }
        }
        self.filter = filter
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        var filter = filter
        (filter.since, filter.until) = try period.bounds(zone: try period.zone())
        var listing = RecordListing(format)
        try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.records(filter) { record in
                world.out.write(bytes: listing.add(record))
                return !world.out.isClosed
            }
        }
        world.out.write(bytes: listing.end(columns: world.outStyle.columns))
        return .done
    }
}

/// Turns records into one of the formats as they come.
private struct RecordListing {
    private let format: Format
    private var json = JSONWriter(reserving: 8 << 10)
    private var csv = CSV()
    private var text = RecordText()
    private var count = 0

    init(_ format: Format) { self.format = format }

    mutating func add(_ record: StoredRecord) -> [UInt8] {
        count += 1
        switch format {
        case .jsonl:
            json.record(record)
            json.newline()
        case .json:
            if count == 1 { json.beginArray() }
            json.record(record)
        case .csv:
            if count == 1 { csv.line(RecordCSV.header) }
            csv.line(RecordCSV.fields(of: record))
            return Array(csv.take().utf8)
        case .text, .markdown, .html:
            return Array(text.add(record).utf8)
        }
        defer { json.clear() }
        return json.bytes
    }

    mutating func end(columns: Int?) -> [UInt8] {
        switch format {
        case .jsonl: return []
        case .json:
            if count == 0 { json.beginArray() }
            json.endArray()
            json.newline()
            return json.bytes
        case .csv:
            if count == 0 { csv.line(RecordCSV.header) }
            return Array(csv.take().utf8)
        case .text, .markdown, .html: return Array((count == 0 ? "No records.\n" : text.end()).utf8)
        }
    }
}
