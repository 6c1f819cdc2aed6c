// How a statement is put together from the ledger's answers.
import Rating
import Terms

extension Statement {
    /// Asks the ledger and makes the statement. The caller sees to it that all answers are of one state of
    /// the books.
    public init<Ledger: StatementLedger>(
        _ question: StatementQuestion, from ledger: Ledger
    ) throws(Ledger.Problem) {
        let asked = StatementAnswers<Ledger>(question: question, ledger: ledger)
        let whose: [Dimension] = question.tenant == nil ? [.tenant] : []
        let period = question.period
        let lines = try asked.report(whose + [.user, .provider, .model], period, .own)
        let meters = try asked.report(whose + [.user, .provider, .model, .meter], period, .own)
        let days = try asked.report([.day, .model], period, .booked)
        let flat = try asked.report([.provider, .model, .meter], period, .booked)
        let tenants = try asked.everybody([.tenant], period)
        let earlier = try ledger.carriedSums(into: period, tenant: question.tenant)
        let byHand = try ledger.adjustments(in: period, tenant: question.tenant)
            .filter { $0.carriedFrom == nil }
        var before = Report(query: flat.query, sums: [], cuts: nil, footer: CompletenessFooter())
        var soFar: [ReportRow] = []
        if let previous = question.previous {
            before = try asked.report([.provider, .model, .meter], previous.period, .booked)
            soFar = try asked.soFar(previous.period)
        }
        let keys = try asked.report(whose + [.key], period, .own)
        var labels: [Report] = []
        for name in question.labels { labels.append(try asked.report(whose + [.label(name)], period, .own)) }
        let incidents = try ledger.incidents(in: period, tenant: question.tenant)
        var budgets: [BudgetLine] = []
        for planned in question.budgets { budgets.append(try ledger.line(of: planned, question)) }
        self.question = question
        self.lines = lines
        self.meters = meters
        self.days = days
        self.keys = keys
        self.labels = labels
        self.incidents = incidents
        self.budgets = budgets
        burnRates = question.burnRates(days, flat.totals)
        self.earlier = earlier
        self.byHand = byHand.map(StatementAdjustment.init)
        totals = flat.totals
        previousTotals = before.totals
        previousSoFar = soFar
        comparison = SpendComparison(after: flat, before: before, book: StatementQuestion.book)
        let old = Set(before.rows.map { $0.keys[1] })
        newModels = Set(flat.rows.map { $0.keys[1] }).subtracting(old).subtracting([""]).sorted()
        shares = TenantShare.all(tenants, question.costCenters)
            .filter { question.tenant == nil || $0.tenant == question.tenant }
        let nobody = tenants.rows.filter { $0.keys == [Attribution.unattributedTenant] }
        unallocated =
            nobody.isEmpty ? [ReportRow(keys: [], currency: .usd, figures: Figures())] : nobody
        forecasts = try asked.forecasts(totals: flat.totals)
        var digest = ContentDigest()
        for report in [lines, meters, days, flat, tenants, before, keys] + labels { digest.add(report) }
        digest.add(incidents)
        for line in budgets { digest.add([line.budget.name, line.limit?.plain ?? "-", line.used.plain]) }
        for sum in earlier { digest.add(sum) }
        for stored in byHand { digest.add([stored.record.id.text, stored.cost.chargeback?.plain ?? ""]) }
        inputDigest = digest.hexadecimal()
    }
}

/// The questions behind a statement.
private struct StatementAnswers<Ledger: StatementLedger> {
    let question: StatementQuestion
    let ledger: Ledger

    func report(
        _ by: [Dimension], _ period: Period, _ basis: Basis
    ) throws(Ledger.Problem) -> Report {
        var query = ReportQuery(by: by, period: period, zone: question.zone, book: StatementQuestion.book)
        query.basis = basis
        query.filter.tenant = question.tenant
        return try ledger.answer(query)
    }

    /// The same of all tenants: what is shared and what is unallocated is nobody's alone.
    func everybody(_ by: [Dimension], _ period: Period) throws(Ledger.Problem) -> Report {
        var query = ReportQuery(by: by, period: period, zone: question.zone, book: StatementQuestion.book)
        query.basis = .booked
        return try ledger.answer(query)
    }

    /// The month before up to the same time after its beginning.
    func soFar(_ previous: Period) throws(Ledger.Problem) -> [ReportRow] {
        guard question.isRunning else { return [] }
        let elapsed = question.now.microseconds - question.period.since.microseconds
        let until = min(previous.until.microseconds, previous.since.microseconds + elapsed)
        guard
            let part = Period(
                since: previous.since, until: Instant(microseconds: until), timezone: previous.timezone)
        else { return [] }
        return try report([], part, .booked).totals
    }

    func forecasts(totals: [ReportRow]) throws(Ledger.Problem) -> [Forecast] {
        guard question.isRunning else { return [] }
        let zone = question.zone
        let today = zone.date(at: question.now)
        guard
            let reach = Period(
                since: zone.start(of: today.adding(days: -Forecast.reach)),
                until: zone.start(of: today.adding(days: 1)), timezone: zone.name)
        else { return [] }
        let daily = try report([.day], reach, .booked)
        let first = zone.date(at: question.period.since)
        return totals.compactMap { total in
            let costs = Dictionary(
                daily.rows.filter { $0.currency == total.currency }
                    .map { ($0.keys[0], $0.figures.cost[StatementQuestion.book] ?? .zero) },
                uniquingKeysWith: { first, _ in first })
            var history: [(date: CivilDate, cost: Money)] = []
            var day = today.adding(days: -Forecast.reach)
            while day < today {
                let cost = costs[day.iso8601]
                if cost != nil || !history.isEmpty { history.append((day, cost ?? .zero)) }
                day = day.adding(days: 1)
            }
            return Forecast(
                currency: total.currency, history: history, today: today,
                month: (first, first.firstOfMonth(adding: 1)),
                spent: total.figures.cost[StatementQuestion.book] ?? .zero,
                spentToday: costs[today.iso8601] ?? .zero)
        }
    }
}

extension StatementQuestion {
    /// What a whole day of the month took on average, in each currency: of the days so far while it runs.
    fileprivate func burnRates(_ days: Report, _ totals: [ReportRow]) -> [BurnRate] {
        let first = zone.date(at: period.since)
        let end = isRunning ? zone.date(at: now) : zone.date(at: period.until)
        let whole = now < period.since ? 0 : Int(end.daysSinceEpoch - first.daysSinceEpoch)
        return totals.compactMap { total in
            let spent = days.rows.filter { $0.currency == total.currency && $0.keys[0] < end.iso8601 }
                .reduce(Money.zero) { $0 + ($1.figures.cost[Self.book] ?? .zero) }
            return BurnRate(unit: total.currency.code, used: BudgetAmount(spent), days: whole)
        }
    }
}

extension TenantShare {
    /// Every tenant's part, by tenant and currency. What the shared tenant gives and what the others get add
    /// up to nothing; without anybody to share with, it keeps it.
    static func all(_ report: Report, _ costCenters: [String: String]) -> [TenantShare] {
        let outside = [Adjustment.sharedTenant, Attribution.unattributedTenant]
        var found: [TenantShare] = []
        for total in report.totals {
            let rows = report.rows.filter { $0.currency == total.currency }
            func own(_ row: ReportRow) -> Money { row.figures.cost[StatementQuestion.book] ?? .zero }
            let pool = rows.first { $0.keys == [Adjustment.sharedTenant] }.map(own) ?? .zero
            let weights = rows.map { outside.contains($0.keys[0]) ? 0 : own($0).picos }
            let parts = Bookkeeping.shares(of: pool, by: weights)
            let ratios = Bookkeeping.shares(of: Money(picos: 1_000_000_000_000), by: weights)
            for (index, row) in rows.enumerated() {
                var share = parts?[index] ?? .zero
                if row.keys == [Adjustment.sharedTenant], parts != nil { share = -pool }
                found.append(
                    TenantShare(
                        tenant: row.keys[0], costCenter: costCenters[row.keys[0]], currency: row.currency,
                        own: own(row), ratio: ratios?[index] ?? .zero, share: share))
            }
        }
        return found.sorted { ($0.currency, $0.tenant) < ($1.currency, $1.tenant) }
    }
}

extension StatementAdjustment {
    fileprivate init(_ stored: StoredRecord) {
        let cost = stored.cost
        record = stored.record.id
        occurredAt = stored.record.occurredAt
        tenant = stored.record.attribution.tenant
        user = stored.record.attribution.user
        reason = stored.adjustmentReason
        currency = stored.entries.first?.currency ?? .usd
        amounts = cost
    }
}

/// The digest of answers: each value with its length before it, so that no two answers read alike.
private struct ContentDigest {
    private var hash = ContentHash()

    mutating func add(_ words: [String]) {
        for word in words { hash.update("\(word.utf8.count):\(word),".utf8) }
    }

    mutating func add(_ report: Report) {
        add(report.query.by.map(\.name))
        for row in report.rows + report.totals {
            let figures = row.figures
            add(row.keys)
            add([row.currency.code, figures.quantity.plain, String(figures.unpricedRequests)])
            add(
                [
                    figures.requests, figures.inputTokens, figures.cacheReadTokens, figures.cacheWriteTokens,
                    figures.outputTokens, figures.reasoningTokens, figures.estimatedRequests,
                ].map(String.init))
            add(Book.allCases.map { figures.cost[$0]?.plain ?? "-" })
        }
    }

    mutating func add(_ incidents: Incidents) {
        for failed in incidents.failed {
            add([failed.outcome.rawValue, failed.currency.code, String(failed.requests), failed.cost.plain])
        }
        for note in incidents.anomalies { add([note.anomaly.rawValue, String(note.requests)]) }
    }

    mutating func add(_ sum: CarriedSum) {
        add([sum.tenant, sum.from, sum.kind.rawValue, sum.user, sum.provider, sum.model, sum.currency.code])
        add([String(sum.requests)] + Book.allCases.map { sum.amounts[$0]?.plain ?? "-" })
    }

    consuming func hexadecimal() -> String { hash.hexadecimal() }
}
