import LedgerStore
import Reporting
import Terms

/// `tollbook archive list`: months whose facts were put aside.
struct ArchiveListCommand: Command {
    static let help = Help(
        "archive list", "list the months whose facts were put aside",
        options: [Format.option([.text, .csv, .json]), LedgerOptions.help],
        examples: [.init("tollbook archive list", "what is in files")])

    private let ledger: LedgerOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let months = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.archivedMonths()
        }
        switch format {
        case .json:
            var json = JSONWriter()
            json.beginArray()
            for month in months {
                json.beginObject()
                json.field("month", month.month.isoMonth)
                json.field("records", month.records)
                json.field("entries", month.entries)
                json.field("records_sha256", month.recordDigest.hexadecimal)
                json.field("entries_sha256", month.entryDigest.hexadecimal)
                json.field("archived_at", month.archivedAt.rfc3339)
                json.field("restored_at", month.restoredAt?.rfc3339)
                json.endObject()
            }
            json.endArray()
            json.newline()
            world.out.write(json.text)
        case .csv:
            var csv = CSV()
            csv.line(["month", "records", "entries", "archived_at", "restored_at"])
            for month in months { csv.line(Self.fields(month)) }
            world.out.write(csv.take())
        default:
            var table = TextTable([
                .init("month"), .init("records", numeric: true), .init("entries", numeric: true),
                .init("put aside"), .init("restored"),
            ])
            table.rows = months.map { month in Self.fields(month).map { $0.isEmpty ? "-" : $0 } }
            world.out.write(
                months.isEmpty
                    ? "no month was put aside\n" : table.text(columns: world.outStyle.columns))
        }
        return .done
    }

    private static func fields(_ month: ArchivedMonth) -> [String] {
        [
            month.month.isoMonth, "\(month.records)", "\(month.entries)", month.archivedAt.rfc3339,
            month.restoredAt?.rfc3339 ?? "",
        ]
    }
}
