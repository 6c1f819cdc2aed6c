// The events of one response: what the scanner found in each, and what that means for the facts, the
// report and the bytes that are on their way to the client.

import Terms
import Wire

/// Reads the documents or events of one response. An object, because its state is large.
final class EventReader {
    var facts = ResponseFacts()
    var report: UsageReport
    /// The results of a batch, where the response holds such.
    var batch = BatchResults()
    var pendingResult: UsageReport.Part?
    /// Counts in the response's headers.
    var headerCounts: [(name: String, cell: Cell, value: Int64)] = []
    /// The last document or event was cut short or is no JSON.
    private(set) var isMalformed = false
    private(set) var isCutShort = false
    private(set) var passedLimit = false
    /// Bytes of the body before the current piece.
    var position = 0
    var withholding: Withholding

    let dialect: Dialect
    let limits: MediationLimits
    let scanner: JSONScanner

    /// - Parameter scanner: one that is no longer needed, whose memory is used again.
    init(_ dialect: Dialect, withholds: Bool, limits: MediationLimits, scanner: JSONScanner? = nil) {
        self.dialect = dialect
        self.limits = limits
        report = UsageReport(limits: limits)
        scanner?.begin(dialect.selection, limits: limits.response)
        self.scanner = scanner ?? JSONScanner(dialect.selection, limits: limits.response)
        withholding = Withholding(isOn: withholds, limit: limits.kept)
    }

    // MARK: Bytes

    func readDocument(_ bytes: borrowing Span<UInt8>) {
        var at = scanner.feed(bytes, from: 0, to: bytes.count)
        guard scanner.status == .complete else { return }
        while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
        if at < bytes.count { isMalformed = true }
    }

    func readStream(
        _ bytes: borrowing Span<UInt8>, _ framer: inout some StreamFramer & ~Copyable,
        _ verdict: inout TapVerdict
    ) {
        framer.beginPiece(at: position)
        if facts.sawTerminal { verdict.holdFrom = 0 }
        withholding.beginPiece(bytes, &verdict)
        var cursor = 0
        while true {
            switch framer.advance(bytes, &cursor, scanner) {
            case .payload:
                let isTerminal = takePayload(framer.payload)
                if isTerminal, verdict.holdFrom == nil {
                    verdict.holdFrom = max(framer.eventStart - position, 0)
                }
                if withholding.isOn {
                    let isUsageOnly = framer.payload == .json && hasOnlyUsage
                    withholding.judge(isUsageOnly: isUsageOnly)
                }
            case .end:
                if framer.signalsFailure { facts.failed = true }
                if framer.isBroken {
                    takeBroken(framer.payload)
                    withholding.judge(isUsageOnly: false)
                }
                withholding.endEvent(from: framer.eventStart - position, to: cursor, bytes, &verdict)
                scanner.reset()
            case .more:
                guard withholding.isOn else { return }
                let isCandidate = isCandidate(framer.payload)
                withholding.endPiece(
                    from: framer.eventStart - position, bytes, isCandidate: isCandidate, &verdict)
                return
            }
        }
    }

    func finishDocument() {
        scanner.finish()
        if scanner.status == .malformed { isMalformed = true }
        if scanner.status == .incomplete { isCutShort = true }
        takeCaptures()
        if scanner.status == .complete { facts.sawTerminal = true }
        scanner.reset()
    }

    func finishStream(_ framer: inout some StreamFramer & ~Copyable) {
        guard framer.finish(scanner), framer.isBroken else { return }
        if scanner.status == .incomplete { isCutShort = true } else { isMalformed = true }
        takeCaptures()
        scanner.reset()
    }

    // MARK: Payloads

    /// A whole JSON value or an end marker. True when it ends the stream.
    private func takePayload(_ payload: FramePayload) -> Bool {
        if payload == .json { takeCaptures() }
        guard !facts.sawTerminal else { return true }
        if payload == .done { facts.sawTerminal = true }
        return facts.sawTerminal
    }

    /// An event whose JSON never became whole: what was stated before the break still counts.
    private func takeBroken(_ payload: FramePayload) {
        guard payload == .json else { return }
        isMalformed = true
        if scanner.status != .complete { takeCaptures() }
    }

    private func takeCaptures() {
        facts.textBytes += scanner.counter(Role.textCounter)
        facts.choices += scanner.counter(Role.choiceCounter)
        facts.searches = max(facts.searches, scanner.counter(Role.searchCounter))
        if scanner.counter(Role.mapsCounter) > 0 { facts.isGroundedInMaps = true }
        if scanner.passedLimit { passedLimit = true }
        guard !scanner.captures.isEmpty else { return }
        report.begin()
        var event = EventNotes()
        for capture in scanner.captures {
            if case .eventType = dialect.roles[capture.slot] {
                event.type = scanner.string(of: capture)
            }
        }
        if let type = event.type, dialect.stream.ignoredTypes.contains(type) {
            for capture in scanner.captures { takeName(capture, isProvisional: true) }
            return
        }
        for capture in scanner.captures { take(capture, &event) }
        if !event.hostedCalls.isEmpty { takeHostedCalls(event.hostedCalls) }
        endEvent(event)
    }

    private struct EventNotes {
        var type: String?
        var statedUsage = false
        var statedReason = false
        var isDone = false
        /// In the order of the dialect's table of hosted tools.
        var hostedCalls: [Int] = []
    }

    private func take(_ capture: JSONCapture, _ event: inout EventNotes) {
        let bytes = scanner.bytes(of: capture)
        switch dialect.roles[capture.slot] {
        case .cell(let cell): report.state(cell, bytes, capture.kind)
        case .looseCell(let cell):
            report.stateLoose(cell, dialect.fields[capture.slot].path, bytes, capture.kind)
            event.statedUsage = true
        case .partCell(let cell): report.statePart(cell, bytes, capture.kind)
        case .partType: report.partIs(type: scalar(capture))
        case .partModel: takePartModel(capture)
        case .part(let kind): if endPart(kind, capture) { event.statedUsage = true }
        case .usage:
            report.endObject(
                label: dialect.fields[capture.slot].label, isSide: false, merge: dialect.merge,
                presenceStates: dialect.presenceStates,
                bytes: bytes, kind: capture.kind)
            if capture.kind == .object { event.statedUsage = true }
        case .side:
            report.endObject(
                label: dialect.fields[capture.slot].label, isSide: true, merge: dialect.merge, bytes: bytes,
                kind: capture.kind)
        case .finishReason:
            // Some servers spell "none yet" as a word.
            if let reason = scalar(capture), reason != "null" {
                facts.finishReason = reason
                event.statedReason = true
            }
        case .blockReason: event.statedReason = capture.kind != .null
        case .doneFlag: event.isDone = capture.kind == .bool && bytes.first == UInt8(ascii: "t")
        case .outputItem: countHostedCall(scalar(capture), in: &event.hostedCalls)
        case .looseUnit(let meter):
            report.stateUnit(meter, bytes, capture.kind)
            event.statedUsage = true
        case .background: facts.isBackground = capture.kind == .bool && bytes.first == UInt8(ascii: "t")
        case .error: if capture.kind != .null { facts.failed = true }
        case .cost: if let money = moneyText(bytes, capture.kind) { facts.cost = money.plain }
        case .costTicks:
            if let ticks = moneyText(bytes, capture.kind)?.fixed(places: 0) {
                facts.cost = DecimalText.plain(ticks, places: 10)
            }
        case .fill:
            if capture.kind == .object { report.endFill(label: dialect.fields[capture.slot].label, bytes) }
            event.isDone = true
        case .eventType, .text, .choice, .stranger, .search, .mapsChunk, .known: break
        default: takeName(capture, isProvisional: false)
        }
    }

    /// Names stated while the answer is still being made give way to those of the finished one.
    private func takeName(_ capture: JSONCapture, isProvisional: Bool) {
        let replaces = !isProvisional && !dialect.stream.ignoredTypes.isEmpty
        switch dialect.roles[capture.slot] {
        case .model: if facts.model == nil || replaces { facts.model = name(capture) ?? facts.model }
        case .responseID:
            // The first one stated counts, also when it is empty: that is what the provider said.
            if facts.responseID == nil || replaces, capture.arena.count <= limits.name {
                facts.responseID = dialect.traits.emptyIDIsNone ? name(capture) : scanner.string(of: capture)
            }
        case .requestID: facts.requestID = name(capture) ?? facts.requestID
        case .cacheKind: facts.cacheKind = name(capture)
        case .searchContext: facts.searchContext = name(capture)
        case .toolModel: facts.toolModel = name(capture) ?? facts.toolModel
        case .serviceTier: facts.serviceTier = name(capture) ?? facts.serviceTier
        case .speed: facts.speed = name(capture) ?? facts.speed
        case .geo: facts.geo = name(capture) ?? facts.geo
        case .finishDetail: facts.finishDetail = name(capture) ?? facts.finishDetail
        default: if !isProvisional { takeOther(capture) }
        }
    }

    private func endEvent(_ event: EventNotes) {
        report.endLoose(merge: dialect.merge)
        report.endLooseUnits()
        flushResult()
        if let type = event.type, dialect.stream.failureTypes.contains(type) { facts.failed = true }
        let isAboutTheWhole = dialect.hasChoices && scanner.counter(Role.choiceCounter) == 0
        if event.statedUsage, event.statedReason || isAboutTheWhole || dialect.stream.reportsAreFinal {
            facts.reportIsFinal = true
        }
        switch dialect.stream.terminal {
        case .marker: break
        case .types(let types): if let type = event.type, types.contains(type) { facts.sawTerminal = true }
        case .flag: if event.isDone { facts.sawTerminal = true }
        case .finishReason: if event.statedReason { facts.sawTerminal = true }
        case .report: if event.statedUsage { facts.sawTerminal = true }
        }
    }

    /// A name of bounded length, nil when it is empty or no string.
    func name(_ capture: JSONCapture) -> String? {
        guard capture.kind == .string, capture.arena.count <= limits.name else { return nil }
        let text = scanner.string(of: capture)
        return text?.isEmpty == true ? nil : text
    }

    /// A string, or the text of a number (enumerations are numbers in some encodings).
    private func scalar(_ capture: JSONCapture) -> String? {
        if capture.kind == .number { return String(decoding: scanner.bytes(of: capture), as: UTF8.self) }
        return name(capture)
    }

    // MARK: The event that exists because we asked

    /// The event carries the usage report and nothing else.
    private var hasOnlyUsage: Bool {
        dialect.hasChoices && scanner.status == .complete && scanner.counter(Role.choiceCounter) == 0
            && scanner.counter(Role.strangerCounter) == 0
            && scanner.captures.contains { capture in
                guard case .usage = dialect.roles[capture.slot] else { return false }
                return capture.kind == .object && dialect.fields[capture.slot].label == nil
            }
            && !facts.failed
    }

    /// Whether an unfinished event may still turn out to be the one.
    private func isCandidate(_ payload: FramePayload) -> Bool {
        switch payload {
        case .none: true
        case .json:
            scanner.status != .malformed && scanner.counter(Role.choiceCounter) == 0
                && scanner.counter(Role.strangerCounter) == 0
        case .done, .other: false
        }
    }
}
