// What the budget commands share: reading scopes and amounts, finding a budget, its zone and its window.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

enum BudgetOptions {
    static let name = Help.Operand("NAME", "the budget's name: letters, digits, . _ - : /")

    static func name(_ arguments: Arguments) throws(UsageError) -> String {
        let name = try arguments.operand(0) ?? ""
        guard Budget.isName(name) else {
            throw .invalid(
                what: "NAME", value: name, expected: "1 to 64 letters, digits or . _ - : /", nearest: nil)
        }
        return name
    }

    /// A limit that was given; nil inside: none.
    struct GivenLimit {
        let limit: BudgetAmount?
    }

    /// `--limit`: an amount, or `none`; nil where it is not given.
    static func limit(_ arguments: Arguments) throws(UsageError) -> GivenLimit? {
        let expected = "an amount such as 10.00 (at most twelve decimals, not negative), or none"
        return try arguments.value("--limit", expected: expected) { text -> GivenLimit? in
            if text == "none" { return GivenLimit(limit: nil) }
            return BudgetAmount(text).map { GivenLimit(limit: $0) }
        }
    }

    static func unknown(_ name: String, among names: [String]) -> Failure {
        let near = nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        return Failure(
            .couldNot,
            Diagnosis(
                code: "budget.unknown", problem: "there is no budget '\(name.visible)'\(near)",
                effect: "nothing was done",
                remedy: "see `tollbook budget list`, or make it: `tollbook budget set`"))
    }

    static func zone(_ name: String) throws(Failure) -> TimeZoneRules {
        if let zone = ZoneFiles.rules(name) { return zone }
        throw Failure(
            .usage,
            Diagnosis(
                code: "time.unknown-zone", problem: "'\(name.visible)' is no time zone of this system",
                effect: "nothing was done: the window would begin at the wrong hour",
                remedy: "use an IANA name such as Europe/Berlin, or UTC"))
    }
}

/// A budget with what is known of its present window.
struct BudgetStanding {
    let stored: StoredBudget
    let window: BudgetWindow
    let limit: BudgetAmount?
    let state: BudgetState

    var pool: LeasePool { state.pool }
    var held: BudgetAmount { pool.leases.reduce(.zero) { $0 + $1.held } + pool.presumed }

    /// Looks at a budget, counting its window if nobody has.
    static func read(
        _ stored: StoredBudget, zone: TimeZoneRules, _ ledger: LedgerStore, now: Instant
    ) throws(LedgerError) -> BudgetStanding {
        let window = stored.budget.window.counted(at: now, zone: zone)
        try ledger.openWindow(of: stored, window, at: now)
        try ledger.recount(stored, at: now)
        guard let state = try ledger.budgetState(of: stored, window) else {
            throw .unreadable(what: "a budget without a window")
        }
        return BudgetStanding(
            stored: stored, window: stored.budget.window.window(at: now, zone: zone),
            limit: state.pool.limit, state: state)
    }
}

extension JSONWriter {
    /// What a budget says about whose calls it counts: only what is stated.
    mutating func budgetScope(_ scope: BudgetScope) {
        beginObject()
        if let tenant = scope.tenant { field("tenant", tenant) }
        if let user = scope.user { field("user", user) }
        if let key = scope.key { field("key", key) }
        if let model = scope.model { field("model", model) }
        if !scope.labels.isEmpty {
            key("labels")
            labels(scope.labels)
        }
        endObject()
    }

    mutating func budget(
        _ standing: BudgetStanding, withBound: Bool, leases: BudgetLeases? = nil
    ) {
        let budget = standing.stored.budget
        let bound = standing.state.bound
        beginObject()
        field("name", budget.name)
        key("scope")
        budgetScope(budget.scope)
        key("window")
        beginObject()
        let isAlways = standing.window == .always
        field("since", isAlways ? nil : standing.window.since.rfc3339)
        field("until", isAlways ? nil : standing.window.until.rfc3339)
        field("rule", budget.window.text)
        field("timezone", budget.window.timezone)
        endObject()
        field("unit", budget.unit.text)
        field("book", budget.book.rawValue)
        field("limit", standing.limit?.plain)
        field("spent", standing.pool.spent.plain)
        field("held", standing.held.plain)
        field("leased", (standing.pool.open + standing.pool.presumed).plain)
        field("remaining", standing.pool.remaining?.plain)
        field("action", budget.action.rawValue)
        key("warn_at")
        beginArray()
        for threshold in budget.warnAt { integer(Int64(threshold)) }
        endArray()
        field("bound", bound.total.plain)
        if withBound {
            key("bound_terms")
            beginObject()
            field("underestimated", bound.underestimated.plain)
            field("released", bound.released.plain)
            field("allowance", bound.allowance.plain)
            field("repriced", bound.repriced.plain)
            endObject()
        }
        if let leases {
            key("leases")
            leases.write(to: &self)
        }
        endObject()
    }
}
