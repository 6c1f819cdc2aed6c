// Checking seals: first the chains, which need no facts, then for each sealed day that its rows still have
// the digests that were sealed, no fewer rows and no more.
import Postgres
import Terms

extension LedgerStore {
    /// Days whose rows are to be compared with their seals.
    func sealedDays(_ scope: VerifyScope) throws(LedgerError) -> [CivilDate] {
        let ends = try inOneTrip("SELECT min(day)::text, max(day)::text FROM tollbook.seal", Parameters()) {
            answer throws(PostgresError) -> (CivilDate, CivilDate)? in
            try answer.withRow(0) { row throws(PostgresError) in
                guard let first = try row.optionalText().flatMap({ CivilDate($0) }),
                    let last = try row.optionalText().flatMap({ CivilDate($0) })
                else { return nil }
                return (first, last)
            }
        }
        guard let ends else { return [] }
        var first = ends.0
        var last = ends.1
        if let since = scope.since { first = max(first, since.date) }
        if let until = scope.until { last = min(last, Instant(microseconds: until.microseconds - 1).date) }
        guard first <= last else { return [] }
        return (0...last.daysSinceEpoch - first.daysSinceEpoch).map { first.adding(days: $0) }
    }

    /// Numbers without gaps, each seal on top of the one before, MACs right, no day left out.
    func checkChains(
        _ tenant: String?, _ keys: SealKeys, _ result: inout Verification
    ) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(tenant)
        var found = result
        try transaction("BEGIN READ ONLY") { connection throws(PostgresError) in
            var before: Seal?
            try connection.stream(Self.sealChainSQL, parameters) { row throws(PostgresError) in
                let seal = try Seal(&row)
                if before?.tenant != seal.tenant { before = nil }
                found.check(seal, after: before, keys)
                before = seal
                return true
            }
        }
        result = found
    }

    /// The rows of a day against its seals, and the day's seal against those of the tenants.
    func checkSealedDay(
        _ day: CivilDate, _ tenant: String?, away: Set<String>, _ result: inout Verification
    ) throws(LedgerError) {
        var found = result
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") {
            connection throws(PostgresError) in
            var parameters = Parameters()
            parameters.add(day.iso8601)
            parameters.add(tenant)
            let seals = try Self.seals(try connection.run(Self.daySealsSQL, parameters))
            let parts = seals.filter { !$0.tenant.isEmpty }
            let rows = try Self.digests(connection, day, tenant)
            found.compare(
                parts.filter { !away.contains($0.month) }, with: rows.filter { !away.contains($0.month) }, day
            )
            guard tenant == nil else { return }
            guard let whole = seals.first(where: \.tenant.isEmpty) else {
                found.add(.day(.chain, "", day, "the day's own seal is missing"))
                return
            }
            let digest = try Self.digest(of: parts.map(\.mac), connection)
            if whole.digest != digest || whole.records != Int64(parts.count) {
                found.add(
                    .day(
                        .chain, "", day,
                        "the day's seal covers \(whole.records) seals, other than the \(parts.count) there"
                    ))
            }
        }
        result = found
    }
}

extension Finding {
    static func day(_ kind: Kind, _ tenant: String, _ day: CivilDate, _ problem: String) -> Finding {
        Finding(
            kind, tenant: tenant, since: Instant(day), until: Instant(day.adding(days: 1)), problem: problem)
    }
}

extension Verification {
    fileprivate mutating func check(_ seal: Seal, after before: Seal?, _ keys: SealKeys) {
        seals += 1
        if seal.tenant.isEmpty { sealedThrough = max(sealedThrough ?? seal.day, seal.day) }
        let name = "seal \(seal.number)"
        if seal.number != (before?.number ?? 0) + 1 {
            add(.day(.chain, seal.tenant, seal.day, "\(name) follows seal \(before?.number ?? 0)"))
        } else if seal.previous != before?.mac ?? [] {
            add(.day(.chain, seal.tenant, seal.day, "\(name) is not the successor of the seal before it"))
        } else if let before, seal.tenant.isEmpty, seal.day != before.day.adding(days: 1) {
            add(
                .day(
                    .chain, "", seal.day,
                    "no day's seal between \(before.day.iso8601) and \(seal.day.iso8601)"))
        }
        guard let mac = keys.mac(seal.keyID, seal.message) else {
            unkeyedSeals += 1
            return
        }
        if mac != seal.mac {
            add(.day(.chain, seal.tenant, seal.day, "the MAC of \(name) is not that of its content"))
        }
    }

    fileprivate mutating func compare(_ seals: [Seal], with rows: [DayDigest], _ day: CivilDate) {
        struct Part: Hashable {
            let tenant: String
            let month: String
        }
        var left: [Part: DayDigest] = [:]
        for part in rows { left[Part(tenant: part.tenant, month: part.month)] = part }
        for seal in seals {
            let now = left.removeValue(forKey: Part(tenant: seal.tenant, month: seal.month))
            guard now?.digest != seal.digest else { continue }
            let there = "\(now?.records ?? 0) records and \(now?.entries ?? 0) entries"
            let same = seal.records == now?.records && seal.entries == now?.entries
            let problem =
                same
                ? "of the \(there) of \(seal.month) booked that day, not all are as they were sealed"
                : "\(there) of \(seal.month) booked that day, sealed were \(seal.records) and \(seal.entries)"
            add(.day(.seal, seal.tenant, day, problem))
        }
        for part in left.values.sorted(by: { ($0.tenant, $0.month) < ($1.tenant, $1.month) }) {
            let there = "\(part.records) records and \(part.entries) entries of \(part.month)"
            add(.day(.seal, part.tenant, day, "\(there) booked that day, which is sealed without them"))
        }
    }
}
