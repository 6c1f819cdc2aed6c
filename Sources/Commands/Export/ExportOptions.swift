// What every export has in common: a period, a tenant, and the reconciliation that it ends with. A format is
// then one command that says what to do with a record.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// What an export says of tenants and labels beside what records hold.
struct ExportNames {
    /// By tenant; only those that have one.
    var costCenters: [String: String] = [:]
    /// Labels by which the ledger keeps sums apart.
    var labels: [String] = []
}

struct ExportOptions {
    private let ledger: LedgerOptions
    private let period: PeriodOptions
    private let tenant: String?

    static let help: [OptionHelp] =
        PeriodOptions.help + [OptionHelp("--tenant", "NAME", "only this tenant"), LedgerOptions.help]

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        tenant = arguments.value("--tenant")
    }

    func zone() throws(Failure) -> TimeZoneRules { try period.zone() }

    /// Reads the records of the period, then compares the sums with the report of the same snapshot.
    ///
    /// - Parameters:
    ///   - begin: is told the names before the first record comes.
    ///   - each: takes one record; what it writes may come at once or later.
    ///   - end: writes what is left and answers with the sums.
    /// - Throws: where the sums differ, after everything was written.
    func run(
        in world: World, begin: (ExportNames) -> Void, each: (StoredRecord) -> Void, end: () -> ExportSums
    ) throws(Failure) -> ExitCode {
        let period = try self.period.period(zone: try period.zone(), now: world.clock())
        let report = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            begin(
                ExportNames(
                    costCenters: try ledger.tenantTerms().compactMapValues(\.costCenter),
                    labels: try ledger.rollupLabelNames()))
            return try ledger.export(period, tenant: tenant) { record in
                each(record)
                return !world.out.isClosed
            }
        }
        let reconciled = Reconciled(end(), report)
        if world.out.isClosed { return .done }
        world.out.flush()
        world.err.write(reconciled.text)
        guard reconciled.isEqual else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "export.unreconciled",
                    problem: "the export does not add up to the report of the same period",
                    effect: "the output is complete, but must not be booked",
                    remedy: "run `tollbook doctor`, and report the lines above"))
        }
        return .done
    }
}
