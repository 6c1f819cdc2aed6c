// The end of an exchange: what its report, its end and its silence amount to in the record.

import Terms

/// Judges one finished exchange.
struct Verdict {
    private(set) var usage = Usage()
    private let mediator: Mediator
    private let ending: ExchangeEnding
    private let dialect: Dialect
    private let facts: ResponseFacts
    private var report: Snapshot
    private var isStated: Bool
    private let parts: [UsageReport.Part]

    init(_ mediator: Mediator, _ ending: ExchangeEnding) {
        self.mediator = mediator
        self.ending = ending
        dialect = mediator.surface.dialect
        facts = mediator.reader?.facts ?? ResponseFacts()
        report = mediator.reader?.report.merged ?? Snapshot()
        isStated = mediator.reader?.report.isStated ?? false
        parts = mediator.reader?.report.parts ?? []
        identify()
        judgeEnd()
        judgeReport()
        judgeBilling()
        if isStated { count() }
        estimateMissing()
        noteModel()
    }

    // MARK: Who and what

    private mutating func identify() {
        let request = mediator.request
        usage.provider = mediator.surface.provider
        usage.dialect = dialect.name
        usage.dialectVersion = dialect.version
        usage.api = dialect.api
        usage.modelRequested = request.model
        usage.model = facts.model
        usage.responseID = facts.responseID
        usage.providerRequestID = mediator.providerRequestID
        usage.stream = mediator.surface.pathStreams ?? request.stream ?? dialect.request.streamsByDefault
        usage.httpStatus = mediator.status
        usage.finishReason = facts.finishReason.map { reason in
            facts.finishDetail.map { "\(reason):\($0)" } ?? reason
        }
        usage.serviceTier = facts.serviceTier
        usage.providerCostUSD = facts.cost
        usage.rawUsage = mediator.reader?.report.rawText
        for anomaly in mediator.reader?.report.anomalies ?? [] { usage.note(anomaly) }
    }

    private var isStream: Bool {
        switch mediator.reader?.framing {
        case .events, .lines, .array: true
        default: false
        }
    }

    private var succeeded: Bool { (200..<400).contains(mediator.status) }

    private mutating func judgeEnd() {
        if mediator.isUndecodable { usage.note(.undecodableBody) }
        if mediator.reader?.isMalformed == true { usage.note(.malformedJSON) }
        if mediator.reader?.passedLimit == true { usage.note(.tapLimit) }
        let missesEnd = isStream && !facts.sawTerminal && !dialect.stream.terminalIsOptional && succeeded
        usage.completeness =
            switch ending {
            case .refused: .refused
            case .upstreamFailed: .upstreamError
            case .clientGone(let drained): drained ? .clientAbortedDrained : .clientAborted
            case .truncated: .truncated
            case .complete where !succeeded || facts.failed: .upstreamError
            case .complete where mediator.reader?.isCutShort == true || missesEnd: .truncated
            case .complete where facts.isBackground && !isStated: .pending
            case .complete: .complete
            }
        if missesEnd, usage.completeness == .truncated { usage.note(.terminalMissing) }
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
        if report.isAllZero, facts.textBytes > 0 || dialect.totalIsInput {
            if dialect.zeroIsPlaceholder {
                usage.note(.placeholderUsage)
                isStated = false
                return
            }
            if facts.textBytes > 0 { usage.note(.allZeroNonempty) }
        }
        usage.status = .reported
        if !endedWell, isStream, !facts.sawTerminal, !facts.reportIsFinal {
            usage.status = .partial
            usage.note(.terminalMissing)
        }
    }

    private mutating func judgeBilling() {
        switch dialect.billing {
        case .countOnly: usage.notBillable = .countOnly
        case .free: usage.notBillable = .freeEndpoint
        case .replay: usage.notBillable = .replay
        case .billable:
            if ending == .refused {
                usage.notBillable = .refused
            } else if !isStated, mediator.status >= 400 || (mediator.status == 0 && ending == .upstreamFailed)
            {
                usage.notBillable = .providerError
            }
        }
        if dialect.billing == .countOnly {
            isStated = false
            usage.status = .absent
        }
    }

    // MARK: Counting

    private mutating func count() {
        let settled = SettledCounts(report, dialect)
        usage.tokens = headline(report, settled)
        settled.anomalies.forEach { usage.note($0) }
        if settled.derivedReasoning > 0 || settled.inputIsDerived { usage.status = .derived }
        let split = MeterSplit(report, settled, dialect)
        split.anomalies.forEach { usage.note($0) }
        var selectors = commonSelectors()
        selectors.contextTokens = contextTokens(split.readings)
        usage.components = [
            Component(
                model: facts.model ?? usage.modelRequested, readings: split.readings, selectors: selectors)
        ]
    }

    private func commonSelectors() -> Selectors {
        var selectors = Selectors()
        selectors.serviceTierRequested = mediator.request.serviceTier
        selectors.serviceTier = facts.serviceTier
        selectors.speed = facts.speed
        selectors.geo = facts.geo
        return selectors
    }

    private func contextTokens(_ readings: [MeterReading]) -> Int64 {
        readings.reduce(0) { $0 + ($1.meter.isInputTokens ? $1.quantity.whole ?? 0 : 0) }
    }

    // MARK: Assuming

    /// A side that should have been stated and was not is estimated, marked, and bounded.
    private mutating func estimateMissing() {
        guard usage.notBillable == nil, succeeded || mediator.status == 0, ending != .upstreamFailed,
            dialect.generates, usage.completeness != .pending
        else { return }
        let missesInput = usage.tokens.input == nil && !isStated
        let missesOutput = usage.tokens.output == nil && (!isStated || usage.status == .partial)
        guard missesInput || missesOutput else { return }
        var basis = Estimator.Basis()
        let request = mediator.request
        basis.model = facts.model ?? request.model
        basis.inputTextBytes = request.textBytes
        basis.inputBodyBytes = request.bodyBytes
        basis.outputTextBytes = facts.textBytes
        basis.maximumOutput = request.maximumOutput.map { bound in
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(1, request.candidates ?? 1))
            return overflow ? TokenCounts.limit : min(product, TokenCounts.limit)
        }
        guard basis.inputTextBytes > 0 || basis.outputTextBytes > 0 else { return }
        apply(basis, missesInput, missesOutput)
    }

    private mutating func apply(_ basis: Estimator.Basis, _ missesInput: Bool, _ missesOutput: Bool) {
        let estimator = mediator.estimator
        var estimate = Estimate(method: estimator.method, version: estimator.version)
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
            addEstimate(.output, tokens.point)
        }
        usage.estimate = estimate
        usage.status = .estimated
    }

    private mutating func addEstimate(_ meter: Meter, _ count: Int64) {
        guard count > 0 else { return }
        usage.components[0].readings.append(MeterReading(meter, Quantity(count), status: .estimated))
        usage.components[0].readings.sort { $0.meter < $1.meter }
    }

    private mutating func noteModel() {
        if usage.notBillable == nil, succeeded, usage.status != .absent, usage.model == nil,
            usage.modelRequested == nil
        {
            usage.note(.modelMissing)
        }
    }
}
