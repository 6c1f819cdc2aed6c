// What the ledger knows of tenants beside their usage: zone, currency, cost centre. The table is filled by
// `tollbook tenant`; a tenant without a row, and every tenant of a ledger without the table, has UTC, US
// dollars and no cost centre.
import Postgres
public import Terms

/// How a tenant's books are kept.
public struct TenantTerms: Hashable, Sendable {
    public var currency = "USD"
    /// IANA name: where the tenant's months begin.
    public var timezone = "UTC"
    public var costCenter: String?
    public init() {}
}

extension LedgerStore {
    /// By tenant; only those with a row.
    public func tenantTerms() throws(LedgerError) -> [String: TenantTerms] {
        let isThere = try inOneTrip(
            // A reader of one tenant may not read the table of all.
            "SELECT coalesce(has_table_privilege(to_regclass('tollbook.tenant'), 'SELECT'), false)",
            Parameters()
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
        guard isThere else { return [:] }
        // Read by name from the row as JSON: which columns there are is the business of another migration.
        return try inOneTrip(
            """
            SELECT coalesce(j ->> 'tenant', j ->> 'name', ''), j ->> 'currency', j ->> 'timezone',
                j ->> 'cost_center'
            FROM (SELECT to_json(t) AS j FROM tollbook.tenant t) rows
            """, Parameters()
        ) { answer throws(PostgresError) in
            var found: [String: TenantTerms] = [:]
            try answer.forEachRow { row throws(PostgresError) in
                let name = try row.text()
                var terms = TenantTerms()
                if let currency = try row.optionalText(), !currency.isEmpty { terms.currency = currency }
                if let zone = try row.optionalText(), !zone.isEmpty { terms.timezone = zone }
                terms.costCenter = try row.optionalText().flatMap { $0.isEmpty ? nil : $0 }
                found[name] = terms
            }
            return found
        }
    }

    /// `$1` tenant.
    static let timezoneSQL: StaticString = "SELECT timezone FROM tollbook.tenant WHERE tenant = $1"

    static func timezone(_ answer: borrowing Answer) throws(PostgresError) -> String? {
        answer.rowCount == 0
            ? nil : try answer.withRow(0) { row throws(PostgresError) in try row.optionalText() }
    }

    /// Names of gateway keys by their ids; only those that have one.
    public func keyNames() throws(LedgerError) -> [String: String] {
        try inOneTrip(
            "SELECT key_id, name FROM tollbook.gateway_key WHERE name <> ''", Parameters()
        ) { answer throws(PostgresError) in
            var names: [String: String] = [:]
            try answer.forEachRow { row throws(PostgresError) in names[try row.text()] = try row.text() }
            return names
        }
    }

    /// Labels by which rollups are kept apart, ascending.
    public func rollupLabelNames() throws(LedgerError) -> [String] {
        try inOneTrip(
            "SELECT name FROM tollbook.rollup_label ORDER BY name", Parameters()
        ) { answer throws(PostgresError) in
            var names: [String] = []
            try answer.forEachRow { row throws(PostgresError) in names.append(try row.text()) }
            return names
        }
    }

    /// Tenants with anything booked between two instants, ascending.
    public func tenants(since: Instant, until: Instant) throws(LedgerError) -> [String] {
        var parameters = Parameters()
        parameters.add(microseconds: since.microseconds)
        parameters.add(microseconds: until.microseconds)
        return try inOneTrip(
            """
            SELECT DISTINCT tenant FROM (
                SELECT tenant FROM tollbook.rollup
                WHERE bucket >= $1::timestamptz - interval '15 minutes' AND bucket < $2::timestamptz
                UNION ALL
                SELECT tenant FROM tollbook.carried WHERE booked_at >= $1 AND booked_at < $2
            ) t ORDER BY tenant
            """, parameters
        ) { answer throws(PostgresError) in
            var names: [String] = []
            try answer.forEachRow { row throws(PostgresError) in names.append(try row.text()) }
            return names
        }
    }
}
