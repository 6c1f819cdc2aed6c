// Tenants as the ledger keeps them. They are few and read whole; a change is one transaction with its row
// in the audit trail and a new access version.
import Postgres
public import Terms

extension LedgerStore {
    /// Ascending by name, archived ones included.
    public func tenants() throws(LedgerError) -> [Tenant] {
        try inOneTrip(Self.tenantsSQL, Parameters()) { answer throws(PostgresError) in
            try Self.tenants(answer)
        }
    }

    /// Registers a tenant, or gives a registered one these settings.
    ///
    /// - Returns: whether anything was changed; what is so already leaves no trace.
    @discardableResult
    public func store(_ tenant: Tenant, note: AuditNote) throws(LedgerError) -> Bool {
        var parameters = Parameters()
        parameters.add(tenant.name)
        parameters.add(tenant.currency)
        parameters.add(tenant.timezone)
        parameters.add(tenant.costCenter)
        parameters.add(microseconds: tenant.createdAt.microseconds)
        parameters.add(microseconds: tenant.archivedAt?.microseconds)
        return try transaction { connection throws(PostgresError) -> Bool in
            let changed =
                try connection.run(
                    """
                    INSERT INTO tollbook.tenant AS t
                        (tenant, currency, timezone, cost_center, created_at, archived_at)
                    VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (tenant) DO UPDATE SET currency = excluded.currency,
                        timezone = excluded.timezone, cost_center = excluded.cost_center,
                        archived_at = excluded.archived_at
                    WHERE (t.currency, t.timezone, t.cost_center, t.archived_at) IS DISTINCT FROM
                        (excluded.currency, excluded.timezone, excluded.cost_center, excluded.archived_at)
                    """, parameters
                ).changedCount > 0
            guard changed else { return false }
            try Self.note(note, connection)
            try Self.countUp(connection)
            return true
        }
    }

    static let tenantsSQL: StaticString = """
        SELECT tenant, currency, timezone, cost_center, created_at, archived_at FROM tollbook.tenant
        ORDER BY tenant
        """

    static func tenants(_ answer: borrowing Answer) throws(PostgresError) -> [Tenant] {
        var tenants: [Tenant] = []
        try answer.forEachRow { row throws(PostgresError) in
            tenants.append(
                Tenant(
                    name: try row.text(), currency: try row.text(), timezone: try row.text(),
                    costCenter: try row.text(), createdAt: Instant(microseconds: try row.microseconds()),
                    archivedAt: try row.optionalMicroseconds().map { Instant(microseconds: $0) }))
        }
        return tenants
    }
}
