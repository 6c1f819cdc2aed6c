// The shared side of a budget's window: what was spent, and how much of the rest each sidecar may spend
// alone. PostgreSQL keeps it as rows; a row lock makes each of these steps one after the other, and this
// value is what they do. At every step: spent + presumed + open leases ≤ limit, except for what calls
// used beyond their holds.
public import Terms

public struct LeasePool: Hashable, Sendable {
    /// Nil: unlimited.
    public var limit: BudgetAmount?
    /// Booked in the window, whoever booked it.
    public var spent: BudgetAmount
    public var leases: [Lease]
    /// How often somebody asked for what others do not need.
    public var recall: Int64

    /// One run of a sidecar.
    public struct Lease: Hashable, Sendable {
        public enum State: String, CaseIterable, Hashable, Sendable {
            case open
            /// Returned, or all its records are known to be in the ledger.
            case closed
            /// Taken back from a sidecar that was not heard of: the term R.
            case released
        }

        /// The instance.
        public let node: String
        /// When the run began: its records occurred at that instant or later.
        public let from: Instant
        public var granted = BudgetAmount.zero
        /// Posted by this run.
        public var settled = BudgetAmount.zero
        /// Held by calls under way when the run was last heard of.
        public var held = BudgetAmount.zero
        /// What its calls had used by its own count, and what it could hold without asking, when it was last
        /// heard of; nil where it did not say. granted = captured + held + free then, and until it speaks
        /// again: what the pool gave and has booked is what the sidecar has.
        public var captured: BudgetAmount?
        public var free: BudgetAmount?
        /// Held by calls that the run never ended: charged as if used.
        public var presumed = BudgetAmount.zero
        /// Taken back before it was settled.
        public var released = BudgetAmount.zero
        public var exceeded = BudgetAmount.zero
        public var exposure = BudgetAmount.zero
        public var allowanceUsed = BudgetAmount.zero
        public var request: Int64 = 0
        public var recall: Int64 = 0
        public var state = State.open
        public var expires = Instant(microseconds: 0)

        public init(node: String, from: Instant) {
            self.node = node
            self.from = from
        }

        /// Whether what was granted is what the sidecar says it has; nil where it does not say, or is gone.
        public var isBalanced: Bool? {
            guard state == .open, let captured, let free else { return nil }
            return granted == captured + held + free
        }

        /// Nobody holds anything of it any more.
        fileprivate mutating func forget() {
            held = .zero
            free = free.map { _ in .zero }
        }

        /// What it may still spend, or has spent and not posted.
        public var open: BudgetAmount { state == .open ? (granted - settled).positive : .zero }

        /// Of ``presumed``, what no record has settled that was booked since.
        public var stillPresumed: BudgetAmount { min(presumed, (granted - settled).positive) }

        /// Booked beyond what was granted: calls used more than they held, and their sidecar has not said so
        /// yet in ``exceeded``, or never will.
        public var overdrawn: BudgetAmount { (settled - granted).positive }
    }

    /// What leases live for.
    public struct Terms: Hashable, Sendable {
        /// Microseconds after which a sidecar that was not heard of is taken for dead.
        public var lasting: Int64
        /// Dead sidecars: `released` gives back what they held, `strict` keeps it charged.
        public var releasesDead: Bool
        /// Microseconds between a lease's end and its release.
        public var grace: Int64

        public init(lasting: Int64, releasesDead: Bool = false, grace: Int64 = 0) {
            self.lasting = lasting
            self.releasesDead = releasesDead
            self.grace = grace
        }
    }

    public init(
        limit: BudgetAmount?, spent: BudgetAmount = .zero, leases: [Lease] = [], recall: Int64 = 0
    ) {
        self.limit = limit
        self.spent = spent
        self.leases = leases
        self.recall = recall
    }

    public var open: BudgetAmount { leases.reduce(.zero) { $0 + $1.open } }
    public var presumed: BudgetAmount { leases.reduce(.zero) { $0 + $1.stillPresumed } }
    /// Nil: unlimited. Never below zero.
    public var remaining: BudgetAmount? { limit.map { ($0 - spent - presumed - open).positive } }

    /// Answers a sidecar: takes what it has, gives what it may have.
    ///
    /// - Parameter now: of the database's clock, the only one that leases are compared with.
    public mutating func answer(
        _ request: LeaseRequest, node: String, from: Instant, now: Instant, terms: Terms
    ) -> LeaseReply {
        if terms.releasesDead { releaseDead(now: now, grace: terms.grace, except: node, from) }
        let index = place(of: node, from)
        guard request.number > leases[index].request else {
            return reply(to: request, extra: .zero, isDenied: false, isFinal: false)
        }
        leases[index].state = .open
        leases[index].granted = leases[index].settled + request.outstanding + request.keep
        leases[index].held = request.held
        leases[index].captured = request.captured
        leases[index].free = request.captured == nil ? nil : request.keep
        leases[index].request = request.number
        leases[index].recall = request.recall
        leases[index].expires = Instant(microseconds: now.microseconds + terms.lasting)
        leases[index].exceeded = request.exceeded
        leases[index].exposure = request.exposure
        leases[index].allowanceUsed = request.allowanceUsed
        if request.closes, request.outstanding == .zero { leases[index].state = .closed }
        guard request.want > .zero, !request.closes else {
            return reply(to: request, extra: .zero, isDenied: false, isFinal: false)
        }
        guard let room = remaining else {
            give(request.want, to: index)
            return reply(to: request, extra: request.want, isDenied: false, isFinal: false)
        }
        let sharers = leases.count { $0.state == .open && $0.expires > now }
        let share = room.divided(by: 2 * sharers)
        // Near the end nobody keeps a part that no call of its own can use.
        let extra =
            request.isExact
            ? (share >= request.want ? request.want : min(request.least, room))
            : min(request.want, max(request.least, share), room)
        guard extra >= request.least else { return deny(request, node: node, from, now: now) }
        give(extra, to: index)
        return reply(to: request, extra: extra, isDenied: false, isFinal: false)
    }

    private mutating func give(_ extra: BudgetAmount, to index: Int) {
        leases[index].granted += extra
        leases[index].free? += extra
    }

    /// Nothing is given; what others do not need is asked back, and the last word comes when they answered.
    private mutating func deny(
        _ request: LeaseRequest, node: String, _ from: Instant, now: Instant
    ) -> LeaseReply {
        let others = leases.filter {
            ($0.node != node || $0.from != from) && $0.state == .open && $0.expires > now && $0.open > .zero
        }
        // What exceeds the whole limit is not worth asking anybody.
        if others.isEmpty || (limit.map { $0 < request.least } ?? false) {
            return reply(to: request, extra: .zero, isDenied: true, isFinal: true)
        }
        guard let awaited = request.awaits else {
            recall += 1
            return reply(to: request, extra: .zero, isDenied: true, isFinal: false)
        }
        let heard = others.allSatisfy { $0.recall >= awaited }
        return reply(to: request, extra: .zero, isDenied: true, isFinal: heard)
    }

    private func reply(
        to request: LeaseRequest, extra: BudgetAmount, isDenied: Bool, isFinal: Bool
    ) -> LeaseReply {
        LeaseReply(
            number: request.number, extra: extra, isDenied: isDenied, isFinal: isFinal, recall: recall,
            spent: spent, open: open + presumed, remaining: remaining, bound: bound.total)
    }

    private mutating func place(of node: String, _ from: Instant) -> Int {
        if let index = leases.firstIndex(where: { $0.node == node && $0.from == from }) { return index }
        leases.append(Lease(node: node, from: from))
        return leases.count - 1
    }

    /// A record was really booked.
    ///
    /// - Parameter occurredAt: when its exchange began: the run that it belongs to settles it.
    public mutating func settle(_ amount: BudgetAmount, node: String, occurredAt: Instant) {
        spent += amount
        let run = leases.indices.filter { leases[$0].node == node && leases[$0].from <= occurredAt }
            .max { leases[$0].from < leases[$1].from }
        if let run { leases[run].settled += amount }
    }

    /// All records of earlier runs of a sidecar are in the ledger: what they never used is free, what their
    /// calls held when they died is presumed used.
    ///
    /// - Parameter held: by the run that began at this instant, at most.
    public mutating func recover(node: String, run: Instant, held: BudgetAmount) {
        for index in leases.indices where leases[index].node == node && leases[index].from == run {
            guard leases[index].state == .open else { continue }
            leases[index].presumed = min(held, leases[index].open)
            leases[index].forget()
            leases[index].state = .closed
        }
    }

    /// Takes back what sidecars held that were not heard of for too long.
    public mutating func releaseDead(
        now: Instant, grace: Int64, except node: String = "", _ from: Instant? = nil
    ) {
        for index in leases.indices where leases[index].state == .open {
            let lease = leases[index]
            guard lease.expires.microseconds + grace < now.microseconds,
                lease.node != node || lease.from != from
            else { continue }
            leases[index].released += lease.open
            leases[index].forget()
            leases[index].state = .released
        }
    }

    /// The terms of the bound as they stand.
    public var bound: OverspendBound {
        OverspendBound(
            underestimated: leases.reduce(.zero) { $0 + $1.exceeded + $1.exposure + $1.overdrawn },
            released: leases.reduce(.zero) { $0 + $1.released },
            allowance: leases.reduce(.zero) { $0 + $1.allowanceUsed },
            repriced: .zero)
    }
}

/// By how much a window's spend can exceed its limit: T − L ≤ D + R + A + P.
public struct OverspendBound: Hashable, Sendable {
    /// D: what calls used beyond their holds, and what those under way may.
    public var underestimated: BudgetAmount
    /// R: what was taken back from sidecars that may have spent it.
    public var released: BudgetAmount
    /// A: what was admitted while PostgreSQL was away.
    public var allowance: BudgetAmount
    /// P: what later prices and corrections added to amounts that had been admitted.
    public var repriced: BudgetAmount

    public init(
        underestimated: BudgetAmount, released: BudgetAmount, allowance: BudgetAmount,
        repriced: BudgetAmount
    ) {
        self.underestimated = underestimated
        self.released = released
        self.allowance = allowance
        self.repriced = repriced
    }

    public var total: BudgetAmount { underestimated + released + allowance + repriced }
}
