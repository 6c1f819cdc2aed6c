// Budgets as the ledger keeps them: every state that they have had, and the limits that hold for a while.
public import Bookkeeping
import Postgres
public import Terms

/// A budget in force.
public struct StoredBudget: Hashable, Sendable {
    public let budget: Budget
    /// Counted from 1; the highest is in force.
    public let version: Int
    /// Changes with what is counted, not with how much is planned.
    public let generation: Int
    public let changedAt: Instant
    public let actor: String
    /// Those that have not ended, in the order in which they were made.
    public var overrides: [BudgetOverride] = []

    public init(
        budget: Budget, version: Int, generation: Int, changedAt: Instant, actor: String,
        overrides: [BudgetOverride] = []
    ) {
        self.budget = budget
        self.version = version
        self.generation = generation
        self.changedAt = changedAt
        self.actor = actor
        self.overrides = overrides
    }

    public func limit(at instant: Instant) -> BudgetAmount? {
        budget.limit(at: instant, overrides: overrides)
    }
}

extension LedgerStore {
    /// All budgets in force, by name, with the overrides that end after an instant.
    ///
    /// - Parameter asOf: as they were just before, and those made since as they were first; nil: as they are.
    public func budgets(at instant: Instant, asOf: Instant? = nil) throws(LedgerError) -> [StoredBudget] {
        try read(Self.currentSQL, name: nil, asOf: .some(asOf), since: instant)
    }

    /// One budget in force.
    public func budget(_ name: String, at instant: Instant) throws(LedgerError) -> StoredBudget? {
        try read(Self.currentSQL, name: name, asOf: .some(nil), since: instant).first
    }

    /// Every state of a budget, oldest first.
    public func budgetHistory(_ name: String) throws(LedgerError) -> [StoredBudget] {
        try read(Self.historySQL, name: name, since: nil)
    }

    /// Every override of a budget in the order in which they were made, with who made it and when.
    public func budgetOverrides(
        _ name: String
    ) throws(LedgerError) -> [(override: BudgetOverride, madeAt: Instant, actor: String)] {
        var parameters = Parameters()
        parameters.add(name)
        parameters.add(microseconds: nil)
        var found: [(override: BudgetOverride, madeAt: Instant, actor: String)] = []
        try inOneTrip(Self.overridesSQL, parameters) { answer throws(PostgresError) in
            try answer.forEachRow { row throws(PostgresError) in
                _ = try row.text()
                let override = try Self.override(&row)
                let madeAt = Instant(microseconds: try row.microseconds())
                found.append((override, madeAt, try row.text()))
            }
        }
        return found
    }

    /// - Parameter asOf: nil where the statement has no such parameter.
    private func read(
        _ sql: StaticString, name: String?, asOf: Instant?? = nil, since: Instant?
    ) throws(LedgerError) -> [StoredBudget] {
        var parameters = Parameters()
        parameters.add(name)
        if let asOf { parameters.add(microseconds: asOf?.microseconds) }
        var budgets: [StoredBudget] = []
        var overrides: [String: [BudgetOverride]] = [:]
        var unreadable: String?
        var overrideParameters = Parameters()
        overrideParameters.add(name)
        overrideParameters.add(microseconds: since?.microseconds)
        let settings = settings
        let none = Parameters()
        try withConnection { connection throws(PostgresError) in
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (sql, parameters),
                (Self.overridesSQL, overrideParameters), ("COMMIT", none),
            ]) { index, answer throws(PostgresError) in
                try answer.forEachRow { row throws(PostgresError) in
                    if index == 2 {
                        let name = try row.text()
                        if let budget = try Self.budget(name, &row) {
                            budgets.append(budget)
                        } else {
                            unreadable = name
                        }
                    } else if index == 3 {
                        let name = try row.text()
                        overrides[name, default: []].append(try Self.override(&row))
                    }
                }
            }
        }
        if let unreadable { throw .unreadable(what: "the budget \(unreadable)") }
        if since != nil {
            for index in budgets.indices {
                budgets[index].overrides = overrides[budgets[index].budget.name] ?? []
            }
        }
        return budgets
    }

    private static func override(_ row: inout Row) throws(PostgresError) -> BudgetOverride {
        let limit = try row.optionalDecimal(places: 12).map { BudgetAmount(picos: $0) }
        let since = Instant(microseconds: try row.microseconds())
        let until = Instant(microseconds: try row.microseconds())
        return BudgetOverride(limit: limit, since: since, until: until, reason: try row.text())
    }

    /// Nil: made by a later version, with words that this one does not know.
    private static func budget(_ name: String, _ row: inout Row) throws(PostgresError) -> StoredBudget? {
        let version = Int(try row.integer())
        let generation = Int(try row.integer())
        var scope = BudgetScope(
            tenant: try row.optionalText(), user: try row.optionalText(), key: try row.optionalText(),
            model: try row.optionalText())
        let keys = try row.texts()
        let values = try row.texts()
        scope.labels = zip(keys, values).map { Label(key: $0, value: $1) }
        let unit = BudgetUnit(try row.text())
        let book = Book(rawValue: try row.text())
        let rule = try row.text()
        let timezone = try row.text()
        let window = WindowRule(rule, timezone: timezone, anchorDay: Int(try row.integer()))
        let limit = try row.optionalDecimal(places: 12).map { BudgetAmount(picos: $0) }
        let action = BudgetAction(rawValue: try row.text())
        let warnAt = try row.texts().compactMap { Int($0) }
        let changedAt = Instant(microseconds: try row.microseconds())
        let actor = try row.text()
        guard let unit, let book, let window, let action else { return nil }
        return StoredBudget(
            budget: Budget(
                name: name, scope: scope, unit: unit, book: book, window: window, limit: limit,
                action: action, warnAt: warnAt),
            version: version, generation: generation, changedAt: changedAt, actor: actor)
    }

    /// `$1` name, null for all; `$2` the instant as of which, null for now.
    private static let currentSQL: StaticString = """
        SELECT DISTINCT ON (name) name, version, generation, tenant, user_id, key_id, model,
            ARRAY(SELECT key FROM json_each_text(labels) ORDER BY key COLLATE "C"),
            ARRAY(SELECT value FROM json_each_text(labels) ORDER BY key COLLATE "C"),
            unit, book, window_rule, timezone, anchor_day, limit_amount, action, warn_at::text[],
            changed_at, actor
        FROM tollbook.budget
        WHERE $1::text IS NULL OR name = $1
        ORDER BY name, coalesce(changed_at < $2::timestamptz, true) DESC,
            CASE WHEN coalesce(changed_at < $2::timestamptz, true) THEN -version ELSE version END
        """

    private static let historySQL: StaticString = """
        SELECT name, version, generation, tenant, user_id, key_id, model,
            ARRAY(SELECT key FROM json_each_text(labels) ORDER BY key COLLATE "C"),
            ARRAY(SELECT value FROM json_each_text(labels) ORDER BY key COLLATE "C"),
            unit, book, window_rule, timezone, anchor_day, limit_amount, action, warn_at::text[],
            changed_at, actor
        FROM tollbook.budget
        WHERE name = $1
        ORDER BY version
        """

    /// `$1` name, null for all; `$2` those that end after it, null for all.
    private static let overridesSQL: StaticString = """
        SELECT name, limit_amount, since, until, reason, made_at, actor
        FROM tollbook.budget_override
        WHERE ($1::text IS NULL OR name = $1) AND ($2::timestamptz IS NULL OR until > $2)
        ORDER BY name COLLATE "C", override_no
        """
}
