// A world for the lease protocol: sidecars, a pool, and everything that can go wrong between them, driven by
// a seed. The steps are those of the product (NodeLease and LeasePool); what is invented is only when they
// happen and which messages get lost.
import Bookkeeping
import Terms

struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// What goes wrong in a schedule.
struct Faults {
    var crashes = false
    var losses = false
    var underestimates = false
    var releasesDead = false
    var allowance: Int64 = 0

    /// Nothing is lost on the way and holds cover their calls: what was granted is all that a sidecar has.
    var isExact: Bool { !losses && !underestimates && !releasesDead && allowance == 0 }
}

struct LeaseModel {
    struct Call {
        var hold: BudgetAmount
        var worst: BudgetAmount
        var actual: BudgetAmount
        var begun: Int64
        var ends: Int64
        var number: Int64
        /// What had ended before it came had given back so much.
        var freedBefore: BudgetAmount
        /// At some instant since it came, what was left did not cover it, but for what ended meanwhile.
        var wasUnfit = false
    }
    struct Node {
        var lease = NodeLease()
        var run: Instant
        var calls: [Call] = []
        var waiting: [Call] = []
        /// Durable: when it began, and how much; in the order of ending.
        var spool: [(id: Int, begun: Int64, amount: BudgetAmount)] = []
        var oldRuns: [(run: Instant, held: BudgetAmount)] = []
        var downUntil: Int64 = -1
        var cutUntil: Int64 = -1
        /// Ticks of its own clock beside a hundred of the world's.
        var rate: Int64 = 100
        var recovering = false
    }

    var pool: LeasePool
    var nodes: [Node]
    var dice: Dice
    let faults: Faults
    let limit: BudgetAmount
    let terms: LeasePool.Terms
    var now: Int64 = 1
    /// Requests on their way, and answers.
    var mail: [(node: Int, run: Instant, request: LeaseRequest, arrives: Int64)] = []
    var booked: Set<Int> = []
    var nextID = 0
    // The truth.
    var used = BudgetAmount.zero
    var exceeded = BudgetAmount.zero
    /// What calls gave back at their ends.
    var freed = BudgetAmount.zero
    var admitted = 0
    var arrivals = 0
    var refused = 0
    var falselyRefused = 0

    init(seed: UInt64, faults: Faults) {
        dice = Dice(seed &+ 1)
        self.faults = faults
        limit = BudgetAmount(whole: Int64(2_000 + dice.below(20_000)))
        terms = LeasePool.Terms(lasting: 40, releasesDead: faults.releasesDead, grace: Int64(dice.below(10)))
        pool = LeasePool(limit: limit)
        nodes = (0..<1 + dice.below(6)).map { _ in Node(run: Instant(microseconds: 0)) }
        for index in nodes.indices { nodes[index].rate = Int64(95 + dice.below(11)) }
    }

    func clock(_ node: Int) -> Int64 { now * nodes[node].rate / 100 + Int64(node) * 1000 }

    var held: BudgetAmount {
        nodes.reduce(.zero) { $0 + $1.calls.reduce(.zero) { $0 + $1.hold } }
    }
    var released: BudgetAmount { pool.leases.reduce(.zero) { $0 + $1.released } }
    var allowance: BudgetAmount { nodes.reduce(lostAllowance) { $0 + $1.lease.allowanceUsed } }
    var lostAllowance = BudgetAmount.zero
    var bound: BudgetAmount { exceeded + released + allowance }

    mutating func step(demand: Bool = true) {
        now += 1
        for index in nodes.indices {
            if nodes[index].downUntil >= now { continue }
            if faults.losses, dice.chance(1) { nodes[index].cutUntil = now + Int64(5 + dice.below(60)) }
            if faults.crashes, dice.chance(1) {
                crash(index)
                continue
            }
            if demand { for _ in 0..<dice.below(3) { arrive(index) } }
            end(index)
            if dice.chance(40) { post(index) }
            recover(index)
            if dice.chance(60) || !nodes[index].waiting.isEmpty { ask(index) }
        }
        deliver()
        for index in nodes.indices {
            for number in nodes[index].waiting.indices where !fits(nodes[index].waiting[number]) {
                nodes[index].waiting[number].wasUnfit = true
            }
        }
    }

    private func fits(_ call: Call) -> Bool {
        limit - used - held - pool.presumed - (freed - call.freedBefore) >= call.hold
    }

    private mutating func arrive(_ index: Int) {
        let hold = BudgetAmount(whole: Int64(20 + dice.below(200)))
        let isUnder = faults.underestimates && dice.chance(30)
        let worst = isUnder ? hold + hold : hold
        let actual = BudgetAmount(whole: Int64(dice.below(Int(worst.picos / 1_000_000_000_000) + 1)))
        arrivals += 1
        let call = Call(
            hold: hold, worst: worst, actual: actual, begun: now, ends: now + Int64(1 + dice.below(12)),
            number: Int64(arrivals), freedBefore: freed)
        let clock = clock(index)
        if nodes[index].waiting.isEmpty, nodes[index].lease.fits(hold, now: clock) {
            begin(call, index)
        } else if nodes[index].cutUntil >= now {
            if nodes[index].lease.allowanceUsed + hold <= BudgetAmount(whole: faults.allowance) {
                nodes[index].lease.holdOffline(hold, worst: worst)
                nodes[index].calls.append(call)
                admitted += 1
            }
        } else {
            nodes[index].waiting.append(call)
        }
    }

    private mutating func begin(_ call: Call, _ index: Int) {
        nodes[index].lease.hold(call.hold, worst: call.worst)
        nodes[index].calls.append(call)
        admitted += 1
    }

    private mutating func end(_ index: Int) {
        for call in nodes[index].calls where call.ends <= now {
            nodes[index].lease.capture(call.actual, of: call.hold, worst: call.worst)
            used += call.actual
            exceeded += (call.actual - call.hold).positive
            freed += (call.hold - call.actual).positive
            nextID += 1
            nodes[index].spool.append((nextID, call.begun, call.actual))
        }
        nodes[index].calls.removeAll { $0.ends <= now }
    }

    private mutating func crash(_ index: Int) {
        for call in nodes[index].calls {
            // The provider bills what it did; nobody will ever tell how much.
            used += call.actual
            exceeded += (call.actual - call.hold).positive
        }
        lostAllowance += nodes[index].lease.allowanceUsed
        nodes[index].oldRuns.append((nodes[index].run, nodes[index].lease.held))
        nodes[index].calls = []
        nodes[index].waiting = []
        nodes[index].lease = NodeLease()
        nodes[index].downUntil = now + Int64(1 + dice.below(100))
        nodes[index].run = Instant(microseconds: nodes[index].downUntil + 1)
        nodes[index].recovering = true
    }

    private mutating func post(_ index: Int) {
        guard nodes[index].cutUntil < now, !nodes[index].spool.isEmpty else { return }
        let batch = nodes[index].spool.prefix(1 + dice.below(20))
        for record in batch where booked.insert(record.id).inserted {
            pool.settle(
                record.amount, node: "n\(index)", occurredAt: Instant(microseconds: record.begun))
        }
        // The commit's acknowledgement may be lost; then the batch comes again.
        if faults.losses, dice.chance(20) { return }
        nodes[index].spool.removeFirst(batch.count)
        for record in batch where Instant(microseconds: record.begun) >= nodes[index].run {
            nodes[index].lease.posted(record.amount)
        }
    }

    /// Once nothing of the runs before is left in the spool.
    private mutating func recover(_ index: Int) {
        guard nodes[index].recovering, nodes[index].cutUntil < now else { return }
        let run = nodes[index].run
        guard nodes[index].spool.allSatisfy({ Instant(microseconds: $0.begun) >= run }) else { return }
        for old in nodes[index].oldRuns { pool.recover(node: "n\(index)", run: old.run, held: old.held) }
        nodes[index].recovering = false
    }

    private mutating func ask(_ index: Int) {
        let waiting = nodes[index].waiting
        let total = waiting.reduce(BudgetAmount.zero) { $0 + $1.hold }
        let demand = LeaseDemand(
            first: waiting.first?.hold ?? .zero, waiting: total, usual: BudgetAmount(whole: 400),
            asker: waiting.first?.number ?? 0)
        let request = nodes[index].lease.ask(demand, now: clock(index))
        if nodes[index].cutUntil >= now || faults.losses && dice.chance(10) { return }
        let delay = faults.losses ? dice.below(15) : 0
        mail.append((index, nodes[index].run, request, now + Int64(delay)))
    }

    private mutating func deliver() {
        let arrived = mail.filter { $0.arrives <= now }
        mail.removeAll { $0.arrives <= now }
        for letter in arrived {
            let reply = pool.answer(
                letter.request, node: "n\(letter.node)", from: letter.run,
                now: Instant(microseconds: now), terms: terms)
            if faults.losses, dice.chance(10) { continue }
            take(reply, letter.request, letter.node, letter.run)
        }
    }

    private mutating func take(_ reply: LeaseReply, _ request: LeaseRequest, _ index: Int, _ run: Instant) {
        guard nodes[index].run == run, nodes[index].downUntil < now else { return }
        nodes[index].lease.take(reply, lasting: terms.lasting)
        if reply.isDenied, reply.isFinal, let first = nodes[index].waiting.first {
            refused += 1
            if !first.wasUnfit, fits(first) { falselyRefused += 1 }
            nodes[index].waiting.removeFirst()
        }
        while let next = nodes[index].waiting.first, nodes[index].lease.fits(next.hold, now: clock(index)) {
            nodes[index].waiting.removeFirst()
            begin(next, index)
        }
    }

    /// Everybody comes back, everything is posted and returned.
    mutating func settleDown() {
        mail = []
        for index in nodes.indices {
            now = max(now, nodes[index].downUntil) + 1
            nodes[index].cutUntil = -1
        }
        now += 20
        for index in nodes.indices {
            end(index)
            nodes[index].waiting = []
            for record in nodes[index].spool where booked.insert(record.id).inserted {
                pool.settle(
                    record.amount, node: "n\(index)", occurredAt: Instant(microseconds: record.begun))
            }
            for record in nodes[index].spool { nodes[index].lease.posted(record.amount) }
            nodes[index].spool = []
            for old in nodes[index].oldRuns { pool.recover(node: "n\(index)", run: old.run, held: old.held) }
            // Acknowledgements that were lost left amounts that nobody will post again.
            nodes[index].lease.posted(nodes[index].lease.unposted)
            let request = nodes[index].lease.close(now: clock(index))
            _ = pool.answer(
                request, node: "n\(index)", from: nodes[index].run, now: Instant(microseconds: now),
                terms: terms)
        }
    }
}
