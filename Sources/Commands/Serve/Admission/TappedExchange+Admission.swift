// Budgets in the life of one exchange: asked when it is known whose call it is, captured at its end.
import Mediation
import Relay
import Synchronization
import Terms
import Wire

extension TappedExchange {
    /// Asks the budgets.
    ///
    /// - Returns: nil when the call may be sent at once.
    func admit(_ heldBody: Span<UInt8>?) -> Beginning? {
        let admission = gateway.sidecar.admission
        switch admission.admit(question(isHeld: heldBody != nil)) {
        case .uncounted: return nil
        case .passed(let call):
            admitted = call
            return nil
        case .waits(let call):
            admitted = call
            return .wait
        case .refused(let refusal): return refused(refusal)
        }
    }

    /// The call has waited, and its decision is there.
    func resume(_ call: AdmissionCall, _ heldBody: Span<UInt8>?) -> Beginning {
        switch gateway.sidecar.admission.outcome(of: call) {
        case .passed: return forward(heldBody)
        case .refused(let refusal):
            gateway.sidecar.admission.refused.add(1, ordering: .relaxed)
            return refused(refusal)
        case .waiting: return .wait
        }
    }

    func parked(_ ticket: Ticket) {
        guard let admitted else {
            ticket.settle(.durable)
            return
        }
        gateway.sidecar.admission.park(admitted, ticket)
    }

    /// Tells the caller where its tightest budget stands.
    func noteBudget(_ call: AdmissionCall, _ edits: inout RequestEdits) {
        guard let text = gateway.sidecar.admission.header(of: call),
            let field = HeaderField(Self.budgetField, text)
        else { return }
        edits.respond.append(field)
    }

    /// - Parameter usage: nil when the call was never sent.
    func endAdmission(_ call: AdmissionCall, _ usage: Usage?) {
        gateway.sidecar.admission.end(
            call, usage: usage, upstream: site.upstream.name, attribution: attribution, at: occurredAt)
    }

    private func refused(_ refusal: AdmissionRefusal) -> Beginning {
        refusedStatus = refusal.status
        gateway.sidecar.counters.refused.add(1, ordering: .relaxed)
        return .refuse(refusal.response(dialect: mediator.dialect.name))
    }

    private func question(isHeld: Bool) -> AdmissionAsk {
        let policy = gateway.sidecar.admission.policy
        let facts = mediator.request
        let candidates = min(max(1, facts.candidates ?? 1), 1024)
        let declared = facts.maximumOutput
        let output = min(max(0, declared ?? policy.outputCap), UpperBound.mostOutput) * candidates
        return AdmissionAsk(
            id: id, attribution: attribution, model: mediator.modelRequested ?? "",
            provider: mediator.provider, occurredAt: occurredAt,
            // What streams through is not read beforehand: the policy's cap stands for it.
            input: isHeld ? UpperBound.input(facts) : policy.outputCap, output: output,
            isDeclared: declared != nil, calls: candidates,
            isFree: mediator.dialect.isFree || (isHeld && facts.bodyBytes == 0), canWait: isHeld)
    }

    private static let budgetField: FieldName = "x-tollbook-budget"
}
