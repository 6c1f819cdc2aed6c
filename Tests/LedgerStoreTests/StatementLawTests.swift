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
        StatementQuestion(
            tenant: tenant, month: month, period: Period(month: month, zone: zone)!, zone: zone,
            now: instant("2026-11-05T12:00:00Z"))
    }

    private func cost(_ rows: [ReportRow]) -> [Currency: Money] {
        rows.reduce(into: [:]) { $0[$1.currency, default: .zero] += $1.figures.cost.chargeback ?? .zero }
    }

    @Test("sum laws of statements, in memory and in PostgreSQL", arguments: [31, 32] as [UInt64])
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
}
