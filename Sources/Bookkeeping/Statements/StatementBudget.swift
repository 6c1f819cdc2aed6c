// Budgets beside what was used of them: for each its window, the amount, how fast it is used and what the
// window will come to. A budget is counted by its own rules (scope, unit, book, zone), so that what stands
// on a statement is what `tollbook budget show` says.
public import Terms

/// A budget that a statement is to show.
public struct StatementBudget: Hashable, Sendable {
    public var budget: Budget
    /// In force at the statement's time, overrides included; nil for unlimited.
    public var limit: BudgetAmount?
    /// Where its window and its days begin.
    public var zone: TimeZoneRules

    public init(_ budget: Budget, limit: BudgetAmount?, zone: TimeZoneRules) {
        self.budget = budget
        self.limit = limit
        self.zone = zone
    }

    /// Whether it is about the money of a month of one tenant or of all: only such a budget can be drawn
    /// beside a month's total.
    public func covers(_ tenant: String?, _ currency: Currency) -> Bool {
        guard case .calendar(.month, _, 1) = budget.window, budget.unit == .money(currency) else {
            return false
        }
        return budget.scope == BudgetScope(tenant: tenant)
    }
}

/// How fast something is used.
public struct BurnRate: Hashable, Sendable {
    /// A currency's code, `tokens` or `requests`.
    public let unit: String
    public let perDay: BudgetAmount
    /// Whole days that it is the average of.
    public let days: Int

    /// - Returns: nil without a whole day.
    init?(unit: String, used: BudgetAmount, days: Int) {
        guard days > 0 else { return nil }
        self.unit = unit
        perDay = used.divided(by: days)
        self.days = days
    }
}

/// A budget's window and what was used of it.
public struct BudgetLine: Hashable, Sendable {
    public let budget: Budget
    public let limit: BudgetAmount?
    /// The window that holds the statement's time.
    public let window: BudgetWindow
    /// The window's first day in its own zone; nil for windows that are not of the calendar.
    public let firstDay: CivilDate?
    public let used: BudgetAmount
    /// Of the last whole days, at most ``burnDays`` of them.
    public let burnRate: BurnRate?
    /// For the whole window; nil for windows without an end and where too few days are known.
    public let forecast: Forecast?
    /// Whole days until the limit at the burn rate; nil where it is not reached within the window.
    public let daysLeft: Int?

    /// Days before the running one whose average is the burn rate.
    public static let burnDays = 28

    /// - Parameters:
    ///   - history: what the whole days before `today` took, from the first one with usage on.
    ///   - today: the running day, or the one after the statement's month.
    init(
        _ planned: StatementBudget, window: BudgetWindow, used: BudgetAmount,
        history: [(date: CivilDate, cost: Money)], today: CivilDate, usedToday: BudgetAmount
    ) {
        budget = planned.budget
        limit = planned.limit
        self.window = window
        if case .calendar = planned.budget.window {
            firstDay = planned.zone.date(at: window.since)
        } else {
            firstDay = nil
        }
        self.used = used
        let recent = history.suffix(Self.burnDays)
        let sum = recent.reduce(Money.zero) { $0 + $1.cost }
        let rate = BurnRate(
            unit: planned.budget.unit.text, used: BudgetAmount(sum), days: recent.count)
        burnRate = rate
        var end: CivilDate?
        if case .calendar = planned.budget.window { end = planned.zone.date(at: window.until) }
        forecast = end.flatMap { end in
            var forecast = Forecast(
                currency: Currency(planned.budget.unit.text), history: history, today: today,
                month: (planned.zone.date(at: window.since), end), spent: Money(picos: used.picos),
                spentToday: Money(picos: usedToday.picos))
            forecast?.span = planned.budget.window.text
            return forecast
        }
        if case .rolling = planned.budget.window {
            daysLeft = nil
        } else {
            daysLeft = Self.daysLeft(limit, used: used, rate, today: today, end: end)
        }
    }

    private static func daysLeft(
        _ limit: BudgetAmount?, used: BudgetAmount, _ rate: BurnRate?, today: CivilDate, end: CivilDate?
    ) -> Int? {
        guard let limit else { return nil }
        if used >= limit { return 0 }
        guard let rate, rate.perDay > .zero else { return nil }
        let days = (limit - used).picos / rate.perDay.picos
        if let end, days >= Int128(end.daysSinceEpoch - today.daysSinceEpoch) { return nil }
        return Int(clamping: days)
    }
}

extension StatementLedger {
    /// Counts a budget at a statement's time.
    func line(
        of planned: StatementBudget, _ question: StatementQuestion
    ) throws(Problem) -> BudgetLine {
        let zone = planned.zone
        let isRunning = question.isRunning
        let rule = planned.budget.window
        let end = question.period.until
        let today = zone.date(at: isRunning ? question.now : end)
        var window = rule.window(
            at: isRunning ? question.now : Instant(microseconds: end.microseconds - 1), zone: zone)
        if case .rolling = rule, !isRunning { window = rule.window(at: end, zone: zone) }
        let known = isRunning ? zone.start(of: today.adding(days: 1)) : end
        let until = min(window.until, known)
        let used = window.since < until ? try amounts(planned, [window.since, until]) : [.zero]
        let first = today.adding(days: -Forecast.reach)
        let days = (0...Forecast.reach + 1).map { zone.start(of: first.adding(days: $0)) }
        let daily = try amounts(planned, days)
        var history: [(date: CivilDate, cost: Money)] = []
        for (index, amount) in daily.dropLast().enumerated() where amount != .zero || !history.isEmpty {
            history.append((first.adding(days: Int64(index)), Money(picos: amount.picos)))
        }
        return BudgetLine(
            planned, window: window, used: used.first ?? .zero, history: history, today: today,
            usedToday: isRunning ? daily.last ?? .zero : .zero)
    }

    /// What a budget counts in each of the stretches between instants. Reports answer it from sums where the
    /// scope names nothing that they do not keep.
    private func amounts(
        _ planned: StatementBudget, _ cuts: [Instant]
    ) throws(Problem) -> [BudgetAmount] {
        let budget = planned.budget
        guard budget.scope.model == nil, budget.unit != .requests, budget.unit != .concurrent,
            let period = Period(since: cuts[0], until: cuts[cuts.count - 1], timezone: planned.zone.name)
        else { return try counted(budget, cuts: cuts) }
        var query = ReportQuery(
            by: cuts.count > 2 ? [.day] : [], period: period, zone: planned.zone, book: budget.book)
        query.filter.tenant = budget.scope.tenant
        query.filter.user = budget.scope.user
        query.filter.key = budget.scope.key
        query.filter.labels = budget.scope.labels
        let report = try answer(query)
        var sums = [BudgetAmount](repeating: .zero, count: cuts.count - 1)
        for row in cuts.count > 2 ? report.rows : report.totals {
            let amount: BudgetAmount
            switch budget.unit {
            case .money(let currency) where row.currency == currency:
                amount = BudgetAmount(row.figures.cost[budget.book] ?? .zero)
            case .tokens: amount = BudgetAmount(whole: row.figures.inputTokens + row.figures.outputTokens)
            case .money, .requests, .concurrent: continue
            }
            let day = cuts.count > 2 ? CivilDate(row.keys[0]).map { planned.zone.start(of: $0) } : cuts[0]
            // A day that a zone skipped has no start of its own and no usage.
            if let day, let index = cuts.dropLast().lastIndex(of: day) { sums[index] += amount }
        }
        return sums
    }
}
