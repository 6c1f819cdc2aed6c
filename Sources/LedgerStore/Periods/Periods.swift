// The months of tenants: which are closed, and closing them. The change of state waits for every posting
// that is under way and holds off those that come: after its commit nothing can enter the month any more,
// so what is summed up then is final. Statement and seal are stored after it; if that is cut short, closing
// the month again completes it with the same figures.
public import Bookkeeping
import Postgres
public import Terms

/// A tenant's month as the ledger keeps it.
public struct StoredPeriod: Hashable, Sendable {
    /// Empty: of everybody without a row of their own.
    public var tenant: String
    public var month: String
    public var state: PeriodState
    public var changedAt: Instant
    /// In the tenant's zone.
    public var period: Period?
    /// When it was sealed; nil while its statement is not stored.
    public var sealedAt: Instant?
    /// SHA-256 of the sealed totals.
    public var digest: String?
}

/// What is kept of a month when it is closed.
public struct PeriodSeal: Sendable {
    public var tenant: String
    public var month: String
    /// JSON text.
    public var totals: String
    public var digest: String
    /// The statement by the name of its format.
    public var statements: [(format: String, content: String)]

    public init(
        tenant: String, month: String, totals: String, digest: String,
        statements: [(format: String, content: String)]
    ) {
        self.tenant = tenant
        self.month = month
        self.totals = totals
        self.digest = digest
        self.statements = statements
    }
}

extension LedgerStore {
    /// The row of a tenant's month, nil while there is none: then it is open.
    public func period(tenant: String, month: String) throws(LedgerError) -> StoredPeriod? {
        try periods(month: month).first { $0.tenant == tenant }
    }

    /// All rows of a month, ascending by tenant.
    public func periods(month: String) throws(LedgerError) -> [StoredPeriod] {
        var parameters = Parameters()
        parameters.add(month)
        return try inOneTrip(
            """
            SELECT p.tenant, p.period, p.state, p.changed_at, p.since, p.until, p.timezone, s.sealed_at,
                s.digest
            FROM tollbook.period p
            LEFT JOIN tollbook.period_seal s ON s.tenant = p.tenant AND s.period = p.period
            WHERE p.period = $1
            ORDER BY p.tenant
            """, parameters
        ) { answer throws(PostgresError) in
            var rows: [StoredPeriod] = []
            try answer.forEachRow { row throws(PostgresError) in
                let tenant = try row.text()
                let month = try row.text()
                let word = try row.text()
                guard let state = PeriodState(rawValue: word) else { throw .unexpected("state \(word)") }
                var stored = StoredPeriod(
                    tenant: tenant, month: month, state: state,
                    changedAt: Instant(microseconds: try row.microseconds()))
                let since = try row.optionalMicroseconds()
                let until = try row.optionalMicroseconds()
                let zone = try row.optionalText()
                if let since, let until {
                    stored.period = Period(
                        since: Instant(microseconds: since), until: Instant(microseconds: until),
                        timezone: zone ?? "UTC")
                }
                stored.sealedAt = try row.optionalMicroseconds().map { Instant(microseconds: $0) }
                stored.digest = try row.optionalText()
                rows.append(stored)
            }
            return rows
        }
    }

    /// Moves a tenant's month to `closing` or `closed`. What is closed stays closed.
    ///
    /// - Parameters:
    ///   - rows: each with the month in the tenant's zone; the bounds that the first change wrote stay.
    ///   - note: for the trail of changes; nil where nobody does it by hand.
    public func movePeriods(
        _ rows: [(tenant: String, month: String, period: Period)], to state: PeriodState, at instant: Instant,
        note: AuditNote? = nil
    ) throws(LedgerError) {
        let tenants = ArrayParameter(.text)
        let months = ArrayParameter(.text)
        let since = ArrayParameter(.timestamp)
        let until = ArrayParameter(.timestamp)
        let zones = ArrayParameter(.text)
        for row in rows.sorted(by: { $0.tenant < $1.tenant }) {
            tenants.append(row.tenant)
            months.append(row.month)
            since.append(microseconds: row.period.since.microseconds)
            until.append(microseconds: row.period.until.microseconds)
            zones.append(row.period.timezone)
        }
        var parameters = Parameters()
        for column in [tenants, months, since, until, zones] { parameters.add(column) }
        parameters.add(state.rawValue)
        parameters.add(microseconds: instant.microseconds)
        try transaction("BEGIN ISOLATION LEVEL READ COMMITTED") { connection throws(PostgresError) in
            // Waits for the postings under way, which hold it shared.
            try connection.run("SELECT pg_advisory_xact_lock(7827364119020)")
            try connection.run(
                """
                INSERT INTO tollbook.period AS p (tenant, period, since, until, timezone, state, changed_at)
                SELECT tenant, period, since, until, timezone, $6, $7::timestamptz
                FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[])
                    AS r(tenant, period, since, until, timezone)
                ON CONFLICT (tenant, period) DO UPDATE SET state = excluded.state,
                    changed_at = excluded.changed_at, since = coalesce(p.since, excluded.since),
                    until = coalesce(p.until, excluded.until),
                    timezone = coalesce(p.timezone, excluded.timezone)
                WHERE p.state <> 'closed' AND p.state <> excluded.state
                """, parameters)
            if let note { try Self.note(note, connection) }
        }
    }

    /// Keeps what a closed month came to. What is sealed already stays as it is.
    public func seal(_ seals: [PeriodSeal], at instant: Instant) throws(LedgerError) {
        try transaction { connection throws(PostgresError) in
            for seal in seals {
                var parameters = Parameters()
                parameters.add(seal.tenant)
                parameters.add(seal.month)
                parameters.add(microseconds: instant.microseconds)
                parameters.add(seal.totals)
                parameters.add(seal.digest)
                parameters.add(ArrayParameter(texts: seal.statements.map(\.format)))
                parameters.add(ArrayParameter(texts: seal.statements.map(\.content)))
                try connection.run(
                    """
                    WITH sealed AS (
                        INSERT INTO tollbook.period_seal (tenant, period, sealed_at, totals, digest)
                        VALUES ($1, $2, $3, $4::text::json, $5)
                        ON CONFLICT DO NOTHING
                        RETURNING tenant, period
                    )
                    INSERT INTO tollbook.period_statement (tenant, period, format, content)
                    SELECT s.tenant, s.period, f.format, f.content
                    FROM sealed s, unnest($6::text[], $7::text[]) AS f(format, content)
                    """, parameters)
            }
        }
    }

    /// The statement of a sealed month in a format, nil while it is not sealed.
    public func sealedStatement(
        tenant: String, month: String, format: String
    ) throws(LedgerError) -> String? {
        var parameters = Parameters()
        parameters.add(tenant)
        parameters.add(month)
        parameters.add(format)
        return try inOneTrip(
            "SELECT content FROM tollbook.period_statement WHERE tenant = $1 AND period = $2 AND format = $3",
            parameters
        ) { answer throws(PostgresError) -> String? in
            guard answer.rowCount > 0 else { return nil }
            return try answer.withRow(0) { row throws(PostgresError) in try row.text() }
        }
    }

    /// The totals that were sealed, as JSON text.
    public func sealedTotals(tenant: String, month: String) throws(LedgerError) -> String? {
        var parameters = Parameters()
        parameters.add(tenant)
        parameters.add(month)
        return try inOneTrip(
            "SELECT totals::text FROM tollbook.period_seal WHERE tenant = $1 AND period = $2", parameters
        ) { answer throws(PostgresError) -> String? in
            guard answer.rowCount > 0 else { return nil }
            return try answer.withRow(0) { row throws(PostgresError) in try row.text() }
        }
    }
}
