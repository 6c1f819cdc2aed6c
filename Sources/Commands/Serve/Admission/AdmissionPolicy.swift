// What an operator decides about budgets: how much a call holds, and what holds when something is not known.
import Bookkeeping

/// The configuration's `budgets.*`.
struct AdmissionPolicy: Hashable, Sendable {
    /// How much a call holds of a budget.
    enum Mode: String, Hashable, Sendable {
        /// What it can cost at most; a call without a maximum is sent with the policy's.
        case worst
        /// The same, but a call without a maximum holds at most a tenth of the limit, and is sent as it is.
        case capped
        /// What all but one in a hundred of the tenant's calls to the model wrote; like `capped` until enough
        /// is known.
        case learned
    }

    /// A model without a price under a budget in money.
    enum Unpriced: String, Hashable, Sendable {
        case deny
        /// The dearest prices of its provider.
        case holdUpperBound = "hold-upper-bound"
        case allow
    }

    /// PostgreSQL cannot be asked, and the lease is used up or over.
    enum Away: String, Hashable, Sendable { case closed, allowance, open }

    var mode = Mode.capped
    /// Output tokens of a call that declares no maximum.
    var outputCap: Int64 = 16_384
    /// Input tokens of a call that reads what its body does not hold: no model takes more.
    var worstInput: Int64 = 2_000_000
    /// Output tokens of a call to whose upstream nobody stated a maximum: no model writes more.
    var worstOutput: Int64 = 131_072
    var unpriced = Unpriced.deny
    var away = Away.closed
    /// What one sidecar may let pass of each budget while PostgreSQL is away.
    var allowance = BudgetAmount.zero
    /// Dead sidecars' leases are given back when they are over; else they stay charged.
    var releasesDead = false
    /// Milliseconds that a lease is good for without a word from PostgreSQL.
    var leaseMilliseconds: Int64 = 10_000

    var terms: LeasePool.Terms {
        LeasePool.Terms(
            lasting: leaseMilliseconds * 1000, releasesDead: releasesDead, grace: leaseMilliseconds * 1000)
    }

    /// The terms of one budget's leases. What a dead sidecar had of a rate limit is given back in any case:
    /// it would be owed for a minute at most.
    func terms(of budget: Budget) -> LeasePool.Terms {
        var terms = terms
        if budget.isRateLimit { terms.releasesDead = true }
        return terms
    }

    /// The hold of a call without a maximum, in parts of the limit, where it is capped.
    static let cappedShare = 10
}
