import LedgerStore
import Reporting
import Spool
import Terms

/// What went wrong with single records and files, here and on the way into the ledger. Nothing is said of
/// what is in order.
enum SpoolChecks {
    /// Records that PostgreSQL refused, and segments with damage.
    static func quarantine(_ configuration: Configuration) -> [DoctorCheck] {
        let directory = configuration.dataDirectory + "/spool"
        var checks: [DoctorCheck] = []
        let refused = RefusedRecords(directory).pending()
        if let first = refused.first {
            checks.append(
                .fail(
                    "quarantine",
                    "PostgreSQL refused \(counted(Int64(refused.count), "record")), the first: "
                        + first.reason,
                    remedy: "remove the cause, then `tollbook spool quarantine --replay`"))
        }
        let damaged = quarantinedSegments(directory)
        if !damaged.isEmpty {
            let names = damaged.prefix(DoctorLimits.named).map(String.init).joined(separator: ", ")
            checks.append(
                .fail(
                    "spool damage",
                    "\(counted(Int64(damaged.count), "segment")) with damage set aside: \(names)",
                    remedy: "check the disk; `tollbook spool inspect` shows which records are missing; then "
                        + "remove them from \(directory)/quarantine"))
        }
        return checks
    }

    /// Records that came twice with different content.
    static func conflicts(_ ledger: LedgerStore, now: Instant) throws(LedgerError) -> [DoctorCheck] {
        let since = now.advanced(bySeconds: -DoctorLimits.conflictDays * 86_400)
        let found = try ledger.conflicts(since: since)
        guard found.count > 0, let latest = found.latest, let at = found.latestAt else { return [] }
        return [
            .fail(
                "conflicts",
                "\(counted(found.count, "record")) came again with other content, the latest \(latest.text) "
                    + "at \(at.rfc3339); the first stays in force",
                remedy: "look at tollbook.conflict; two sidecars on copies of one data directory do this")
        ]
    }
}
