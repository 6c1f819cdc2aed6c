// Whether the database runs the ledger's own statements, found out by running them: posting without records,
// and reading a day. On one server they run; what is distributed or stands between may refuse their form, and
// it is better told here than by a spool that grows.
import Bookkeeping
import LedgerStore
import Postgres
import Terms

enum StatementProbes {
    /// - Parameter ledger: of a schema that this version knows.
    static func run(_ ledger: LedgerStore, now: Instant) -> [DoctorCheck] {
        let day = Period(since: now.advanced(bySeconds: -86_400), until: now)
        var checks = [
            probe("probe: posting") { () throws(LedgerError) in try ledger.tryPosting(at: now) },
            probe("probe: records") { () throws(LedgerError) in
                var filter = RecordFilter()
                filter.limit = 1
                try ledger.records(filter) { _ in false }
            },
        ]
        guard let day else { return checks }
        checks += [
            probe("probe: report of days") { () throws(LedgerError) in
                _ = try ledger.report(ReportQuery(by: [.tenant, .model], period: day))
            },
            probe("probe: report") { () throws(LedgerError) in
                _ = try ledger.report(ReportQuery(by: [.user, .meter], period: day))
            },
            probe("probe: verify") { () throws(LedgerError) in
                _ = try ledger.verify(VerifyScope(since: day.since, until: day.until), keys: .none)
            },
        ]
        return checks
    }

    private static func probe(
        _ name: String, _ body: () throws(LedgerError) -> Void
    ) -> DoctorCheck {
        do throws(LedgerError) {
            try body()
            return .ok(name, "the ledger's own statement, as it is")
        } catch .postgres(.refused(.insufficientPrivilege, _, _)) {
            return .ok(name, "not tried: the role may not")
        } catch .postgres(.refused(let state, _, _)) where state.category == "25" {
            return .ok(name, "not tried: read only")
        } catch {
            return .fail(
                name, error.diagnosis.problem,
                remedy: "see docs/scaling.md for what works on a ledger that is distributed")
        }
    }
}
