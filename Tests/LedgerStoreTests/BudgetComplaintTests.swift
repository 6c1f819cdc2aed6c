// What users of other gateways complained about, where PostgreSQL alone shows that it does not happen.
import Bookkeeping
import Foundation
import Synchronization
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing)) struct BudgetComplaintTests {
    @Test("complaint 52: sessions that ask for the same money at once never get it twice")
    func lockedReads() throws {
        let (ledger, conninfo) = try TestDatabase.ledgerAndName()
        let budget = try BudgetTests.open(
            ledger, BudgetTests.budget("b", BudgetScope(tenant: "acme"), limit: "10"))
        let granted = Mutex(BudgetAmount.zero)
        let problems = Mutex<[String]>([])
        let threads = (0..<8).map { number in
            Thread {
                do {
                    let own = try LedgerStore.open(conninfo)
                    var lease = NodeLease()
                    for turn in 0..<20 as Range<Int64> {
                        let one = BudgetAmount(whole: 1)
                        let request = lease.ask(
                            LeaseDemand(first: one, waiting: one, asker: turn), now: turn + 1)
                        let reply = try own.answer(
                            request, of: budget.0, budget.1,
                            LeaseHolder(instance: "n\(number)", run: BudgetTests.now),
                            terms: LeasePool.Terms(lasting: 60_000_000))
                        lease.take(reply, lasting: 60_000_000)
                        if lease.fits(one, now: turn + 2) {
                            lease.hold(one, worst: one)
                            granted.withLock { $0 += one }
                        }
                    }
                } catch {
                    problems.withLock { $0.append("\(error)") }
                }
            }
        }
        for thread in threads { thread.start() }
        while threads.contains(where: { !$0.isFinished }) { sched_yield() }
        #expect(problems.withLock { $0 } == [])
        #expect(granted.withLock { $0 }.plain == "10")
        let state = try #require(try ledger.budgetState(of: budget.0, budget.1))
        #expect(state.pool.open.plain == "10" && state.pool.remaining == .zero)
    }

    @Test("complaint 61: a threshold is told when it is reached, with its numbers, and not before")
    func thresholds() throws {
        let budget = Budget(
            name: "b", scope: BudgetScope(tenant: "acme"), unit: .money(.usd),
            window: WindowRule("month", timezone: "UTC", anchorDay: 1)!, limit: BudgetAmount("15"),
            warnAt: [80, 99])
        let window = budget.window.window(at: BudgetTests.now, zone: .utc)
        func told(_ spent: String, at time: String = "2026-11-21T12:00:00Z") -> [BudgetCrossing] {
            BudgetCrossing.all(
                budget, limit: BudgetAmount("15")!, spent: BudgetAmount(spent)!, window: window,
                at: instant(time))
        }
        #expect(told("0.40").isEmpty)
        #expect(told("11.999999999999").filter { !$0.isForecast }.isEmpty)
        #expect(told("12").filter { !$0.isForecast }.map(\.threshold) == [80])
        let last = try #require(told("14.85").first)
        #expect(last.threshold == 99 && last.spent.plain == "14.85" && last.limit.plain == "15")
        #expect(last.window == window && last.budget.name == "b")
        // A forecast: 10 of 15 in the first ten days are 15 after fifteen.
        let forecast = try #require(told("10", at: "2026-11-11T00:00:00Z").first { $0.isForecast })
        #expect(forecast.exhausted == instant("2026-11-16T00:00:00Z"))
        // Too early, too little, not before the end, or over already: nothing to say.
        #expect(told("10", at: "2026-11-02T00:00:00Z").allSatisfy { !$0.isForecast })
        #expect(told("1.4", at: "2026-11-03T00:00:00Z").isEmpty)
        #expect(told("3", at: "2026-11-21T00:00:00Z").isEmpty)
        #expect(told("16").allSatisfy { !$0.isForecast })
    }
}
