// One exchange: where relay, mediation and spool meet. It feeds mediation with what the relay sees,
// and at the end makes the record and hands it to the spool; the client gets the end when the record
// is durable.
import Mediation
import Relay
import Spool
import Synchronization
import Terms
import Wire

final class TappedExchange: Exchange {
    unowned let gateway: LoopGateway
    /// What the request's head says.
    let call: CallFacts
    let id: RecordID
    /// The id as it stands in the response's head; also names the operation when nobody else does.
    private let idText: String
    let occurredAt: Instant
    private let startedAt: Int64
    private var attempt = 1
    var mediator: Mediator
    var attribution = Attribution()
    private var timing = UsageRecord.Timing()
    var refusedStatus = 0
    /// The splice that went upstream, as the edits that take it back.
    var withoutSplice: RequestEdits?

    /// What budgets hold for this call; nil where none counts it.
    var admitted: AdmissionCall?

    var site: CallSite { call.site }
    private var caller: Caller? { call.who.caller }
    private var operation: String? { call.operation }

    /// - Parameter instant: when the request came.
    init(gateway: LoopGateway, call: CallFacts, at instant: Instant) {
        self.gateway = gateway
        self.call = call
        occurredAt = instant
        startedAt = Clock.monotonicMicroseconds()
        id = gateway.mintID(at: instant)
        idText = id.text
        mediator = Mediator(
            on: call.site.surface, requestContentType: call.contentType,
            estimator: gateway.sidecar.estimator, scanner: gateway.scanners.popLast())
    }

    func begin(heldBody: Span<UInt8>?) -> Beginning {
        let sidecar = gateway.sidecar
        if let admitted { return resume(admitted, heldBody) }
        sidecar.counters.exchanges.add(1, ordering: .relaxed)
        if let heldBody {
            mediator.requestBody(heldBody)
            mediator.requestEnd()
            timing.requestBytes = Int64(heldBody.count)
        }
        if let problem = call.who.problem { return refuse(400, problem.diagnosis) }
        let isEmpty = if let heldBody { heldBody.isEmpty } else { false }
        if let refusal = resolveAttribution(hasBody: !isEmpty) {
            return refuse(refusal.status, refusal.diagnosis, refusal.fields)
        }
        if let diagnosis = sidecar.refusal {
            return refuse(503, diagnosis, [("retry-after", "2"), ("x-should-retry", "true")])
        }
        if sidecar.admission.isActive, let decided = admit(heldBody) { return decided }
        return forward(heldBody)
    }

    /// Nothing stands against the call.
    func forward(_ heldBody: Span<UInt8>?) -> Beginning {
        if let operation { attempt = gateway.sidecar.operations.nextAttempt(of: operation) }
        noteOpened()
        Failpoint.noteWritten.reach()
        var edits = call.edits
        edits.respond = [HeaderField(Self.recordField, idText)!]
        if let admitted { noteBudget(admitted, &edits) }
        if let heldBody {
            askForUsage(heldBody, &edits)
            if let admitted { stateMaximum(admitted, heldBody, &edits) }
        }
        return .forward(edits)
    }

    /// Puts `stream_options.include_usage` into a body that streams without it.
    private func askForUsage(_ body: Span<UInt8>, _ edits: inout RequestEdits) {
        guard site.upstream.includesUsage, !call.isSigned, let splice = mediator.usageSplice(),
            !gateway.sidecar.refusals.has(upstream: site.upstream.name, model: mediator.request.model ?? "")
        else { return }
        mediator.usageAsked()
        edits.set.removeAll { $0.name == SidecarUpstream.identity.name }
        edits.set.append(SidecarUpstream.identity)
        var back = edits
        let removed = splice.offset..<splice.offset + splice.removed
        let inserted = splice.offset..<splice.offset + splice.inserted.count
        back.splices = [BodySplice(inserted, body.extracting(removed).withUnsafeBufferPointer { Array($0) })]
        withoutSplice = back
        edits.splices = [BodySplice(removed, splice.inserted)]
        edits.mayRetry = true
        gateway.sidecar.counters.spliced.add(1, ordering: .relaxed)
    }

    func retry(_ head: ResponseHead, body: Span<UInt8>) -> RequestEdits? {
        guard let withoutSplice, head.value(of: "content-encoding") ?? "identity" == "identity",
            refusesToReportUsage(status: head.status, body: body)
        else { return nil }
        mediator.usageRefused()
        self.withoutSplice = nil
        gateway.sidecar.refusals.remember(
            upstream: site.upstream.name, model: mediator.request.model ?? "")
        gateway.sidecar.counters.unspliced.add(1, ordering: .relaxed)
        return withoutSplice
    }

    func requestBytes(_ bytes: Span<UInt8>) {
        timing.requestBytes += Int64(bytes.count)
        mediator.requestBody(bytes)
    }

    func responseHead(_ head: ResponseHead) {
        mediator.responseHead(status: head.status) { head.value(of: $0) }
    }

    func responseBytes(_ bytes: Span<UInt8>) -> TapVerdict {
        if timing.firstByteMilliseconds == nil { timing.firstByteMilliseconds = elapsed }
        timing.responseBytes += Int64(bytes.count)
        return mediator.responseBody(bytes)
    }

    func takeKept() -> [UInt8] { mediator.takeKept() }

    func drainLimit() -> DrainLimit? { gateway.sidecar.drain }

    func bodyTooLarge(limit: Int) -> LocalResponse {
        refusedStatus = 413
        return LocalError(
            413,
            Diagnosis(
                code: "relay.body-too-large", problem: "the request body exceeds \(limit) bytes",
                effect: "The call was not sent in full", remedy: "send less, or raise limits.request_body")
        ).response(dialect: mediator.dialect.name)
    }

    func upstreamFailed(_ failure: UpstreamFailure) -> LocalResponse? {
        LocalError(
            failure.status,
            Diagnosis(
                code: "upstream.\(failure.rawValue)",
                problem: "the upstream \(site.upstream.name) gave no response: \(failure.rawValue)",
                effect: "The call was not answered, and is recorded without usage",
                remedy:
                    "try again; if it stays, check upstreams.\(site.upstream.name).url and `tollbook doctor`")
        ).response(dialect: mediator.dialect.name)
    }

    func responseEnd(_ ending: RelayEnding, ticket: Ticket) {
        let sidecar = gateway.sidecar
        Failpoint.responseEnded.reach()
        timing.totalMilliseconds = elapsed
        if attempt > 1, let operation {
            mediator.refusedCacheRead = sidecar.refusedReads.cacheRead(
                of: operation, tenant: attribution.tenant)
        }
        var usage = mediator.finish(Self.mediated(ending))
        sidecar.refusedReads.remember(usage, of: operation, tenant: attribution.tenant)
        gateway.keep(mediator.takeScanner())
        if ending == .refused { usage.httpStatus = refusedStatus }
        if let lesson = mediator.lesson(of: usage) { sidecar.ratios.note(lesson) }
        if let admitted { endAdmission(admitted, ending == .refused ? nil : usage) }
        let record = record(consume usage)
        do {
            try sidecar.spool.append(
                record, token: ticket.token, completion: sidecar.strict ? gateway.completion : nil)
            Failpoint.recordQueued.reach()
            if !sidecar.strict { ticket.settle(.durable) }
        } catch {
            // What cannot be recorded is not completed, unless the operator chose otherwise.
            if sidecar.policy == .pass { sidecar.counters.unrecorded.add(1, ordering: .relaxed) }
            ticket.settle(sidecar.policy == .pass ? .durable : .failed)
        }
    }

    /// Records a call that the relay itself refused before there was a plan for it.
    func recordRefusal(status: Int) {
        guard call.who.problem == nil, resolveAttribution(hasBody: false) == nil else { return }
        var usage = mediator.finish(.refused)
        usage.httpStatus = status
        try? gateway.sidecar.spool.append(record(usage), token: 0, completion: nil)
    }

    private func record(_ usage: consuming Usage) -> UsageRecord {
        UsageRecord(
            id: id, operationID: operation ?? idText, attempt: attempt, instance: "", sequence: 0,
            occurredAt: occurredAt, upstream: site.upstream.name, attribution: attribution, usage: usage,
            timing: timing, settlement: mediator.settlement)
    }

    /// - Returns: why the call is refused; what is known of the caller by then is in the record.
    private func resolveAttribution(hasBody: Bool) -> AccessRefusal? {
        if let refusal = caller?.refusal {
            attribution.keyID = call.who.keyID
            return refusal
        }
        let hints = mediator.hints
        if hints.isEmpty, let known = call.attribution {
            attribution = known
        } else if let refusal = gateway.attribute(
            &attribution, to: call.who, hints: hints, trusted: call.trusted)
        {
            return refusal
        } else if hints.isEmpty {
            call.attribution = attribution
        }
        return caller?.restriction(
            upstream: site.upstream.name, models: mediator.modelsNamed,
            duplicates: mediator.request.duplicateKeys, hasBody: hasBody)
    }

    private func noteOpened() {
        var note = OpenedNote(
            id: id, operationID: operation ?? idText, attempt: attempt, occurredAt: occurredAt,
            upstream: site.upstream.name, attribution: attribution, provider: mediator.provider,
            dialect: mediator.dialect.name, api: mediator.dialect.api,
            modelRequested: mediator.modelRequested, stream: mediator.asksForStream ?? false)
        note.bound(by: mediator.openBounds)
        gateway.sidecar.spool.noteOpened(note)
    }

    private func refuse(
        _ status: Int, _ diagnosis: Diagnosis, _ fields: [(name: String, value: String)] = []
    ) -> Beginning {
        refusedStatus = status
        gateway.sidecar.counters.refused.add(1, ordering: .relaxed)
        gateway.sidecar.refusedCodes.count(diagnosis.code)
        var error = LocalError(status, diagnosis)
        error.fields = fields
        return .refuse(error.response(dialect: mediator.dialect.name))
    }

    /// Milliseconds since the request came.
    private var elapsed: Int64 { (Clock.monotonicMicroseconds() - startedAt) / 1000 }

    private static func mediated(_ ending: RelayEnding) -> ExchangeEnding {
        switch ending {
        case .complete, .settled: .complete
        case .truncated: .truncated
        case .clientGone(let drained): .clientGone(drained: drained)
        case .upstreamFailed: .upstreamFailed
        case .refused: .refused
        }
    }

    private static let recordField: FieldName = "x-tollbook-record"
}

extension OpenedNote {
    fileprivate mutating func bound(by bounds: OpenBounds) {
        upperInput = bounds.input
        upperOutput = bounds.output
        serviceTier = bounds.serviceTier
        notBillable = bounds.notBillable
    }
}

extension AttributionClaim {
    /// What a body says, in the limits of a record.
    init(_ hints: [AttributionHint]) {
        self.init()
        for hint in hints {
            switch hint.kind {
            case .tenant: tenant = tenant ?? AttributionRules.name(hint.value)
            case .user: user = user ?? AttributionRules.name(hint.value)
            case .label(let key):
                guard let key = AttributionRules.name(key, limit: AttributionRules.labelKeyLimit),
                    let value = AttributionRules.name(hint.value)
                else { continue }
                labels.append(Label(key: key, value: value))
            }
        }
    }
}
