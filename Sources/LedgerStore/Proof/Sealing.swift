// Making seals. A day is sealed when it is over by an hour and no transaction that was posting then is still
// under way, so nothing can be booked in it any more. Several may seal at once: one does, the others find
// nothing left.
import Postgres
public import Terms

extension LedgerStore {
    /// Seals every day that can be sealed and is not, the oldest first, each in a transaction of its own.
    ///
    /// - Parameter now: days that ended ``LedgerLimits/sealDelaySeconds`` before are sealed.
    /// - Throws: ``LedgerError/noSealKey`` without a key; ``LedgerError/stillPosting`` while a
    ///   transaction that
    ///   began before does not end.
    @discardableResult
    public func seal(_ keys: SealKeys, now: Instant) throws(LedgerError) -> SealReceipt {
        guard let keyID = keys.current else { throw .noSealKey }
        var receipt = SealReceipt()
        let last = now.advanced(bySeconds: -LedgerLimits.sealDelaySeconds).date.adding(days: -1)
        receipt.through = try sealedThrough()
        let next: CivilDate
        if let through = receipt.through {
            next = through.adding(days: 1)
        } else if let first = try firstBooking() {
            next = first
        } else {
            return receipt
        }
        guard next <= last else { return receipt }
        try waitForPostings()
        var day = next
        while day <= last, receipt.days < LedgerLimits.sealedDays {
            guard let made = try seal(day, keys, keyID, now) else {
                receipt.through = try sealedThrough()
                return receipt  // somebody else is at it
            }
            receipt.days += 1
            receipt.seals += Int64(made.count)
            for seal in made where !seal.tenant.isEmpty {
                receipt.records += seal.records
                receipt.entries += seal.entries
            }
            receipt.through = day
            day = day.adding(days: 1)
        }
        return receipt
    }

    /// The newest seal of each tenant; the one named '' stands for all.
    public func sealHeads() throws(LedgerError) -> [Seal] {
        var parameters = Parameters()
        parameters.add(nil as String?)
        return try inOneTrip(Self.sealHeadsSQL, parameters) { answer throws(PostgresError) in
            try Self.seals(answer)
        }
    }

    private func sealedThrough() throws(LedgerError) -> CivilDate? {
        try head(of: "").map(\.day)
    }

    private func head(of tenant: String) throws(LedgerError) -> Seal? {
        var parameters = Parameters()
        parameters.add(tenant)
        return try inOneTrip(Self.sealHeadsSQL, parameters) { answer throws(PostgresError) in
            try Self.seals(answer).first
        }
    }

    private func firstBooking() throws(LedgerError) -> CivilDate? {
        try inOneTrip(Self.firstBookingSQL, Parameters()) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in
                try row.optionalMicroseconds().map { Instant(microseconds: $0).date }
            }
        }
    }

    /// Waits until every transaction that posts at this moment has ended, looking twenty times a second.
    func waitForPostings(turns: Int = 20 * LedgerLimits.sealPatienceSeconds) throws(LedgerError) {
        let posting = try inOneTrip(Self.postingNowSQL, Parameters()) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.texts() }
        }
        guard !posting.isEmpty else { return }
        var parameters = Parameters()
        parameters.add(ArrayParameter(texts: posting))
        for _ in 0..<turns {
            let left = try inOneTrip(Self.stillPostingSQL, parameters) { answer throws(PostgresError) in
                try answer.withRow(0) { row throws(PostgresError) in
                    _ = try row.optionalText()
                    return try row.integer()
                }
            }
            if left == 0 { return }
        }
        throw .stillPosting
    }

    /// - Returns: nil when the day was sealed meanwhile.
    private func seal(
        _ day: CivilDate, _ keys: SealKeys, _ keyID: String, _ now: Instant
    ) throws(LedgerError) -> [Seal]? {
        var isMissingKey = false
        let made = try transaction { connection throws(PostgresError) -> [Seal]? in
            // 7827364119013 is ours: one seals at a time.
            try connection.run("SELECT pg_advisory_xact_lock(7827364119013)")
            var all = Parameters()
            all.add(nil as String?)
            var heads: [String: Seal] = [:]
            for head in try Self.seals(try connection.run(Self.sealHeadsSQL, all)) {
                heads[head.tenant] = head
            }
            if let last = heads[""], last.day >= day { return nil }
            var seals: [Seal] = []
            for rows in try Self.digests(connection, day, nil) {
                let before = seals.last { $0.tenant == rows.tenant } ?? heads[rows.tenant]
                guard let seal = Seal(rows, after: before, day, keyID, keys) else {
                    isMissingKey = true
                    return nil
                }
                seals.append(seal)
            }
            let whole = DayDigest(
                tenant: "", month: "", records: Int64(seals.count), entries: 0,
                digest: try Self.digest(of: seals.map(\.mac), connection))
            guard let last = Seal(whole, after: heads[""], day, keyID, keys) else {
                isMissingKey = true
                return nil
            }
            seals.append(last)
            try connection.run(Self.insertSealsSQL, seals.parameters(sealedAt: now))
            return seals
        }
        if isMissingKey { throw .noSealKey }
        return made
    }

    static func digests(
        _ connection: borrowing Connection, _ day: CivilDate, _ tenant: String?
    ) throws(PostgresError) -> [DayDigest] {
        try connection.run("SET LOCAL DateStyle = 'ISO'")
        try connection.run("SET LOCAL work_mem = '128MB'")
        var parameters = Parameters()
        parameters.add(microseconds: Instant(day).microseconds)
        parameters.add(microseconds: Instant(day.adding(days: 1)).microseconds)
        parameters.add(tenant)
        var digests: [DayDigest] = []
        try connection.run(dayDigestSQL, parameters).forEachRow { row throws(PostgresError) in
            digests.append(
                DayDigest(
                    tenant: try row.text(), month: try row.text(), records: try row.integer(),
                    entries: try row.integer(), digest: try row.bytes()))
        }
        return digests
    }

    /// SHA-256 over MACs, as PostgreSQL makes it: the program needs no hash of its own for this.
    static func digest(
        of macs: [[UInt8]], _ connection: borrowing Connection
    ) throws(PostgresError) -> [UInt8] {
        let column = ArrayParameter(.bytes)
        for mac in macs { column.append(utf8: mac) }
        var parameters = Parameters()
        parameters.add(column)
        return try connection.run(
            """
            SELECT sha256(coalesce(string_agg(mac, ''::bytea ORDER BY no), ''::bytea))
            FROM unnest($1::bytea[]) WITH ORDINALITY AS m(mac, no)
            """, parameters
        ).withRow(0) { row throws(PostgresError) in try row.bytes() }
    }

    static func seals(_ answer: borrowing Answer) throws(PostgresError) -> [Seal] {
        var seals: [Seal] = []
        try answer.forEachRow { row throws(PostgresError) in seals.append(try Seal(&row)) }
        return seals
    }
}

/// The rows that one seal covers.
struct DayDigest: Hashable {
    let tenant: String
    let month: String
    let records: Int64
    let entries: Int64
    let digest: [UInt8]
}

extension Seal {
    /// Made anew; nil when the key is not at hand.
    fileprivate init?(
        _ rows: DayDigest, after head: Seal?, _ day: CivilDate, _ keyID: String, _ keys: SealKeys
    ) {
        self.init(
            tenant: rows.tenant, number: (head?.number ?? 0) + 1, day: day, month: rows.month,
            records: rows.records, entries: rows.entries, digest: rows.digest, previous: head?.mac ?? [],
            keyID: keyID)
        guard let mac = keys.mac(keyID, message) else { return nil }
        self.mac = mac
    }

    /// In the order of the columns of ``LedgerStore/sealChainSQL``.
    init(_ row: inout Row) throws(PostgresError) {
        let tenant = try row.text()
        let number = try row.integer()
        let dayText = try row.text()
        guard let day = CivilDate(dayText) else { throw .unexpected("day \(dayText)") }
        self.init(
            tenant: tenant, number: number, day: day, month: try row.text(), records: try row.integer(),
            entries: try row.integer(), digest: try row.bytes(), previous: try row.bytes(),
            mac: try row.bytes(), keyID: try row.text())
    }
}

extension [Seal] {
    fileprivate func parameters(sealedAt: Instant) -> Parameters {
        let texts = (0..<4).map { _ in ArrayParameter(.text) }
        let counts = (0..<3).map { _ in ArrayParameter(.int8) }
        let bytes = (0..<3).map { _ in ArrayParameter(.bytes) }
        for seal in self {
            for (column, text) in zip(texts, [seal.tenant, seal.day.iso8601, seal.month, seal.keyID]) {
                column.append(text)
            }
            for (column, count) in zip(counts, [seal.number, seal.records, seal.entries]) {
                column.append(count)
            }
            for (column, value) in zip(bytes, [seal.digest, seal.previous, seal.mac]) {
                column.append(utf8: value)
            }
        }
        var parameters = Parameters()
        for column in [
            texts[0], counts[0], texts[1], texts[2], counts[1], counts[2], bytes[0], bytes[1], bytes[2],
            texts[3],
        ] { parameters.add(column) }
        parameters.add(Seal.form)
        parameters.add(microseconds: sealedAt.microseconds)
        return parameters
    }
}
