// The lease protocol under ten thousand schedules of its model: nothing that may go wrong between sidecars
// and PostgreSQL lets them spend more than the bound says, and nothing stays reserved for ever.
import Bookkeeping
import Terms
import Testing

@Suite struct LeaseTests {
    @Test("holds, captures and what is left are what was granted at every step, whoever crashes")
    func granted() {
        run(11_500..<12_500, Faults(crashes: true)) { _, _ in }
    }

    private func run(
        _ seeds: Range<UInt64>, steps: Int = 60, _ faults: Faults,
        _ check: (inout LeaseModel, UInt64) -> Void
    ) {
        for seed in seeds {
            var model = LeaseModel(seed: seed, faults: faults)
            for _ in 0..<steps {
                model.step()
                if model.used - model.limit > model.bound {
                    Issue.record("seed \(seed), \(model.now): \(model.used.plain) of \(model.limit.plain)")
                    return
                }
                let published = model.pool.bound.total
                if model.pool.spent - model.limit > published {
                    Issue.record("seed \(seed), \(model.now): booked beyond the bound \(published.plain)")
                    return
                }
                let reserved = model.pool.spent + model.pool.presumed + model.pool.open
                // A posting whose acknowledgement is on its way is reserved twice: too much, never less.
                if !faults.losses, reserved - model.limit > model.bound {
                    Issue.record("seed \(seed), \(model.now): reserved \(reserved.plain)")
                    return
                }
                // What each sidecar says it has is what the pool has given it and booked for it.
                if faults.isExact, model.pool.leases.contains(where: { $0.isBalanced == false }) {
                    Issue.record("seed \(seed), \(model.now): granted is not captured, held and free")
                    return
                }
                for (index, node) in model.nodes.enumerated() where model.now % 4 == 0 {
                    guard
                        let lease = model.pool.leases.first(where: {
                            $0.node == "n\(index)" && $0.from == node.run && $0.state == .open
                        })
                    else { continue }
                    let unsettled = node.spool.filter {
                        !model.booked.contains($0.id) && Instant(microseconds: $0.begun) >= node.run
                    }.reduce(BudgetAmount.zero) { $0 + $1.amount }
                    let needs = unsettled + node.lease.held + node.lease.free
                    if faults.isExact, lease.granted - lease.settled != needs {
                        Issue.record("seed \(seed), \(model.now): n\(index) has not what was granted")
                        return
                    }
                    if lease.granted - lease.settled + model.allowance + model.exceeded < needs {
                        Issue.record("seed \(seed), \(model.now): n\(index) has more than was granted")
                        return
                    }
                }
            }
            check(&model, seed)
        }
    }

    @Test(
        "complaint 47: holds that cover their calls never overspend, whatever crashes or gets lost"
    )
    func strictAndWorst() {
        run(0..<4000, Faults(crashes: true, losses: true)) { model, seed in
            #expect(model.used <= model.limit, "seed \(seed)")
        }
    }

    @Test("what calls use beyond their holds is all that strict leases overspend")
    func underestimates() {
        run(4000..<6000, Faults(crashes: true, losses: true, underestimates: true)) { _, _ in }
    }

    @Test("leases that are taken back from the dead, and allowances, overspend by no more than they name")
    func releasedAndAllowance() {
        run(
            6000..<9000,
            Faults(crashes: true, losses: true, underestimates: true, releasesDead: true, allowance: 300)
        ) { _, _ in }
    }

    @Test("complaints 54 and 55: after recovery nothing is held: spent, presumed and remaining are the limit")
    func nothingLeaks() {
        run(9000..<10_500, Faults(crashes: true, losses: true)) { model, seed in
            model.settleDown()
            #expect(model.pool.open == .zero, "seed \(seed)")
            let remaining = model.pool.remaining ?? .zero
            #expect(model.pool.spent + model.pool.presumed + remaining == model.limit, "seed \(seed)")
        }
    }

    @Test(
        "with everybody alive no call is refused that what was free when it came covers; all is used")
    func falseRefusals() {
        var used = BudgetAmount.zero
        var limits = BudgetAmount.zero
        run(10_500..<11_500, steps: 250, Faults()) { model, seed in
            #expect(model.falselyRefused == 0, "seed \(seed)")
            model.settleDown()
            guard model.refused > 0 else { return }
            used += model.used
            limits += model.limit
        }
        #expect(limits > .zero)
        // Refused from 20 units on, of at least 2,000: the rest is below the smallest call.
        #expect(used.picos * 1000 >= limits.picos * 990, "utilisation \(used.plain) of \(limits.plain)")
    }

    @Test("what is booked beyond a lease is in the bound from that moment on, not when its sidecar says so")
    func overdrawn() {
        let at = Instant(microseconds: 1)
        let terms = LeasePool.Terms(lasting: 50)
        let one = BudgetAmount(whole: 1)
        var pool = LeasePool(limit: one)
        var lease = NodeLease()
        let request = lease.ask(LeaseDemand(first: one), now: 1)
        lease.take(pool.answer(request, node: "a", from: at, now: at, terms: terms), lasting: 50)
        lease.hold(one, worst: one)
        lease.capture(BudgetAmount(whole: 3), of: one, worst: one)
        pool.settle(BudgetAmount(whole: 3), node: "a", occurredAt: at)
        #expect(pool.bound.underestimated == BudgetAmount(whole: 2))
        lease.posted(BudgetAmount(whole: 3))
        _ = pool.answer(
            lease.ask(LeaseDemand(), now: 2), node: "a", from: at, now: at, terms: terms)
        #expect(pool.bound.underestimated == BudgetAmount(whole: 2) && pool.leases[0].overdrawn == .zero)
    }

    @Test("what is given up is not held any more, and free for others with the next request")
    func givenUp() {
        let at = Instant(microseconds: 1)
        let terms = LeasePool.Terms(lasting: 50)
        var pool = LeasePool(limit: BudgetAmount(whole: 10))
        var lease = NodeLease()
        let demand = LeaseDemand(usual: BudgetAmount(whole: 4))
        let request = lease.ask(demand, now: 1)
        lease.take(pool.answer(request, node: "a", from: at, now: at, terms: terms), lasting: 50)
        #expect(lease.free > .zero && lease.fits(BudgetAmount(whole: 1), now: 2))
        lease.giveUpFree()
        #expect(!lease.fits(BudgetAmount(whole: 1), now: 2))
        pool.limit = .zero
        lease.take(
            pool.answer(lease.ask(demand, now: 2), node: "a", from: at, now: at, terms: terms), lasting: 50)
        #expect(lease.free == .zero && pool.open == .zero)
    }

    @Test("what a dead sidecar's call held is given up when its record is booked after all")
    func presumedUntilBooked() {
        let at = Instant(microseconds: 1)
        var pool = LeasePool(limit: BudgetAmount(whole: 10))
        var lease = NodeLease()
        let request = lease.ask(LeaseDemand(first: BudgetAmount(whole: 4)), now: 1)
        _ = pool.answer(request, node: "a", from: at, now: at, terms: LeasePool.Terms(lasting: 50))
        pool.recover(node: "a", run: at, held: BudgetAmount(whole: 4))
        #expect(pool.presumed == BudgetAmount(whole: 4) && pool.remaining == BudgetAmount(whole: 6))
        pool.settle(BudgetAmount(whole: 3), node: "a", occurredAt: at)
        #expect(pool.presumed == BudgetAmount(whole: 1) && pool.remaining == BudgetAmount(whole: 6))
    }

    @Test("an older request that arrives after a newer one changes nothing")
    func staleRequest() {
        var pool = LeasePool(limit: BudgetAmount(whole: 100))
        var lease = NodeLease()
        let terms = LeasePool.Terms(lasting: 50)
        let at = Instant(microseconds: 1)
        let old = lease.ask(LeaseDemand(first: BudgetAmount(whole: 60)), now: 1)
        let new = lease.ask(LeaseDemand(first: BudgetAmount(whole: 10)), now: 2)
        let reply = pool.answer(new, node: "a", from: at, now: at, terms: terms)
        lease.take(reply, lasting: 50)
        #expect(pool.answer(old, node: "a", from: at, now: at, terms: terms).extra == .zero)
        #expect(pool.open == BudgetAmount(whole: 10) && lease.free == BudgetAmount(whole: 10))
    }

    @Test("complaint 27735: a limit of zero gives nothing, no limit gives everything")
    func edges() {
        let at = Instant(microseconds: 1)
        let terms = LeasePool.Terms(lasting: 50)
        var none = LeasePool(limit: .zero)
        var lease = NodeLease()
        let request = lease.ask(LeaseDemand(first: BudgetAmount(whole: 1)), now: 1)
        let denied = none.answer(request, node: "a", from: at, now: at, terms: terms)
        #expect(denied.isDenied && denied.isFinal && denied.remaining == .zero)
        var all = LeasePool(limit: nil)
        let granted = all.answer(request, node: "a", from: at, now: at, terms: terms)
        #expect(granted.extra == BudgetAmount(whole: 1) && granted.remaining == nil)
    }

    @Test("a denial is not believed while what is in the ledger already is still thought to be on its way")
    func doubtfulDenial() {
        let one = BudgetAmount(whole: 1)
        var pool = LeasePool(limit: BudgetAmount(whole: 2))
        var node = NodeLease()
        func ask() -> (reply: LeaseReply, isDoubtful: Bool) {
            let request = node.ask(LeaseDemand(first: one, asker: 1), now: 0)
            let reply = pool.answer(
                request, node: "a", from: Instant(microseconds: 0), now: Instant(microseconds: 1),
                terms: LeasePool.Terms(lasting: 1_000_000_000))
            node.take(reply, lasting: 1_000_000_000)
            return (reply, reply.isDoubtful(request))
        }
        func call() {
            node.hold(one, worst: one)
            node.capture(one, of: one, worst: one)
            pool.settle(one, node: "a", occurredAt: Instant(microseconds: 1))
        }
        #expect(ask().reply.extra == one)
        call()
        // Spent, and open as well: the sidecar does not know yet that the record was posted.
        let early = ask()
        #expect(early.reply.isDenied && early.reply.isFinal && early.isDoubtful)
        node.posted(one)
        let later = ask()
        #expect(later.reply.extra == one && !later.reply.isDenied && !later.isDoubtful)
        call()
        node.posted(one)
        let last = ask()
        #expect(last.reply.isDenied && last.reply.isFinal && !last.isDoubtful)
    }
}
