// Rate limits: the level that drains, and what several sidecars let pass together while they share it by
// leases.
import Bookkeeping
import Terms
import Testing

@Suite struct RateLevelTests {
    private static func budget(_ limit: String, _ window: String, _ unit: BudgetUnit = .requests) -> Budget {
        Budget(
            name: "rpm", scope: BudgetScope(), unit: unit,
            window: WindowRule(window, timezone: "UTC", anchorDay: 1)!, limit: BudgetAmount(limit))
    }

    @Test("a level drains by the limit's part per second, and says when so much fits again")
    func draining() throws {
        let budget = Self.budget("6", "rolling:60s")
        let level = try #require(RateLevel(budget, limit: budget.limit))
        #expect(level.drained(BudgetAmount("6")!, after: 10_000_000).plain == "5")
        #expect(level.drained(BudgetAmount("6")!, after: 60_000_000) == .zero)
        #expect(level.drained(BudgetAmount("600")!, after: .max) == .zero)
        #expect(level.drained(BudgetAmount("6")!, after: -5).plain == "6")
        #expect(level.delay(until: BudgetAmount("1")!, fitsAbove: BudgetAmount("6")!) == 10)
        #expect(level.delay(until: BudgetAmount("1")!, fitsAbove: BudgetAmount("5.5")!) == 5)
        #expect(level.delay(until: BudgetAmount("1")!, fitsAbove: .zero) == 1)
        #expect(level.delay(until: BudgetAmount("7")!, fitsAbove: BudgetAmount("6")!) == 60)
        #expect(RateLevel(Self.budget("6", "rolling:61s"), limit: budget.limit) == nil)
        #expect(RateLevel(Self.budget("6", "lifetime", .concurrent), limit: budget.limit) == nil)
    }

    @Test("after the stated delay what was refused fits, and not a second before", arguments: 1...60)
    func delays(seconds: Int) throws {
        let budget = Self.budget("7", "rolling:\(seconds)s")
        let rate = try #require(RateLevel(budget, limit: budget.limit))
        for held in ["7", "6.5", "6.1"] {
            let level = BudgetAmount(held)!
            let one = BudgetAmount(whole: 1)
            let delay = rate.delay(until: one, fitsAbove: level)
            #expect(rate.drained(level, after: delay * 1_000_000) + one <= rate.limit)
            if delay > 1 {
                #expect(rate.drained(level, after: (delay - 1) * 1_000_000) + one > rate.limit)
            }
        }
    }

    /// Sidecars that ask at random and spend what they are leased; every admission with its time.
    private static func admissions(seed: UInt64, _ budget: Budget, seconds: Int64) -> [Int64] {
        var dice = Dice(seed)
        var pool = LeasePool(limit: budget.limit)
        var looked = Instant(microseconds: 0)
        let terms = LeasePool.Terms(lasting: 10_000_000, releasesDead: true)
        var nodes = (0..<1 + dice.below(6)).map { _ in NodeLease() }
        var unposted = nodes.map { _ in Int64(0) }
        var admitted: [Int64] = []
        let one = BudgetAmount(whole: 1)
        for now in stride(from: Int64(0), to: seconds * 1_000_000, by: 50_000) {
            for index in nodes.indices where dice.chance(60) {
                let clock = now + 1
                if nodes[index].fits(one, now: clock) {
                    nodes[index].hold(one, worst: one)
                    nodes[index].capture(one, of: one, worst: one)
                    unposted[index] += 1
                    admitted.append(now)
                    continue
                }
                pool.drain(budget, since: looked, now: Instant(microseconds: now))
                looked = Instant(microseconds: now)
                // What was posted since fills the level and leaves the lease.
                if dice.chance(50) {
                    for _ in 0..<unposted[index] {
                        pool.settle(one, node: "n\(index)", occurredAt: Instant(microseconds: now))
                        nodes[index].posted(one)
                    }
                    unposted[index] = 0
                }
                let demand = LeaseDemand(
                    first: one, waiting: one, usual: BudgetAmount(whole: Int64(dice.below(3))), asker: now)
                let request = nodes[index].ask(demand, now: clock)
                let reply = pool.answer(
                    request, node: "n\(index)", from: Instant(microseconds: 0),
                    now: Instant(microseconds: now), terms: terms)
                nodes[index].take(reply, lasting: terms.lasting)
            }
        }
        return admitted
    }

    @Test("several sidecars together let pass at most the limit and what drains, in every stretch of time")
    func together() throws {
        for seed in 0..<60 as Range<UInt64> {
            let limit = 1 + Int64(seed % 20)
            let budget = Self.budget("\(limit)", "rolling:10s")
            let times = Self.admissions(seed: seed, budget, seconds: 60)
            var tooMany = 0
            for (first, start) in times.enumerated() {
                for last in first..<times.count {
                    // In tenths of a microsecond of the limit, so that nothing is rounded.
                    let most = limit * 10_000_000 + limit * (times[last] - start)
                    if Int64(last - first + 1) * 10_000_000 > most { tooMany += 1 }
                }
            }
            #expect(tooMany == 0, "seed \(seed)")
            // A minute of sixfold demand gets nearly all that a minute allows: nothing gets lost.
            #expect(times.count >= Int(limit) * 4, "seed \(seed): \(times.count) of \(limit)")
        }
    }
}
