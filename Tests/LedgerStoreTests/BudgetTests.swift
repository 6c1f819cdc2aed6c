// Budgets in PostgreSQL: counted from entries when first looked at, by every booking afterwards, and never
// twice; leases under the row's lock.
import Bookkeeping
import Foundation
import Postgres
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing)) struct BudgetTests {
    static let now = instant("2026-11-21T12:00:00Z")

    /// A record that costs so much, with 30 tokens.
    static func record(
        _ number: UInt64, tenant: String = "acme", user: String = "alice", amount: String,
        at time: String = "2026-11-21T11:00:00Z", instance: String = "n1"
    ) -> RatedRecord {
        var usage = Usage()
        usage.provider = "openai"
        usage.modelRequested = "gpt-5.4"
        usage.model = "gpt-5.4-2026-03-05"
        usage.httpStatus = 200
        usage.status = .reported
        usage.components = [
            Component(
                model: nil,
                readings: [
                    MeterReading(.freshInput, Quantity(20)), MeterReading(.output, Quantity(10)),
                ])
        ]
        var who = Attribution()
        who.tenant = tenant
        who.user = user
        who.labels = [Label(key: "team", value: "a")]
        let record = UsageRecord(
            id: RecordID(high: 0x0190_0000_0000_7000, low: number), operationID: "\(number)",
            instance: instance, sequence: Int64(number), occurredAt: instant(time), upstream: "openai",
            attribution: who, usage: usage, timing: .init())
        let charges = [
            Charge(
                component: 0, meter: .freshInput, quantity: Quantity(20), amount: Money(amount)!,
                currency: .usd,
                book: .list, rateID: "r", priceVersion: "v", rounded: false),
            Charge(
                component: 0, meter: .output, quantity: Quantity(10), amount: .zero, currency: .usd,
                book: .list,
                rateID: "r", priceVersion: "v", rounded: false),
        ]
        let cost = Cost(list: Money(amount), contracted: Money(amount), chargeback: Money(amount))
        return RatedRecord(record: record, rated: Rated(charges: charges, cost: cost))
    }

    static func budget(
        _ name: String, _ scope: BudgetScope, unit: BudgetUnit = .money(.usd), window: String = "month",
        limit: String? = "10"
    ) -> Budget {
        Budget(
            name: name, scope: scope, unit: unit,
            window: WindowRule(window, timezone: "UTC", anchorDay: 1)!,
            limit: limit.flatMap { BudgetAmount($0) })
    }

    static func open(_ ledger: LedgerStore, _ budget: Budget) throws -> (StoredBudget, BudgetWindow) {
        let stored = try ledger.setBudget(budget, actor: "test", at: now)
        let window = budget.window.counted(at: now, zone: .utc)
        try ledger.openWindow(of: stored, window, at: now)
        return (stored, window)
    }

    static func spent(_ ledger: LedgerStore, _ budget: (StoredBudget, BudgetWindow)) throws -> String {
        try #require(try ledger.budgetState(of: budget.0, budget.1)).pool.spent.plain
    }

    @Test("the budgets of a month that has ended are those that were in force at its end")
    func asOf() throws {
        let ledger = try TestDatabase.ledger()
        let everybody = BudgetScope(tenant: "acme")
        for (name, limit, at) in [
            ("october", "10", "2026-10-05T00:00:00Z"), ("october", "20", "2026-10-31T23:59:59Z"),
            ("october", "30", "2026-11-01T00:00:00Z"), ("later", "4", "2026-11-02T00:00:00Z"),
            ("later", "5", "2026-11-03T00:00:00Z"),
        ] {
            _ = try ledger.setBudget(
                Self.budget(name, everybody, limit: limit), actor: "test", at: instant(at))
        }
        func limits(_ asOf: String?) throws -> [String] {
            try ledger.budgets(at: Self.now, asOf: asOf.map(instant)).map {
                "\($0.budget.name) \($0.budget.limit?.plain ?? "none")"
            }
        }
        // What was made since counts as it was made first.
        #expect(try limits("2026-11-01T00:00:00Z") == ["later 4", "october 20"])
        #expect(try limits("2026-10-01T00:00:00Z") == ["later 4", "october 10"])
        #expect(try limits(nil) == ["later 5", "october 30"])
    }

    @Test(
        "complaints 22 and 49: a budget counts what is booked, before it and later, nothing twice"
    )
    func counting() throws {
        let ledger = try TestDatabase.ledger()
        let before = [Self.record(1, amount: "1.5"), Self.record(2, tenant: "globex", amount: "7")]
        _ = try ledger.post(before, bookedAt: Self.now)
        let acme = try Self.open(ledger, Self.budget("acme", BudgetScope(tenant: "acme")))
        let all = try Self.open(ledger, Self.budget("all", BudgetScope(), window: "lifetime"))
        let team = try Self.open(
            ledger, Self.budget("team", BudgetScope(labels: [Label(key: "team", value: "a")])))
        let other = try Self.open(
            ledger, Self.budget("other", BudgetScope(labels: [Label(key: "team", value: "b")])))
        let model = try Self.open(
            ledger, Self.budget("model", BudgetScope(user: "alice", model: "gpt-5*"), unit: .tokens))
        let calls = try Self.open(ledger, Self.budget("calls", BudgetScope(tenant: "acme"), unit: .requests))
        let last = try Self.open(
            ledger, Self.budget("last", BudgetScope(tenant: "acme"), window: "rolling:24h"))
        #expect(try Self.spent(ledger, acme) == "1.5")
        #expect(try Self.spent(ledger, all) == "8.5")
        let more =
            before + [
                Self.record(3, amount: "0.25"), Self.record(4, amount: "2", at: "2026-10-31T23:59:59Z"),
            ]
        for _ in 0..<3 { _ = try ledger.post(more, bookedAt: Self.now) }
        #expect(try Self.spent(ledger, acme) == "1.75")
        #expect(try Self.spent(ledger, all) == "10.75")
        #expect(try Self.spent(ledger, team) == "8.75")
        #expect(try Self.spent(ledger, other) == "0")
        #expect(try Self.spent(ledger, model) == "90")
        #expect(try Self.spent(ledger, calls) == "2")
        #expect(try Self.spent(ledger, last) == "3.75")
        try ledger.recount(last.0, at: Self.now)
        #expect(try Self.spent(ledger, last) == "1.75")
    }

    @Test("complaints 70 and 71: changing a limit resets nothing; changing what is counted counts anew")
    func changes() throws {
        let ledger = try TestDatabase.ledger()
        let first = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme")))
        _ = try ledger.post([Self.record(1, amount: "4")], bookedAt: Self.now)
        let raised = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme"), limit: "20"))
        #expect(raised.0.version == 2 && raised.0.generation == first.0.generation)
        let state = try #require(try ledger.budgetState(of: raised.0, raised.1))
        #expect(state.pool.spent.plain == "4" && state.pool.remaining?.plain == "16")
        let same = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme"), limit: "20"))
        #expect(same.0.version == 2)
        let wider = try Self.open(ledger, Self.budget("b", BudgetScope(), limit: "20"))
        #expect(wider.0.version == 3 && wider.0.generation == 2)
        #expect(try Self.spent(ledger, wider) == "4")
        #expect(try ledger.budgetHistory("b").map(\.version) == [1, 2, 3])
        #expect(
            try ledger.look("SELECT count(*)::text FROM tollbook.audit WHERE action = 'budget.set'") == "3")
    }

    @Test("a window that is put on a budget later counts what lies in it, not what was spent before")
    func windowChange() throws {
        let ledger = try TestDatabase.ledger()
        let all = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme"), window: "lifetime"))
        _ = try ledger.post(
            [
                Self.record(1, amount: "9", at: "2026-11-20T11:00:00Z"),
                Self.record(2, amount: "2", at: "2026-11-21T11:00:00Z"),
            ], bookedAt: Self.now)
        #expect(try Self.spent(ledger, all) == "11")
        let day = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme"), window: "day"))
        let state = try #require(try ledger.budgetState(of: day.0, day.1))
        #expect(state.pool.spent.plain == "2" && state.pool.remaining?.plain == "8")
    }

    @Test("an override holds for its time, and the own limit is back afterwards")
    func overrides() throws {
        let ledger = try TestDatabase.ledger()
        let budget = try Self.open(ledger, Self.budget("b", BudgetScope(), limit: "1"))
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        try ledger.override(
            budget: "b",
            BudgetOverride(
                limit: BudgetAmount("5"), since: now.advanced(bySeconds: -10),
                until: now.advanced(bySeconds: 900),
                reason: "launch"), actor: "test", at: now)
        #expect(try ledger.budgetState(of: budget.0, budget.1)?.pool.limit?.plain == "5")
        let stored = try #require(try ledger.budget("b", at: now))
        #expect(stored.limit(at: now)?.plain == "5")
        #expect(stored.limit(at: now.advanced(bySeconds: 901))?.plain == "1")
        #expect(try ledger.budgetOverrides("b").map(\.override.reason) == ["launch"])
    }

    @Test(
        "leases: granted is what was settled, is held and may be held; booking settles the run that admitted")
    func leases() throws {
        let ledger = try TestDatabase.ledger()
        let (stored, window) = try Self.open(ledger, Self.budget("b", BudgetScope(tenant: "acme")))
        let holder = LeaseHolder(instance: "n1", run: instant("2026-11-21T10:00:00Z"))
        let terms = LeasePool.Terms(lasting: 10_000_000)
        var lease = NodeLease()
        let request = lease.ask(LeaseDemand(first: BudgetAmount("4")!), now: 1)
        let reply = try ledger.answer(request, of: stored, window, holder, terms: terms)
        #expect(reply.extra.plain == "4" && reply.remaining?.plain == "6")
        lease.take(reply, lasting: terms.lasting)
        lease.hold(BudgetAmount("4")!, worst: BudgetAmount("4")!)
        lease.capture(BudgetAmount("3")!, of: BudgetAmount("4")!, worst: BudgetAmount("4")!)
        _ = try ledger.post([Self.record(1, amount: "3")], bookedAt: Self.now)
        var pool = try #require(try ledger.budgetState(of: stored, window)).pool
        #expect(pool.leases[0].settled.plain == "3" && pool.spent.plain == "3" && pool.open.plain == "1")
        lease.posted(BudgetAmount("3")!)
        let next = lease.ask(LeaseDemand(), now: 2)
        _ = try ledger.answer(next, of: stored, window, holder, terms: terms)
        pool = try #require(try ledger.budgetState(of: stored, window)).pool
        #expect(pool.open == .zero && pool.remaining?.plain == "7")
        // What the sidecar counts as used is what the ledger has booked for it.
        #expect(pool.leases[0].captured?.plain == "3" && pool.leases[0].free == .zero)
        #expect(pool.leases[0].isBalanced == true)
        let tooMuch = lease.ask(LeaseDemand(first: BudgetAmount("7.01")!), now: 3)
        let denied = try ledger.answer(tooMuch, of: stored, window, holder, terms: terms)
        #expect(denied.isDenied && denied.isFinal)
    }

    @Test(
        "eight sessions that lease and book at once: never above the limit, and the sums agree at every look")
    func concurrent() async throws {
        let (ledger, conninfo) = try TestDatabase.ledgerAndName()
        let (stored, window) = try Self.open(
            ledger, Self.budget("b", BudgetScope(tenant: "acme"), limit: "5"))
        let posted = try await withThrowingTaskGroup(of: Int.self) { group in
            for node in 0..<8 {
                group.addTask {
                    let mine = try LedgerStore.open(conninfo)
                    let holder = LeaseHolder(
                        instance: "n\(node)", run: instant("2026-11-21T10:00:00Z"))
                    let terms = LeasePool.Terms(lasting: 60_000_000)
                    var lease = NodeLease()
                    var count = 0
                    let hold = BudgetAmount("0.05")!
                    for turn in 0..<40 {
                        let request = lease.ask(LeaseDemand(first: hold), now: Int64(turn))
                        lease.take(
                            try mine.answer(request, of: stored, window, holder, terms: terms),
                            lasting: 60_000_000)
                        guard lease.fits(hold, now: Int64(turn)) else { continue }
                        lease.hold(hold, worst: hold)
                        lease.capture(BudgetAmount("0.03")!, of: hold, worst: hold)
                        let record = Self.record(
                            UInt64(node * 1000 + turn + 1), amount: "0.03", instance: "n\(node)")
                        _ = try mine.post([record], bookedAt: Self.now)
                        lease.posted(BudgetAmount("0.03")!)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let state = try #require(try ledger.budgetState(of: stored, window))
        #expect(state.pool.spent == BudgetAmount(picos: Int128(posted) * 30_000_000_000))
        #expect(state.pool.spent <= BudgetAmount("5")!)
        #expect(posted > 100)
        #expect(state.pool.leases.reduce(BudgetAmount.zero) { $0 + $1.settled } == state.pool.spent)
    }
}
