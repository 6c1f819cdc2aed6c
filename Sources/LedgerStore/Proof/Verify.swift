// Verifying: every sum is made again from the rows below it and compared, a day at a time, so that the
// memory of the program stays flat and a damaged ledger of years is narrowed down to quarters of an hour.
import Bookkeeping
import Postgres
public import Terms

/// What to verify.
public struct VerifyScope: Sendable {
    /// nil: from the ledger's beginning, to its end.
    public var since: Instant?
    public var until: Instant?
    /// nil: all.
    public var tenant: String?
    public init(since: Instant? = nil, until: Instant? = nil, tenant: String? = nil) {
        self.since = since
        self.until = until
        self.tenant = tenant
    }
}

extension LedgerStore {
    /// Sums up the facts again and compares with what is kept; then the same with what was sealed.
    ///
    /// - Parameters:
    ///   - keys: of the seals; where one is missing, its seals' MACs are not checked and counted as such.
    ///   - progress: is told how many of how many steps are done; answers whether to go on.
    public func verify(
        _ scope: VerifyScope, keys: SealKeys, progress: (_ done: Int, _ of: Int) -> Bool = { _, _ in true }
    ) throws(LedgerError) -> Verification {
        var result = Verification()
        let windows = try verifiedWindows(scope)
        let days = try sealedDays(scope)
        // The facts of months that were put aside are in files: what was kept of them is checked.
        let away = Set(try archivedMonths().filter { $0.restoredAt == nil }.map(\.month))
        let steps = windows.count + days.count + 1
        for (index, window) in windows.enumerated() {
            try check(window, scope.tenant, isAway: away.contains(window.since.date.firstOfMonth), &result)
            guard progress(index + 1, steps) else { return result }
        }
        try checkOutside(windows, scope, &result)
        try checkKept(scope.tenant, &result)
        try checkChains(scope.tenant, keys, &result)
        for (index, day) in days.enumerated() {
            try checkSealedDay(day, scope.tenant, away: Set(away.map(\.isoMonth)), &result)
            guard progress(windows.count + index + 1, steps) else { return result }
        }
        _ = progress(steps, steps)
        return result
    }

    /// Days of UTC, the first and last cut to the scope; whole quarters of an hour.
    private func verifiedWindows(_ scope: VerifyScope) throws(LedgerError) -> [Period] {
        let ends = try inOneTrip(Self.extentSQL, Parameters()) {
            answer throws(PostgresError) -> (Int64, Int64)? in
            try answer.withRow(0) { row throws(PostgresError) in
                guard let first = try row.optionalMicroseconds(), let last = try row.optionalMicroseconds()
                else { return nil }
                return (first, last)
            }
        }
        guard let ends else { return [] }
        let quarter = Posting.bucketSeconds * 1_000_000
        var start = ends.0
        if let since = scope.since { start = max(start, since.microseconds) }
        var end = ends.1 + 1
        if let until = scope.until { end = min(end, until.microseconds) }
        // The ledger's own ends are widened to whole days; ends that were asked for, to quarters.
        let day: Int64 = 86_400_000_000
        start = start.flooredMultiple(of: start == ends.0 ? day : quarter)
        let size = end == ends.1 + 1 ? day : quarter
        end = (end + size - 1).flooredMultiple(of: size)
        var windows: [Period] = []
        while start < end {
            let next = min(end, (start + day).flooredMultiple(of: day))
            if let window = Period(
                since: Instant(microseconds: start), until: Instant(microseconds: next))
            {
                windows.append(window)
            }
            start = next
        }
        return windows
    }

    /// One day in one snapshot.
    private func check(
        _ window: Period, _ tenant: String?, isAway: Bool, _ result: inout Verification
    ) throws(LedgerError) {
        let parameters = window.parameters(tenant)
        var found = result
        found.days += 1
        let before = result.found
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") {
            connection throws(PostgresError) in
            try connection.run("SET LOCAL work_mem = '128MB'")
            if !isAway {
                try connection.stream(Self.rollupCheckSQL, parameters) { row throws(PostgresError) in
                    try found.addCell(&row)
                    return true
                }
                try Self.orphans(connection, parameters, &found)
            }
            // Where a quarter of an hour is wrong, the day's sum says nothing more.
            if window.isWholeDay, found.found == before {
                try connection.stream(Self.dayCheckSQL, parameters) { row throws(PostgresError) in
                    try found.addDay(&row, window)
                    return true
                }
            }
            try connection.stream(Self.sequenceCheckSQL, parameters) { row throws(PostgresError) in
                try found.addSequence(&row)
                return true
            }
        }
        result = found
    }

    /// Entries before the first record and after the last.
    private func checkOutside(
        _ windows: [Period], _ scope: VerifyScope, _ result: inout Verification
    ) throws(LedgerError) {
        guard scope.since == nil, scope.until == nil else { return }
        // The years for which there can be partitions.
        let first = Instant(CivilDate(daysSinceEpoch: 10_957))
        let last = Instant(CivilDate(daysSinceEpoch: 47_482))
        let ends = [
            Period(since: first, until: windows.first?.since ?? last),
            windows.last.flatMap { Period(since: $0.until, until: last) },
        ]
        for window in ends.compactMap(\.self) {
            var found = result
            try transaction("BEGIN READ ONLY") { connection throws(PostgresError) in
                try Self.orphans(connection, window.parameters(scope.tenant), &found)
            }
            result = found
        }
    }

    private static func orphans(
        _ connection: borrowing Connection, _ parameters: Parameters, _ found: inout Verification
    ) throws(PostgresError) {
        try connection.stream(orphanCheckSQL, parameters) { row throws(PostgresError) in
            let tenant = try row.text()
            let bucket = try row.microseconds()
            let record = try row.text()
            let number = try row.integer()
            found.add(
                .quarter(.orphan, tenant, bucket, "entry \(number) of record \(record), which is not there"))
            return true
        }
    }

    private func checkKept(_ tenant: String?, _ result: inout Verification) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(tenant)
        var found = result
        try transaction("BEGIN READ ONLY") { connection throws(PostgresError) in
            try connection.stream(Self.keptCheckSQL, parameters) { row throws(PostgresError) in
                let isConflict = try row.text() == "conflict"
                let tenant = try row.text()
                let at = try row.microseconds()
                let record = try row.text()
                let problem =
                    isConflict
                    ? "the content kept beside record \(record) is not what its digest says"
                    : "record \(record), which owns what was charged for once, is not there"
                found.add(.quarter(isConflict ? .conflict : .settlement, tenant, at, problem))
                return true
            }
        }
        result = found
    }
}

extension Finding {
    static func quarter(_ kind: Kind, _ tenant: String, _ microseconds: Int64, _ problem: String) -> Finding {
        let size = Posting.bucketSeconds * 1_000_000
        let start = microseconds.flooredMultiple(of: size)
        return Finding(
            kind, tenant: tenant, since: Instant(microseconds: start),
            until: Instant(microseconds: start + size), problem: problem)
    }
}

extension Period {
    fileprivate var isWholeDay: Bool {
        since.microseconds.flooredMultiple(of: 86_400_000_000) == since.microseconds
            && until.microseconds == since.microseconds + 86_400_000_000
    }

    fileprivate func parameters(_ tenant: String?) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: since.microseconds)
        parameters.add(microseconds: until.microseconds)
        parameters.add(tenant)
        return parameters
    }
}

extension Verification {
    /// A row of ``LedgerStore/rollupCheckSQL``; the one without a time holds the counts.
    fileprivate mutating func addCell(_ row: inout Row) throws(PostgresError) {
        let tenant = try row.text()
        let bucket = try row.optionalMicroseconds()
        let user = try row.text()
        let model = try row.text()
        let meter = try row.text()
        let counts = (facts: try row.optionalText(), kept: try row.optionalText())
        let quantities = (facts: try row.optionalText(), kept: try row.optionalText())
        let amounts = (facts: try row.text(), kept: try row.text())
        guard let bucket else {
            records += Int64(counts.facts ?? "") ?? 0
            entries += Int64(counts.kept ?? "") ?? 0
            rollups += Int64(quantities.facts ?? "") ?? 0
            let differing = Int64(quantities.kept ?? "") ?? 0
            // The first hundred follow, each adding one.
            found += max(0, differing - Int64(LedgerLimits.listedFindings))
            return
        }
        let cell = "model \(model.isEmpty ? "-" : model), meter \(meter), user \(user.isEmpty ? "-" : user)"
        let difference: String
        if counts.kept == nil {
            difference = "the rollup is missing; the entries come to \(amounts.facts)"
        } else if counts.facts == nil {
            difference = "the rollup has no entries behind it; it says \(amounts.kept)"
        } else if amounts.facts != amounts.kept {
            difference = "the entries come to \(amounts.facts), the rollup says \(amounts.kept)"
        } else if quantities.facts != quantities.kept {
            difference =
                "the entries count \(quantities.facts ?? ""), the rollup says \(quantities.kept ?? "")"
        } else {
            difference = "the records count \(counts.facts ?? ""), the rollup says \(counts.kept ?? "")"
        }
        add(.quarter(.rollup, tenant, bucket, "\(cell): \(difference)"))
    }

    /// A row of ``LedgerStore/dayCheckSQL``.
    fileprivate mutating func addDay(_ row: inout Row, _ day: Period) throws(PostgresError) {
        let tenant = try row.text()
        let model = try row.text()
        let quarters = try row.optionalText() ?? "nothing"
        let kept = try row.optionalText() ?? "nothing"
        add(
            Finding(
                .dayRollup, tenant: tenant, since: day.since, until: day.until,
                problem: "model \(model): the quarters of an hour come to \(quarters), the day says \(kept)"))
    }

    /// A row of ``LedgerStore/sequenceCheckSQL``.
    fileprivate mutating func addSequence(_ row: inout Row) throws(PostgresError) {
        let tenant = try row.text()
        let bucket = try row.microseconds()
        let record = try row.text()
        let instance = try row.text()
        let number = try row.integer()
        let records = try row.integer()
        let problem =
            records > 1
            ? "\(records) records have number \(number) of \(instance), record \(record) is one of them"
            : "record \(record) has number \(number) of \(instance), which never arrived from it"
        add(.quarter(.sequence, tenant, bucket, problem))
    }
}
