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
        switch admission.admit(question(heldBody)) {
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
        for (name, value) in gateway.sidecar.admission.fields(of: call) {
            guard let name = FieldName(name), let field = HeaderField(name, value) else { continue }
            edits.respond.append(field)
        }
    }

    /// Where holds must cover everything, a call without a maximum is sent with the one that it holds.
    func stateMaximum(_ call: AdmissionCall, _ body: Span<UInt8>, _ edits: inout RequestEdits) {
        let policy = gateway.sidecar.admission.policy
        guard policy.mode == .worst, !self.call.isSigned,
            let splice = mediator.maximumSplice(policy.outputCap, in: body)
        else { return }
        edits.splices.append(BodySplice(splice.offset..<splice.offset, splice.inserted))
        edits.splices.sort { $0.range.lowerBound < $1.range.lowerBound }
        // Taking the other splice back is told in places of the body as it was sent.
        guard var back = withoutSplice else { return }
        let more = splice.inserted.count
        for index in back.splices.indices
        where back.splices[index].range.lowerBound >= splice.offset {
            let range = back.splices[index].range
            back.splices[index].range = range.lowerBound + more..<range.upperBound + more
        }
        withoutSplice = back
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

    private func question(_ body: Span<UInt8>?) -> AdmissionAsk {
        let policy = gateway.sidecar.admission.policy
        let facts = mediator.request
        let isHeld = body != nil
        let candidates = min(max(1, facts.candidates ?? 1), 1024)
        let declared = facts.maximumOutput
        let output = min(max(0, declared ?? policy.outputCap), UpperBound.mostOutput) * candidates
        // What streams through is not read beforehand: the policy's cap stands for it.
        let input = isHeld ? UpperBound.input(facts) : policy.outputCap
        var ask = AdmissionAsk(
            id: id, attribution: attribution, model: mediator.modelRequested ?? "",
            provider: mediator.provider, occurredAt: occurredAt, input: input, output: output,
            isDeclared: declared != nil, calls: candidates, worstInput: input, worstOutput: output,
            worstTools: 0,
            isFree: mediator.dialect.isFree || (isHeld && facts.bodyBytes == 0), canWait: isHeld)
        ask.isAmbiguous = facts.duplicateKeys
        var reach = RequestReach()
        if let body { reach = RequestReach(body) }
        if !isHeld || reach.readsElsewhere || reach.runsTools {
            ask.worstInput = max(input, policy.worstInput)
        }
        // What is too large to be read may ask for tools as well as anything else.
        if reach.runsTools || (!isHeld && call.wantsBody) || RequestReach.searchesByItself(ask.model) {
            ask.worstTools = UpperBound.mostToolCalls
        }
        if declared == nil, mediator.dialect.generates, !statesMaximum(body) {
            ask.worstOutput = max(output, policy.worstOutput * candidates)
        }
        ask.unpriced = site.upstream.unpriced
        return ask
    }

    /// Whether the maximum that is held goes upstream, too.
    private func statesMaximum(_ body: Span<UInt8>?) -> Bool {
        let policy = gateway.sidecar.admission.policy
        guard let body, policy.mode == .worst, !call.isSigned else { return false }
        return mediator.maximumSplice(policy.outputCap, in: body) != nil
    }
}
