// One call before the budgets: what it may use at most, which budgets count it, and what became of it.
import Bookkeeping
import LedgerStore
import Mediation
import Relay
import Terms

/// What is known of a call before it is sent.
struct AdmissionAsk {
    var id: RecordID
    var attribution: Attribution
    /// As the caller asks for it, empty when nothing says so.
    var model: String
    var provider: String
    var occurredAt: Instant
    /// What is expected at most, in tokens: of the input that the body holds, and of the stated or assumed
    /// maximum.
    var input: Int64
    var output: Int64
    /// The caller has stated a maximum of output.
    var isDeclared: Bool
    /// How often the price of one call is due.
    var calls: Int64
    /// What nothing can exceed. Above the others where the body names what it does not hold, where no maximum
    /// reaches the upstream, and where the provider runs tools.
    var worstInput: Int64
    var worstOutput: Int64
    /// Uses of tools.
    var worstTools: Int64
    /// Nothing is charged for at this endpoint.
    var isFree: Bool
    /// The model, the maximum or another field that decides stands twice in the body.
    var isAmbiguous = false
    /// What a model without a price may do, where its upstream says so itself.
    var unpriced: AdmissionPolicy.Unpriced?
    /// The body is held, so the call can wait for an answer of PostgreSQL.
    var canWait: Bool
}

/// What became of a call.
enum AdmissionVerdict {
    /// No budget counts it, or it is free.
    case uncounted
    case passed(AdmissionCall)
    case waits(AdmissionCall)
    case refused(AdmissionRefusal)
}

/// A call that budgets count. All of it is guarded by the lock of ``Admission``.
final class AdmissionCall: @unchecked Sendable {
    struct Hold {
        let pool: LivePool
        let amount: BudgetAmount
        let worst: BudgetAmount
    }
    enum Outcome {
        case waiting
        case passed
        case refused(AdmissionRefusal)
    }

    let id: RecordID
    /// Ascending in the order of arrival.
    let number: Int64
    /// Monotonic microseconds.
    let since: Int64
    let holds: [Hold]
    var outcome = Outcome.waiting
    var ticket: Ticket?
    /// What it teaches at its end, in mode `learned`.
    var learns: Admission.LearntKey?
    /// Its holds were captured or given back.
    var isOver = false

    init(id: RecordID, number: Int64, since: Int64, holds: [Hold]) {
        self.id = id
        self.number = number
        self.since = since
        self.holds = holds
    }

    func hold(of pool: LivePool) -> Hold? { holds.first { $0.pool === pool } }

    /// Takes what it holds if all of it fits.
    func begin(now: Int64) -> Bool {
        for hold in holds where !hold.pool.lease.fits(hold.amount, now: now) { return false }
        for hold in holds { hold.pool.lease.hold(hold.amount, worst: hold.worst) }
        outcome = .passed
        return true
    }

    /// Takes what it holds without asking: PostgreSQL is away, and the policy allows it.
    func beginOffline() {
        for hold in holds { hold.pool.lease.holdOffline(hold.amount, worst: hold.worst) }
        outcome = .passed
    }
}

/// One window of a budget in this sidecar. Guarded by the lock of ``Admission``.
final class LivePool: @unchecked Sendable {
    /// The last denial may have counted something twice: it is asked again.
    var isDoubtful = false
    struct Key: Hashable {
        let name: String
        let generation: Int
        let since: Instant
    }

    let key: Key
    var stored: StoredBudget
    /// As it is counted: all time for rolling rules.
    let window: BudgetWindow
    var lease = NodeLease()
    /// As it stood at the last look.
    var limit: BudgetAmount?
    /// Its row is known to be there.
    var isOpen = false
    /// What earlier runs of this sidecar left in it is settled.
    var isRecovered = false
    /// What calls have held since the last request, and usually do between two.
    var recent = BudgetAmount.zero
    var usual = BudgetAmount.zero
    var idleTurns = 0
    /// Monotonic microseconds.
    var lastAsk: Int64 = .min
    var lastCount: Int64 = .min
    // As PostgreSQL said last.
    var spent = BudgetAmount.zero
    var open = BudgetAmount.zero
    var remaining: BudgetAmount?
    var bound = BudgetAmount.zero
    var header: String = ""
    /// The IETF's fields, for requests.
    var rate: RateFields?
    /// Of a rate limit: PostgreSQL has denied so much, and is not asked again before (monotonic
    /// microseconds).
    var denied: (amount: BudgetAmount, until: Int64)?
    /// A threshold of a limit.
    struct Told: Hashable {
        let threshold: Int
        let limit: BudgetAmount
    }
    /// What was told, by whomever.
    var told: Set<Told> = []

    init(key: Key, stored: StoredBudget, window: BudgetWindow) {
        self.key = key
        self.stored = stored
        self.window = window
    }

    /// Nothing is held and nothing waits to be posted.
    var isSettled: Bool { lease.held == .zero && lease.unposted == .zero }
}
