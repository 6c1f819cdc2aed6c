// What asking the budgets costs a call, for Benchmarks/Admission: the same code as in `serve`, with leases
// that were granted beforehand, so that no call waits.
import Bookkeeping
import LedgerStore
import Rating
public import Terms

/// An admission with budgets that all count every call.
public struct AdmissionProbe {
    private let admission: Admission
    private let attribution: Attribution
    private let usage: Usage
    private let instant: Instant

    /// - Parameter budgets: how many; 0 is a sidecar without any.
    public init(budgets: Int, at instant: Instant) throws {
        self.instant = instant
        var who = Attribution()
        who.tenant = "acme"
        who.user = "alice"
        attribution = who
        var usage = Usage()
        usage.provider = "openai"
        usage.modelRequested = "gpt-4o-mini"
        usage.model = "gpt-4o-mini"
        usage.components = [
            Component(
                model: nil,
                readings: [MeterReading(.freshInput, Quantity(500)), MeterReading(.output, Quantity(200))])
        ]
        self.usage = usage
        let admission = Admission(AdmissionPolicy(), isUnknown: false)
        self.admission = admission
        guard budgets > 0 else { return }
        let book = try PriceSources.book(PriceSources.builtIn)
        let stored = (0..<budgets).map { number in
            StoredBudget(
                budget: Budget(
                    name: "b\(number)", scope: BudgetScope(tenant: "acme"), unit: .money(.usd),
                    window: .calendar(.month, timezone: "UTC", anchorDay: 1),
                    limit: BudgetAmount("1000000000")),
                version: 1, generation: 1, changedAt: instant, actor: "probe")
        }
        admission.change { state in
            state.prices = HoldPrices(version: book.version, book: book)
            state.replace(stored, zones: [:])
        }
        admission.setActive(true)
        grant()
    }

    private func grant() {
        let terms = LeasePool.Terms(lasting: 3_600_000_000)
        admission.change { state in
            for index in state.lines.indices {
                let pool = state.pool(index, at: instant)
                var shared = LeasePool(limit: pool.stored.budget.limit)
                let demand = LeaseDemand(first: BudgetAmount(whole: 400_000_000))
                let request = pool.lease.ask(demand, now: Clock.monotonicMicroseconds())
                let reply = shared.answer(request, node: "n", from: instant, now: instant, terms: terms)
                pool.lease.take(reply, lasting: terms.lasting)
                pool.note(reply, at: instant)
            }
        }
    }

    /// One call: asked before it is sent, captured at its end, posted.
    ///
    /// - Returns: whether a budget counted it and let it pass.
    public func call(_ number: UInt64) -> Bool {
        guard admission.isActive else { return false }
        let id = RecordID(high: 1, low: number)
        let verdict = admission.admit(
            AdmissionAsk(
                id: id, attribution: attribution, model: "gpt-4o-mini", provider: "openai",
                occurredAt: instant, input: 2000, output: 500, isDeclared: true, calls: 1,
                worstInput: 2000, worstOutput: 500, worstTools: 0, isFree: false,
                canWait: true))
        guard case .passed(let call) = verdict else { return false }
        _ = admission.fields(of: call)
        admission.end(call, usage: usage, upstream: "openai", attribution: attribution, at: instant)
        admission.posted(CollectionOfOne(id))
        return true
    }
}
