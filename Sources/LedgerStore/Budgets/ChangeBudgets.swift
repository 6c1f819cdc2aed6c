// Changes of budgets. Each is a new row and a line in the audit; nothing that was booked is touched, so a
// changed limit counts what was spent since its window began.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Makes a budget or changes it.
    ///
    /// - Returns: the state in force afterwards; the one before when nothing differs.
    public func setBudget(
        _ budget: Budget, actor: String, at instant: Instant
    ) throws(LedgerError) -> StoredBudget {
        let before = try self.budget(budget.name, at: instant)
        if let before, before.budget == budget { return before }
        // What is spent is told by rows of the booking transaction, and that has a number of its own on each
        // server.
        if try isDistributed() { throw .distributed(what: "budgets") }
        let version = (before?.version ?? 0) + 1
        let generation =
            before.map { $0.budget.counts(like: budget) ? $0.generation : $0.generation + 1 } ?? 1
        var parameters = Parameters()
        parameters.add(budget.name)
        parameters.add(Int64(version))
        parameters.add(Int64(generation))
        parameters.add(budget.scope)
        parameters.add(budget.unit.text)
        parameters.add(budget.book.rawValue)
        parameters.add(budget.window.text)
        parameters.add(budget.window.timezone)
        parameters.add(Int64(budget.window.anchorDay))
        parameters.add(budget.limit?.plain)
        parameters.add(budget.action.rawValue)
        parameters.add(ArrayParameter(texts: budget.warnAt.map(String.init)))
        parameters.add(microseconds: instant.microseconds)
        parameters.add(actor)
        try change(
            Self.setSQL, parameters, action: "budget.set", budget.name, actor: actor, at: instant,
            detail: Self.detail(budget, version: version))
        return StoredBudget(
            budget: budget, version: version, generation: generation, changedAt: instant, actor: actor,
            overrides: before?.overrides ?? [])
    }

    /// Gives a budget another limit for a while.
    public func override(
        budget name: String, _ override: BudgetOverride, actor: String, at instant: Instant
    ) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(name)
        parameters.add(override.limit?.plain)
        parameters.add(microseconds: override.since.microseconds)
        parameters.add(microseconds: override.until.microseconds)
        parameters.add(override.reason)
        parameters.add(microseconds: instant.microseconds)
        parameters.add(actor)
        var json = JSONWriter()
        json.beginObject()
        json.field("limit", override.limit?.plain)
        json.field("since", override.since.rfc3339)
        json.field("until", override.until.rfc3339)
        json.field("reason", override.reason)
        json.endObject()
        try change(
            Self.overrideSQL, parameters, action: "budget.override", name, actor: actor, at: instant,
            detail: json.text)
    }

    /// The change and its line in the audit, in one transaction.
    func change(
        _ sql: StaticString, _ parameters: Parameters, action: String, _ name: String, actor: String,
        at instant: Instant, detail: String
    ) throws(LedgerError) {
        var audit = Parameters()
        audit.add(microseconds: instant.microseconds)
        audit.add(actor)
        audit.add(action)
        audit.add(name)
        audit.add(detail)
        let settings = settings
        let none = Parameters()
        try withConnection { connection throws(PostgresError) in
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (sql, parameters), (Self.auditSQL, audit),
                ("COMMIT", none),
            ]) { _, _ throws(PostgresError) in }
        }
    }

    private static func detail(_ budget: Budget, version: Int) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("version", Int64(version))
        json.field("scope", budget.scope.text)
        json.field("unit", budget.unit.text)
        json.field("window", budget.window.text)
        json.field("limit", budget.limit?.plain)
        json.field("action", budget.action.rawValue)
        json.endObject()
        return json.text
    }

    private static let setSQL: StaticString = """
        INSERT INTO tollbook.budget (
            name, version, generation, tenant, user_id, key_id, model, labels, unit, book, window_rule,
            timezone, anchor_day, limit_amount, action, warn_at, changed_at, actor)
        VALUES (
            $1, $2::bigint::integer, $3::bigint::integer, $4, $5, $6, $7, $8::json, $9, $10, $11, $12,
            $13::bigint::smallint, $14::numeric, $15, $16::text[]::smallint[], $17, $18)
        """

    private static let overrideSQL: StaticString = """
        INSERT INTO tollbook.budget_override (
            name, override_no, limit_amount, since, until, reason, made_at, actor)
        SELECT $1, coalesce(max(override_no), 0) + 1, $2::numeric, $3, $4, $5, $6, $7
        FROM tollbook.budget_override
        WHERE name = $1
        """

    static let auditSQL: StaticString = """
        INSERT INTO tollbook.audit (at, actor, action, object_kind, object, detail)
        VALUES ($1, $2, $3, 'budget', $4, $5::json)
        """
}

extension Parameters {
    /// Tenant, user, key, model and labels: five parameters.
    mutating func add(_ scope: BudgetScope) {
        add(scope.tenant)
        add(scope.user)
        add(scope.key)
        add(scope.model)
        var json = JSONWriter()
        json.labels(scope.labels)
        add(json.text)
    }
}
