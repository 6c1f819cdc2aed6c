import Bookkeeping
import Reporting
import Terms

// Exports that write each record as it comes: records, entries, OpenTelemetry.

/// `tollbook export records`: the records of a period as CSV.
struct ExportRecordsCommand: Command {
    static let help = Help(
        "export records", "usage records as CSV, reconciled with the report",
        details: """
            The fields of `tollbook records --format csv`, one line per exchange, and the tenant's cost center.
            The sums of what was written
            and those of the report of the same moment are printed to stderr; where they differ, the exit code is 1.
            """,
        options: ExportOptions.help,
        examples: [
            .init("tollbook export records --month 2026-10 > records.csv", "October, for a spreadsheet")
        ])

    private let options: ExportOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try ExportOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        var csv = CSV()
        var sums = ExportSums()
        var names = ExportNames()
        csv.line(RecordCSV.header + ["cost_center"])
        return try options.run(in: world) {
            names = $0
        } each: { stored in
            let center = names.costCenters[stored.record.attribution.tenant] ?? ""
            csv.line(RecordCSV.fields(of: stored) + [center])
            sums.rows += 1
            sums.add(stored)
            world.out.write(csv.take())
        } end: {
            world.out.write(csv.take())
            return sums
        }
    }
}

/// `tollbook export entries`: the lines of the ledger as CSV.
struct ExportEntriesCommand: Command {
    static let help = Help(
        "export entries", "ledger entries as CSV, reconciled with the report",
        details: """
            One line per entry, reversals and replacements included, so that nothing has to be inferred, with the
            tenant's cost center; carried_from names the closed month of what came later. The columns amount_list,
            amount_contracted and amount_chargeback each add up to that book's total.
            """,
        options: ExportOptions.help,
        examples: [
            .init("tollbook export entries --month 2026-10 > entries.csv", "every booked line of October")
        ])

    private let options: ExportOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try ExportOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        var csv = CSV()
        var sums = ExportSums()
        var names = ExportNames()
        csv.line(EntryCSV.header)
        return try options.run(in: world) {
            names = $0
        } each: { stored in
            let center = names.costCenters[stored.record.attribution.tenant]
            for row in EntryCSV.rows(of: stored, costCenter: center) {
                csv.line(row)
                sums.rows += 1
            }
            sums.add(stored)
            world.out.write(csv.take())
        } end: {
            world.out.write(csv.take())
            return sums
        }
    }
}

/// `tollbook export otel`: records under OpenTelemetry's names.
struct ExportOpenTelemetryCommand: Command {
    static let help = Help(
        "export otel", "records under OpenTelemetry's generative AI names, as JSON Lines",
        details: """
            One object per exchange with the attributes of the semantic conventions for generative AI; what they
            have no name for stands under tollbook. The conventions are still in development: names may change
            with them.
            """,
        options: ExportOptions.help,
        examples: [
            .init("tollbook export otel --since 2026-11-01 > spans.jsonl", "for an observability store")
        ])

    private let options: ExportOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try ExportOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        var json = JSONWriter(reserving: 4 << 10)
        var sums = ExportSums()
        var names = ExportNames()
        return try options.run(in: world) {
            names = $0
        } each: { stored in
            json.openTelemetry(
                stored, costCenter: names.costCenters[stored.record.attribution.tenant])
            json.newline()
            sums.rows += 1
            sums.add(stored)
            world.out.write(bytes: json.bytes)
            json.removeAll()
        } end: {
            sums
        }
    }
}
