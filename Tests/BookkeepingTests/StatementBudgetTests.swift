// Budgets on statements with numbers that can be checked by hand: what was used, how fast, how long it lasts.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct StatementBudgetTests {
    private static let month = Period(month: "2026-11", zone: .utc)!
    private static let now = Instant(rfc3339: "2026-11-11T12:00:00Z")!

    /// Two dollars on each of the first ten days, at noon, half of it by ada.
    private static let ledger: MemoryLedger = {
        var ledger = MemoryLedger()
        var records: [RatedRecord] = []
        for day in 0..<10 {
            for (number, user) in ["ada", "bob"].enumerated() {
                var usage = Usage()
                usage.provider = "openai"
                usage.modelRequested = "gpt-5.4"
                usage.completeness = day == 9 && number == 1 ? .truncated : .complete
                if day == 0 { usage.note(.unknownField) }
                usage.components = [
                    Component(model: "gpt-5.4", readings: [MeterReading(.output, Quantity(100))])
                ]
                var attribution = Attribution()
                attribution.tenant = "acme"
                attribution.user = user
                let at = month.since.advanced(bySeconds: Int64(day) * 86_400 + 43_200)
                let id = RecordID(at: at, random: (UInt64(day), UInt64(number)))
                let record = UsageRecord(
                    id: id, operationID: id.text, instance: "i", sequence: Int64(day * 2 + number + 1),
                    occurredAt: at, upstream: "openai", attribution: attribution, usage: usage,
                    timing: UsageRecord.Timing())
                var rated = Rated(cost: .nothing)
                rated.charges = [
                    Charge(
                        component: 0, meter: .output, quantity: Quantity(100), amount: Money("1")!,
                        currency: .usd, book: .list, rateID: "r", priceVersion: "1", rounded: false)
                ]
                records.append(RatedRecord(record: record, rated: rated))
            }
        }
        _ = ledger.post(records, bookedAt: now)
        return ledger
    }()

    private func statement(
        _ scope: BudgetScope, _ unit: BudgetUnit, _ window: WindowRule, limit: Int64?,
        at now: Instant = Self.now
    ) throws -> Statement {
        var question = StatementQuestion(
            tenant: nil, month: "2026-11", period: Self.month, zone: .utc, now: now)
        question.budgets = [
            StatementBudget(
                Budget(name: "b", scope: scope, unit: unit, window: window, limit: nil),
                limit: limit.map { BudgetAmount(whole: $0) }, zone: .utc)
        ]
        return try Statement(question, from: Self.ledger)
    }

    private let usd = BudgetUnit.money(.usd)
    private let monthly = WindowRule.calendar(.month, timezone: "UTC", anchorDay: 1)

    @Test("a month's budget: 20 of 30 used, two a day, five days left, 58 expected")
    func money() throws {
        let made = try statement(BudgetScope(tenant: "acme"), usd, monthly, limit: 30)
        let line = try #require(made.budgets.first)
        #expect(line.used == BudgetAmount(whole: 20))
        #expect(line.burnRate?.perDay == BudgetAmount(whole: 2) && line.burnRate?.days == 10)
        #expect(line.daysLeft == 5)
        // The running day and the 19 after it, two each.
        #expect(line.forecast?.expected == Money("60"))
        #expect(line.forecast?.low == Money("60") && line.forecast?.high == Money("60"))
        #expect(
            line.forecast?.method == .runRate && line.forecast?.explanation.contains("10 whole days") == true)
        #expect(made.burnRates == [try #require(line.burnRate)])
    }

    @Test("one user's tokens, all requests, no limit, a limit that is reached, one that the window outlives")
    func units() throws {
        let tokens = try #require(
            try statement(BudgetScope(user: "ada"), .tokens, monthly, limit: 999).budgets.first)
        #expect(tokens.used == BudgetAmount(whole: 1000) && tokens.daysLeft == 0)
        let requests = try #require(
            try statement(BudgetScope(model: "gpt-*"), .requests, .lifetime, limit: 100).budgets.first)
        #expect(requests.used == BudgetAmount(whole: 20) && requests.forecast == nil)
        #expect(requests.daysLeft == 40, "a lifetime has no end: 80 left at two a day")
        let unlimited = try #require(try statement(BudgetScope(), usd, monthly, limit: nil).budgets.first)
        #expect(
            unlimited.daysLeft == nil && unlimited.limit == nil && unlimited.used == BudgetAmount(whole: 20))
        let ample = try #require(try statement(BudgetScope(), usd, monthly, limit: 1000).budgets.first)
        #expect(ample.daysLeft == nil, "the month ends before")
        let rolling = try #require(
            try statement(BudgetScope(), usd, .rolling(seconds: 2 * 86_400), limit: 10).budgets.first)
        #expect(rolling.used == BudgetAmount(whole: 4) && rolling.daysLeft == nil && rolling.forecast == nil)
    }

    @Test("a month that is over counts whole days and has no forecast for its own window")
    func past() throws {
        let later = Instant(rfc3339: "2027-01-15T00:00:00Z")!
        let made = try statement(BudgetScope(tenant: "acme"), usd, monthly, limit: 15, at: later)
        let line = try #require(made.budgets.first)
        #expect(line.used == BudgetAmount(whole: 20) && line.daysLeft == 0 && line.forecast == nil)
        #expect(line.window.until == Self.month.until)
        #expect(made.burnRates.first?.days == 30)
        #expect(made.burnRates.first?.perDay == BudgetAmount(Money("0.666666666666")!))
        let year = WindowRule.calendar(.year, timezone: "UTC", anchorDay: 1)
        let longer = try statement(BudgetScope(tenant: "acme"), usd, year, limit: 15, at: later)
        #expect(longer.budgets.first?.forecast != nil, "the year went on when the month was over")
    }

    @Test("what failed and what records note, with what it cost")
    func incidents() throws {
        let made = try statement(BudgetScope(), usd, monthly, limit: nil)
        #expect(
            made.incidents.failed == [
                Incidents.Failed(outcome: .truncated, currency: .usd, requests: 1, cost: Money("1")!)
            ])
        #expect(made.incidents.anomalies == [Incidents.Noted(anomaly: .unknownField, requests: 2)])
        #expect(made.incidents.cost(.usd) == Money("1"))
    }
}
