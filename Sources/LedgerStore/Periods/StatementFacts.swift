// What a statement tells beside the sums: budgets of its scope, and the trail of who closed and adjusted.
// Both tables are made by other migrations than this target's own; a ledger without them has none.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Budgets in force, of one tenant or all, ascending by name.
    public func statementBudgets(tenant: String?) throws(LedgerError) -> [StatementBudget] {
        guard try hasTable("tollbook.budget") else { return [] }
        var parameters = Parameters()
        parameters.add(tenant)
        return try inOneTrip(
            """
            SELECT j ->> 'name', j ->> 'tenant', j ->> 'user_id', j ->> 'key_id', j ->> 'model',
                coalesce((SELECT string_agg(',' || 'label:' || l.key || '=' || l.value, '' ORDER BY l.key)
                    FROM json_each_text(j -> 'labels') AS l), ''),
                coalesce(j ->> 'unit', ''), coalesce(j ->> 'window_rule', ''), coalesce(j ->> 'action', ''),
                (j ->> 'limit_amount')::numeric
            FROM (
                SELECT DISTINCT ON (b.name) to_json(b) AS j FROM tollbook.budget b
                ORDER BY b.name, b.version DESC
            ) budgets
            WHERE $1::text IS NULL OR j ->> 'tenant' = $1
            ORDER BY 1
            """, parameters
        ) { answer throws(PostgresError) -> [StatementBudget] in
            var found: [StatementBudget] = []
            try answer.forEachRow { row throws(PostgresError) in
                let name = try row.text()
                var scope: [String] = []
                for kind in ["tenant", "user", "key", "model"] {
                    if let value = try row.optionalText(), !value.isEmpty { scope.append("\(kind)=\(value)") }
                }
                let labels = try row.text()
                found.append(
                    StatementBudget(
                        name: name, scope: scope.joined(separator: ",") + labels, unit: try row.text(),
                        window: try row.text(), action: try row.text(),
                        limit: try row.optionalDecimal(places: 12).map { Money(picos: $0) }))
            }
            return found
        }
    }

    /// Notes a change in the trail, where the ledger has one.
    public func noteChange(
        at instant: Instant, actor: String, action: String, kind: String, object: String, detail: String
    ) throws(LedgerError) {
        guard try hasTable("tollbook.audit") else { return }
        var parameters = Parameters()
        parameters.add(microseconds: instant.microseconds)
        for text in [actor, action, kind, object, detail] { parameters.add(text) }
        try inOneTrip(
            """
            INSERT INTO tollbook.audit (at, actor, action, object_kind, object, detail)
            VALUES ($1, $2, $3, $4, $5, $6::text::json)
            """, parameters
        ) { _ in }
    }

    /// One change of what the ledger was told by hand.
    public struct Change: Hashable, Sendable {
        public let at: Instant
        /// The user of the operating system.
        public let actor: String
        /// Kind and verb, such as `period.close`.
        public let action: String
        public let kind: String
        public let object: String
        /// A JSON object.
        public let detail: String
    }

    /// Changes between two instants, in the order of time.
    public func changes(
        since: Instant?, until: Instant?, kind: String?
    ) throws(LedgerError) -> [Change] {
        guard try hasTable("tollbook.audit") else { return [] }
        var parameters = Parameters()
        parameters.add(microseconds: since?.microseconds)
        parameters.add(microseconds: until?.microseconds)
        parameters.add(kind)
        return try inOneTrip(
            """
            SELECT at, actor, action, object_kind, object, detail::text FROM tollbook.audit
            WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2)
                AND ($3::text IS NULL OR object_kind = $3)
            ORDER BY at, audit_no
            """, parameters
        ) { answer throws(PostgresError) -> [Change] in
            var found: [Change] = []
            try answer.forEachRow { row throws(PostgresError) in
                found.append(
                    Change(
                        at: Instant(microseconds: try row.microseconds()), actor: try row.text(),
                        action: try row.text(), kind: try row.text(), object: try row.text(),
                        detail: try row.text()))
            }
            return found
        }
    }

    private func hasTable(_ name: String) throws(LedgerError) -> Bool {
        var parameters = Parameters()
        parameters.add(name)
        return try inOneTrip("SELECT to_regclass($1::text) IS NOT NULL", parameters) {
            answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
    }
}
