// What must hold for the statements of any ledger: tried on random ledgers in random zones, in memory and in
// PostgreSQL, before and after a month was closed and more came.
import Bookkeeping
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct StatementLawTests {
    static let zones = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]

    private func question(_ tenant: String?, _ month: String, _ zone: TimeZoneRules) -> StatementQuestion {
        var question = StatementQuestion(
            tenant: tenant, month: month, period: Period(month: month, zone: zone)!, zone: zone,
            now: instant("2026-11-05T12:00:00Z"))
        question.labels = ["project", "team"]
        question.budgets = Self.budgets(zone).filter { tenant == nil || $0.budget.scope.tenant == tenant }
        return question
    }

    private func cost(_ rows: [ReportRow]) -> [Currency: Money] {
        rows.reduce(into: [:]) { $0[$1.currency, default: .zero] += $1.figures.cost.chargeback ?? .zero }
    }

    /// One of each kind of scope, unit and window, counted in any zone.
    private static func budgets(_ rules: TimeZoneRules) -> [StatementBudget] {
        func month(_ length: WindowRule.Length, _ day: Int = 1) -> WindowRule {
            .calendar(length, timezone: rules.name, anchorDay: day)
        }
        let usd = BudgetUnit.money(.usd)
        let all: [(String, BudgetScope, BudgetUnit, Book, WindowRule)] = [
            ("a", BudgetScope(tenant: "acme"), usd, .chargeback, month(.month)),
            ("b", BudgetScope(tenant: "acme", user: "ada"), .tokens, .list, month(.week, 3)),
            ("c", BudgetScope(tenant: "acme", key: "k1"), usd, .list, month(.quarter)),
            ("d", BudgetScope(model: "gpt-5.4*"), .requests, .list, month(.day)),
            ("e", BudgetScope(model: "claude-fable-5"), usd, .contracted, month(.month, 15)),
            ("f", BudgetScope(labels: [Label(key: "project", value: "alpha")]), usd, .contracted, .lifetime),
            ("g", BudgetScope(), .money(Currency("EUR")), .chargeback, .rolling(seconds: 200_000)),
            ("h", BudgetScope(tenant: "acme"), .requests, .list, month(.year)),
        ]
        return all.map { name, scope, unit, book, window in
            StatementBudget(
                Budget(name: name, scope: scope, unit: unit, book: book, window: window, limit: nil),
                limit: BudgetAmount(whole: 5), zone: window.timezone == "UTC" ? .utc : rules)
        }
    }

    @Test(
        "sum laws of statements, in memory and in PostgreSQL", arguments: 31...36 as ClosedRange<UInt64>)
    func laws(seed: UInt64) throws {
        var work = RandomWork(
            seed: seed,
            period: ClosingTests.period("2026-09-20T00:00:00Z", "2026-11-05T00:00:00Z"))
        let rules = zone(work.pick(Self.zones))
        let store = try TestDatabase.ledger()
        var memory = MemoryLedger()
        let first = work.records(200).stablySorted
        let bookedAt = instant("2026-11-05T10:00:00Z")
        _ = memory.post(first, bookedAt: bookedAt)
        _ = try store.post(first, bookedAt: bookedAt)
        let october = Period(month: "2026-10", zone: rules)!
        try ClosingTests.close("", "2026-10", october, &memory, store, at: bookedAt)
        let sealed = try Statement(question("acme", "2026-10", rules), from: store)
        let shared = Adjustment(
            tenant: Adjustment.sharedTenant, amount: Money("77.000000000001")!, currency: .usd,
            book: .contracted, reason: "machines", actor: "test")
        let late =
            work.records(60).stablySorted + [
                shared.record(
                    id: RecordID(at: bookedAt, random: (seed, seed)), sequence: 1, occurredAt: bookedAt)
            ]
        let later = bookedAt.advanced(bySeconds: 1800)
        _ = memory.post(late, bookedAt: later)
        _ = try store.post(late, bookedAt: later)

        for month in ["2026-10", "2026-11"] {
            try compare(month, rules, memory, store)
        }
        // What came later is in November's statement; October's has not moved.
        let again = try Statement(question("acme", "2026-10", rules), from: store)
        #expect(again.lines.rows == sealed.lines.rows && again.totals == sealed.totals)
        #expect(again.earlier == sealed.earlier && again.byHand == sealed.byHand)
        #expect(again.incidents == sealed.incidents && again.keys.rows == sealed.keys.rows)
        #expect(!again.incidents.failed.isEmpty && !again.incidents.anomalies.isEmpty)
        let next = try Statement(question(nil, "2026-11", rules), from: store)
        #expect(next.earlier.contains { $0.from == "2026-10" && $0.kind == .usage })
        #expect(next.byHand.map(\.reason) == ["machines"])
    }

    private func compare(
        _ month: String, _ rules: TimeZoneRules, _ memory: MemoryLedger, _ store: LedgerStore
    ) throws {
        let all = try Statement(question(nil, month, rules), from: store)
        #expect(all == (try Statement(question(nil, month, rules), from: memory)))
        #expect(all.inputDigest.count == 64)
        // The statement is the report.
        var query = ReportQuery(by: [.user], period: all.question.period, zone: rules, book: .chargeback)
        query.basis = .booked
        let report = try store.report(query)
        #expect(cost(all.totals) == cost(report.totals))
        // What has no currency joins one by its group: only all currencies together count the same.
        #expect(
            all.totals.reduce(0) { $0 + $1.figures.requests }
                == report.totals.reduce(0) { $0 + $1.figures.requests })
        // Lines, adjustments and earlier months make the total; days make the month.
        var parts = cost(all.lines.rows)
        for sum in all.earlier { parts[sum.currency, default: .zero] += sum.amounts.chargeback ?? .zero }
        let total = cost(all.totals)
        for (currency, amount) in total { #expect(parts[currency, default: .zero] == amount) }
        #expect(cost(all.days.rows) == total)
        try compareParts(of: all, store)
        // Price, volume and mix make the difference.
        for change in all.comparison.changes {
            #expect(change.price + change.volume + change.mix == change.difference)
            #expect(change.after == total[change.currency, default: .zero])
        }
        // Users with nobody make the tenant, and tenants' dues make the whole, shared costs included.
        var dues: [Currency: Money] = [:]
        for tenant in Set(all.shares.map(\.tenant)).sorted() {
            let one = try Statement(question(tenant, month, rules), from: store)
            #expect(one == (try Statement(question(tenant, month, rules), from: memory)))
            for row in one.totals { dues[row.currency, default: .zero] += one.due(row.currency) }
            for share in one.shares where !one.totals.contains(where: { $0.currency == share.currency }) {
                dues[share.currency, default: .zero] += share.total
            }
        }
        for (currency, amount) in total { #expect(dues[currency, default: .zero] == amount, "\(currency)") }
    }

    /// Keys and labels make the month, as users and models do; what a budget used is the same from the sums
    /// and from the entries; failed requests are not more than all.
    private func compareParts(of all: Statement, _ store: LedgerStore) throws {
        let lines = cost(all.lines.rows)
        for report in [all.keys] + all.labels {
            for (currency, amount) in lines { #expect(cost(report.rows)[currency] ?? .zero == amount) }
        }
        for (line, planned) in zip(all.budgets, all.question.budgets) {
            let ends = [line.window.since, min(line.window.until, all.question.period.until)]
            guard ends[0] < ends[1] else { continue }
            #expect(try store.counted(planned.budget, cuts: ends) == [line.used], "\(line.budget.name)")
            #expect(line.forecast.map { $0.low <= $0.expected && $0.expected <= $0.high } ?? true)
        }
        for (currency, amount) in lines { #expect(all.incidents.cost(currency) <= amount) }
        var ratios: [Currency: Money] = [:]
        for share in all.shares { ratios[share.currency, default: .zero] += share.ratio }
        #expect(ratios.values.allSatisfy { $0 == .zero || $0 == Money(picos: 1_000_000_000_000) })
        // What is exported of the month, in its own zone, is what the report of the same snapshot says.
        var exported = ExportSums()
        let report = try store.export(all.question.period) { stored in
            exported.add(stored)
            return true
        }
        #expect(Reconciled(exported, report).isEqual && exported.records > 0)
        // Any nesting of dimensions has the flat sum.
        for names in [
            ["day", "tenant"], ["label:team", "user", "model"], ["month", "key", "provider", "meter"],
        ] {
            var query = ReportQuery(
                by: names.map { Dimension($0)! }, period: all.question.period, zone: all.question.zone)
            query.basis = .own
            #expect(cost(try store.report(query).rows) == lines, "\(names)")
        }
    }
}
