// A sidecar's part of a budget: what it may spend alone, what its calls hold, and what it has captured but
// not yet posted. A call is held before it is sent and captured at its end; both touch this value only. What
// is left is returned, and more is asked for, by requests to the pool in PostgreSQL; every request may get
// lost, its answer too, and no order of losses lets the sidecar spend what others may spend as well.
import Terms

/// What one sidecar holds of one window of a budget. Amounts that are free, held and unposted are disjoint.
public struct NodeLease: Hashable, Sendable {
    /// May be held without asking; below zero after calls that used more than they held.
    public private(set) var free = BudgetAmount.zero
    /// Reserved by calls under way.
    public private(set) var held = BudgetAmount.zero
    /// All that calls have captured, in the ledger or not: the sidecar's own count of what it used.
    public private(set) var captured = BudgetAmount.zero
    /// Captured, and not known to be in the ledger.
    public private(set) var unposted = BudgetAmount.zero
    /// Monotonic microseconds until which ``free`` may be used.
    public private(set) var deadline: Int64 = .min
    /// What calls used beyond their holds: the term D.
    public private(set) var exceeded = BudgetAmount.zero
    /// What calls under way may use beyond their holds at worst.
    public private(set) var exposure = BudgetAmount.zero
    /// What was admitted without PostgreSQL: the term A.
    public private(set) var allowanceUsed = BudgetAmount.zero
    /// The last recall that this sidecar has heard of.
    public private(set) var recall: Int64 = 0
    private var requestNumber: Int64 = 0
    /// When the request under way was sent.
    private var sentAt: Int64?
    /// When the last recall was heard of.
    private var recalledAt: Int64?
    /// The recall that a denial to this sidecar began, and whose answer it waits for.
    private var awaits: Int64?
    /// The waiting call that the latest request was for: a later one needs an answer of its own.
    private var asker: Int64 = 0

    public init() {}

    /// Whether a call's hold fits into what is free.
    public func fits(_ amount: BudgetAmount, now: Int64) -> Bool { amount <= free && now < deadline }

    /// Whether the pool was heard of within the lease's time.
    public func isAlive(now: Int64) -> Bool { now < deadline }

    /// Reserves what a call may use.
    ///
    /// - Parameter worst: what it may use at worst; above `amount` where the hold is capped.
    public mutating func hold(_ amount: BudgetAmount, worst: BudgetAmount) {
        free -= amount
        held += amount
        exposure += (worst - amount).positive
    }

    /// Lets a call pass that the pool could not be asked about.
    public mutating func holdOffline(_ amount: BudgetAmount, worst: BudgetAmount) {
        held += amount
        exposure += (worst - amount).positive
        allowanceUsed += amount
    }

    /// A call has ended: what it used is captured, what it did not use is free again.
    public mutating func capture(_ used: BudgetAmount, of amount: BudgetAmount, worst: BudgetAmount) {
        held -= amount
        exposure -= (worst - amount).positive
        free += amount - used
        captured += used
        unposted += used
        exceeded += (used - amount).positive
    }

    /// Nothing that is free may be held any more: the limit is lower now, and only the pool knows what is
    /// left.
    public mutating func giveUpFree() { free = min(free, .zero) }

    /// What was captured stands in the ledger now.
    public mutating func posted(_ amount: BudgetAmount) { unposted = (unposted - amount).positive }

    /// Whether somebody asked lately for what others do not need: then nothing is kept idle, and each call
    /// asks for exactly what it holds.
    public func isNearEnd(now: Int64) -> Bool { recalledAt.map { now < $0 + Self.calm } ?? false }

    /// Microseconds for which a recall is remembered: longer than anybody waits for a last word.
    public static let calm: Int64 = 10_000_000

    /// Makes a request to the pool. From here on the sidecar keeps at most what the request says, whether
    /// an answer comes or not.
    ///
    /// - Parameter now: monotonic microseconds, from which the lease's time counts.
    public mutating func ask(_ demand: LeaseDemand, now: Int64) -> LeaseRequest {
        let nearEnd = isNearEnd(now: now)
        requestNumber += 1
        sentAt = now
        // What the lease's time has run out for may belong to somebody else by now.
        free = now < deadline && !nearEnd ? min(free.positive, demand.usual) : .zero
        var want = demand.waiting
        if !nearEnd, free < demand.waiting + demand.usual.divided(by: 2) { want += demand.usual }
        want = (want - free).positive
        var request = LeaseRequest(
            number: requestNumber, outstanding: held + unposted, held: held, keep: free,
            least: (demand.first - free).positive, want: want, recall: recall, exceeded: exceeded,
            exposure: exposure, allowanceUsed: allowanceUsed)
        request.captured = captured
        if demand.asker != asker { awaits = nil }
        asker = demand.asker
        request.awaits = awaits
        request.isExact = nearEnd
        return request
    }

    /// The last request: everything that is free is returned.
    public mutating func close(now: Int64) -> LeaseRequest {
        deadline = .min
        var request = ask(LeaseDemand(), now: now)
        request.closes = true
        return request
    }

    /// The pool's answer to the latest request.
    ///
    /// - Parameter lasting: microseconds for which a lease is good.
    public mutating func take(_ reply: LeaseReply, lasting: Int64) {
        guard reply.number == requestNumber, let sentAt else { return }
        free += reply.extra
        deadline = sentAt + lasting
        if reply.recall > recall {
            recall = reply.recall
            recalledAt = sentAt
        }
        awaits = reply.isDenied && !reply.isFinal ? awaits ?? reply.recall : nil
        self.sentAt = nil
    }
}

/// What a sidecar's calls need of one window.
public struct LeaseDemand: Hashable, Sendable {
    /// The hold of the call that has waited longest; zero when none waits.
    public var first: BudgetAmount
    /// The holds of all that wait.
    public var waiting: BudgetAmount
    /// What calls usually hold between two requests.
    public var usual: BudgetAmount

    /// Names the call that has waited longest.
    public var asker: Int64

    public init(
        first: BudgetAmount = .zero, waiting: BudgetAmount = .zero, usual: BudgetAmount = .zero,
        asker: Int64 = 0
    ) {
        self.asker = asker
        self.first = first
        self.waiting = max(first, waiting)
        self.usual = usual
    }
}

/// What a sidecar tells the pool, and asks of it.
public struct LeaseRequest: Hashable, Sendable {
    /// Ascending; an older one that arrives later is ignored.
    public var number: Int64
    /// Held by calls, and captured but not posted.
    public var outstanding: BudgetAmount
    /// The part of it that calls under way hold.
    public var held: BudgetAmount
    /// Free, and kept.
    public var keep: BudgetAmount
    /// Less than this is of no use; zero when no call waits.
    public var least: BudgetAmount
    public var want: BudgetAmount
    /// The last recall that was heard of when this was sent; what is kept was decided knowing it.
    public var recall: Int64
    public var exceeded: BudgetAmount
    public var exposure: BudgetAmount
    public var allowanceUsed: BudgetAmount
    /// The recall that a denial to this sidecar began, when it asks again.
    public var awaits: Int64?
    /// Only the whole of what is wanted, or what the first call needs, is of use.
    public var isExact = false
    /// Nothing will be held any more.
    public var closes = false
    /// All that calls of this run have captured, in the ledger or not; nil where a posting was under way when
    /// this was made, so that nobody can say what of it the ledger has.
    public var captured: BudgetAmount?
}

/// What the pool answers.
public struct LeaseReply: Hashable, Sendable {
    public var number: Int64
    /// What may be spent beyond what the request kept.
    public var extra: BudgetAmount
    public var isDenied: Bool
    /// A denial that stays: every other sidecar has returned what it did not need.
    public var isFinal: Bool
    public var recall: Int64
    /// For people: what is in the ledger, what sidecars may still spend, what is left.
    public var spent: BudgetAmount
    public var open: BudgetAmount
    public var remaining: BudgetAmount?
    /// By how much spend may exceed the limit.
    public var bound = BudgetAmount.zero
}

extension LeaseReply {
    /// Whether a denial may come from what is counted twice: what a call captured is in the ledger before its
    /// sidecar knows, and until then it is spent and open at the same time. It knows within a moment, so the
    /// denial is not believed as long as what is not known to be posted would make the difference.
    public func isDoubtful(_ request: LeaseRequest) -> Bool {
        guard isDenied, let remaining else { return false }
        let unposted = request.outstanding - request.held
        return unposted > .zero && remaining + unposted >= request.least
    }
}
