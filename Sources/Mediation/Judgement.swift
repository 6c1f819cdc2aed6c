// The end of an exchange: what its report, its end and its silence amount to in the record.

import Terms

/// Judges one finished exchange. Not copyable: it holds all that was read of the response.
struct Judgement: ~Copyable {
    /// What was seen of the exchange beside its response's body.
    struct Seen: ~Copyable {
        let surface: Surface
        let request: RequestFacts
        let status: Int
        let providerRequestID: String?
        let isUndecodable: Bool
        let estimator: Estimator
        /// Cache reads of the refused attempt whose credit this exchange redeems.
        let refusedCacheRead: Int64?
    }

    var usage = Usage()
    let seen: Seen
    private let framing: ResponseReader.Framing?
    /// What was read of the response; of nothing where none came.
    let core: EventReader
    private let ending: ExchangeEnding
    let dialect: Dialect
    private var report: Snapshot
    private var isStated: Bool
    /// A side of the report was impossible (negative), so none of it is believed.
    private let isRejected: Bool

    /// - Parameter core: what was read of the response; of nothing where none came.
    init(
        _ seen: consuming Seen, _ core: EventReader, _ framing: ResponseReader.Framing?,
        _ ending: ExchangeEnding
    ) {
        // No field may be chosen by an expression that reads another one (`x ?? F(self.y)`): of a type that
        // is not copyable the compiler (6.3) then releases what stood in its memory before. The fuzzer's
        // target `exchange` dies of it.
        dialect = seen.surface.dialect
        self.seen = seen
        self.core = core
        self.framing = framing
        self.ending = ending
        report = core.report.merged
        isRejected = core.report.isRejected
        isStated = core.report.isStated && !isRejected
        identify()
        if dialect.traits.countsWhenDone, goesOn || core.facts.failed { isStated = false }
        judgeEnd()
        judgeReport()
        judgeBilling()
        if isStated { count() } else if isRejected { reject() } else { countWithoutReport() }
        if !self.seen.request.variant.isEmpty { nameVariants() }
        estimateMissing()
        noteModel()
    }

    /// What the exchange used.
    consuming func verdict() -> Usage {
        // Moved, not copied: it holds a dozen texts.
        var verdict = Usage()
        swap(&verdict, &usage)
        return verdict
    }

    // MARK: Who and what

    private mutating func identify() {
        usage.provider = seen.surface.provider
        usage.dialect = dialect.name
        usage.dialectVersion = dialect.version
        usage.api = dialect.api
        usage.modelRequested = seen.request.model
        usage.model = core.facts.model
        // An id in an error names the error, not a response.
        usage.responseID = seen.status >= 400 ? nil : core.facts.responseID
        usage.providerRequestID = seen.providerRequestID ?? core.facts.requestID
        usage.stream = seen.surface.pathStreams ?? seen.request.stream ?? dialect.request.streamsByDefault
        usage.httpStatus = seen.status
        usage.finishReason = core.facts.finishReason.map { reason in
            core.facts.finishDetail.map { "\(reason):\($0)" } ?? reason
        }
        usage.serviceTier = core.facts.serviceTier
        usage.providerCostUSD = core.facts.cost
        usage.rawUsage = core.report.rawText
        for anomaly in core.report.anomalies { usage.note(anomaly) }
    }

    private var isStream: Bool {
        switch framing {
        case .events, .lines, .array, .messages: true
        default: false
        }
    }

    var succeeded: Bool { (200..<400).contains(seen.status) }

    private mutating func judgeEnd() {
        if seen.isUndecodable { usage.note(.undecodableBody) }
        if core.isMalformed { usage.note(.malformedJSON) }
        if core.passedLimit { usage.note(.tapLimit) }
        // Many servers leave the closing event out; without any sign of an end the stream was cut.
        let showsEnd = core.facts.sawTerminal || core.facts.reportIsFinal || core.facts.finishReason != nil
        let missesEnd =
            isStream && succeeded && !dialect.stream.endsWithBody
            && !(dialect.stream.terminalIsOptional ? showsEnd : core.facts.sawTerminal)
        usage.completeness =
            switch ending {
            case .refused: .refused
            case .upstreamFailed: .upstreamError
            case .clientGone(let drained): drained ? .clientAbortedDrained : .clientAborted
            case .truncated: .truncated
            case .complete where !succeeded || core.facts.failed: .upstreamError
            case .complete where core.isCutShort || missesEnd: .truncated
            case .complete where goesOn && !isStated: .pending
            case .complete: .complete
            }
        if missesEnd, usage.completeness == .truncated { usage.note(.terminalMissing) }
    }

    /// The work goes on after the response.
    private var goesOn: Bool {
        // Accepted, and answered at another address later.
        core.facts.isBackground || seen.status == 202 && dialect.generates
            || core.facts.finishReason.map { dialect.traits.pendingStates.contains($0) } ?? false
    }

    private var endedWell: Bool {
        switch usage.completeness {
        case .complete, .clientAbortedDrained: true
        default: false
        }
    }

    // MARK: What was stated

    private mutating func judgeReport() {
        if let provisional = report[.provisionalOutput], report[.output] == nil {
            // Real only when the stream ended properly without ever correcting it.
            if endedWell { report[.output] = provisional }
        }
        guard isStated else { return }
        if dialect.traits.guesses || dialect.isPlaceholder(report) {
            usage.note(.placeholderUsage)
            isStated = false
            return
        }
        if report.isAllZero, core.facts.textBytes > 0 || dialect.totalIsInput {
            if dialect.zeroIsPlaceholder {
                usage.note(.placeholderUsage)
                isStated = false
                return
            }
            if core.facts.textBytes > 0 { usage.note(.allZeroNonempty) }
        }
        usage.status = .reported
        if !endedWell, isStream, !core.facts.sawTerminal || core.facts.failed, !core.facts.reportIsFinal {
            usage.status = .partial
            if !core.facts.failed { usage.note(.terminalMissing) }
        }
    }

    private mutating func judgeBilling() {
        switch dialect.billing {
        case .countOnly: usage.notBillable = .countOnly
        case .free: usage.notBillable = .freeEndpoint
        case .replay where !core.facts.isBackground: usage.notBillable = .replay
        case .billable, .once, .replay:
            if ending == .refused {
                usage.notBillable = .refused
            } else if seen.request.isPaidElsewhere {
                usage.notBillable = .externalPayer
            } else if !isStated, seen.status >= 400 || (seen.status == 0 && ending == .upstreamFailed) {
                usage.notBillable = .providerError
            } else if !isStated, core.facts.failed, core.facts.textBytes == 0 {
                // An error told with status 200, before anything was generated.
                usage.notBillable = .providerError
            } else if !isStated, succeeded, endedWell || usage.completeness == .pending {
                usage.notBillable = looksOnly
            }
        }
        if dialect.billing == .countOnly {
            isStated = false
            usage.status = .absent
        }
    }

    /// Looking at work that is not done yet, or at a file that holds no results, costs nothing.
    private var looksOnly: NotBillableReason? {
        switch dialect.billing {
        case .once, .replay: .replay
        case .billable where dialect.traits.isBatch: .freeEndpoint
        default: nil
        }
    }

    // MARK: Counting

    private mutating func count() {
        let settled = SettledCounts(report, dialect)
        usage.tokens = headline(report, settled)
        guard !countParts() else { return }
        for anomaly in settled.anomalies { usage.note(anomaly) }
        if settled.isDerived { usage.status = .derived }
        let billed = core.report.billed.counts
        let isBilledApart = !billed.isEmpty
        let built = ComponentBuilder(
            report: isBilledApart ? billed : report,
            settled: isBilledApart ? SettledCounts(billed, dialect) : settled,
            parts: core.report.parts, units: core.report.units,
            dialect: dialect, core: core, model: soldModel,
            selectors: commonSelectors())
        usage.components = built.components
        for anomaly in built.anomalies { usage.note(anomaly) }
        redeemCredit()
    }

    func commonSelectors() -> Selectors {
        var selectors = Selectors()
        selectors.serviceTierRequested = seen.request.serviceTier
        selectors.serviceTier = core.facts.serviceTier
        selectors.speed = core.facts.speed
        selectors.geo = core.facts.geo ?? seen.surface.place.geo
        selectors.region = seen.surface.place.region
        return selectors
    }

    /// A report with an impossible count is not believed: what it states of parts is kept, both sides
    /// are assumed.
    private mutating func reject() {
        usage.tokens.reasoning = report[.reasoning]
        guard let reasoning = report[.reasoning], reasoning > 0 else { return }
        usage.components = [
            Component(
                model: core.facts.model ?? usage.modelRequested,
                readings: [MeterReading(.reasoning, Quantity(reasoning))], selectors: commonSelectors())
        ]
    }

    // MARK: Assuming

    /// A side that should have been stated and was not is estimated, marked, and bounded.
    private mutating func estimateMissing() {
        guard usage.notBillable == nil, succeeded || seen.status == 0, ending != .upstreamFailed,
            dialect.generates || dialect.totalIsInput, usage.completeness != .pending,
            dialect.billing == .billable
        else { return }
        let isUndivided = usage.tokens.input == nil && usage.tokens.output == nil
        let isNull = usage.tokens.output == nil && core.report.outputIsNull
        if isNull, core.facts.textBytes > 0 { usage.note(.nullCompletion) }
        let missesInput = usage.tokens.input == nil && (!isStated || isUndivided && report[.total] ?? 0 > 0)
        let missesOutput =
            dialect.generates && usage.tokens.output == nil
            && (!isStated || usage.status == .partial || isNull || missesInput)
        guard missesInput || missesOutput else { return }
        var basis = Estimator.Basis()
        basis.provider = usage.provider
        basis.model = core.facts.model ?? seen.request.model
        basis.inputTextBytes = seen.request.textBytes
        basis.inputBodyBytes = seen.request.bodyBytes
        basis.outputTextBytes = core.facts.textBytes
        basis.maximumOutput = seen.request.declaredOutput
        let saidNothing = !isRejected && !usage.anomalies.contains(.placeholderUsage)
        if saidNothing, basis.inputTextBytes == 0, basis.outputTextBytes == 0 { return }
        apply(basis, missesInput, missesOutput)
    }

    private mutating func apply(_ basis: Estimator.Basis, _ missesInput: Bool, _ missesOutput: Bool) {
        let estimator = seen.estimator
        let method = estimator.method(basis)
        var estimate = Estimate(method: method.name, version: method.version)
        if usage.components.isEmpty {
            usage.components = [Component(model: basis.model, readings: [], selectors: commonSelectors())]
        }
        if missesInput {
            let tokens = estimator.input(basis)
            estimate.inputTokens = tokens.point
            estimate.upperInputTokens = tokens.upper
            addEstimate(.freshInput, tokens.point)
        }
        if missesOutput {
            let tokens = estimator.output(basis)
            estimate.outputTokens = tokens.point
            estimate.upperOutputTokens = tokens.upper
            addEstimate(.output, tokens.point - statedOutput)
        }
        usage.estimate = estimate
        usage.status = .estimated
    }

    /// Output tokens that a part of the report did state.
    private var statedOutput: Int64 {
        usage.components[0].readings.reduce(0) { sum, reading in
            sum + (reading.meter.isOutputTokens ? reading.quantity.whole ?? 0 : 0)
        }
    }

    private mutating func addEstimate(_ meter: Meter, _ count: Int64) {
        guard count > 0 else { return }
        usage.components[0].readings.append(MeterReading(meter, Quantity(count), status: .estimated))
        usage.components[0].readings.sort { $0.meter < $1.meter }
    }

    private mutating func noteModel() {
        if usage.notBillable == nil, succeeded, usage.status != .absent, usage.model == nil,
            usage.modelRequested == nil, usage.components.allSatisfy({ $0.model == nil })
        {
            usage.note(.modelMissing)
        }
    }
}
