// The roles that few surfaces have: other units, what is charged for, facts that choose a meter.

import Terms
import Wire

extension EventReader {
    func takeOther(_ capture: JSONCapture) {
        let bytes = scanner.bytes(of: capture)
        let field = dialect.fields[capture.slot]
        switch field.role {
        case .sumCell(let cell): report.stateLoose(cell, field.path, bytes, capture.kind, adds: true)
        case .billedCell(let cell): report.stateBilled(cell, bytes, capture.kind)
        case .wholeInput: if capture.kind == .object { report.inputIsWhole = true }
        case .unit(let meter): report.stateUnit(meter, bytes, capture.kind)
        case .partUnit(let meter): report.statePartUnit(meter, bytes, capture.kind)
        case .soldModel: facts.soldModel = name(capture) ?? facts.soldModel
        case .upstreamCost: facts.upstreamCost = moneyText(bytes, capture.kind)?.plain ?? facts.upstreamCost
        case .ownAccount: facts.isOwnAccount = capture.kind == .bool && bytes.first == UInt8(ascii: "t")
        case .duration: facts.duration = report.quantity(bytes, capture.kind) ?? facts.duration
        case .videoSize: facts.videoSize = Meter.describing(name(capture)) ?? facts.videoSize
        case .annotation: if capture.kind != .null { facts.isAnnotated = true }
        case .credit: if name(capture) == "redeemed" { facts.creditIsRedeemed = true }
        case .errorCode: if capture.kind == .number, !bytes.elementsEqual("0".utf8) { facts.failed = true }
        case .container:
            guard let session = name(capture), !facts.containers.contains(session),
                facts.containers.count < limits.parts
            else { return }
            facts.containers.append(session)
        default: break
        }
    }

    /// True when the part is a report by itself.
    func endPart(_ kind: PartKind, _ capture: JSONCapture) -> Bool {
        guard kind == .batchResult else {
            report.endPart(kind)
            guard kind == .svgAuthor || kind == .response || kind == .transcription else { return false }
            keepPart(capture)
            return true
        }
        flushResult()
        let part = report.takePart()
        guard !part.cells.isEmpty else { return false }
        pendingResult = part
        report.isStated = true
        keepPart(capture)
        return true
    }

    /// An item of the answer that may be a call of a hosted tool.
    func countHostedCall(_ word: String?, in calls: inout [Int]) {
        guard let tool = dialect.traits.hostedTools.firstIndex(where: { $0.word == word }) else { return }
        if calls.isEmpty { calls = Array(repeating: 0, count: dialect.traits.hostedTools.count) }
        calls[tool] += 1
    }

    /// The last event of a stream repeats what earlier ones listed: the most that one lists counts.
    func takeHostedCalls(_ calls: [Int]) {
        let before = facts.hostedCalls
        facts.hostedCalls = before.isEmpty ? calls : zip(before, calls).map { max($0, $1) }
    }

    /// A result's model may stand behind its report.
    func takePartModel(_ capture: JSONCapture) {
        let model = name(capture)
        if pendingResult != nil, pendingResult?.model == nil {
            pendingResult?.model = model
        } else {
            report.partIs(model: model)
        }
    }

    /// The result that was read last is whole.
    func flushResult() {
        // Asked first, because taking it out copies the place for it even where there is none.
        guard pendingResult != nil, let result = pendingResult else { return }
        pendingResult = nil
        let fits = batch.add(result, tier: facts.serviceTier, dialect, limit: limits.parts)
        if !fits { report.note(.tapLimit) }
    }

    private func keepPart(_ capture: JSONCapture) {
        guard capture.kind == .object else { return }
        let bytes = Array(scanner.bytes(of: capture))
        report.keepRaw(
            UsageReport.Raw(label: dialect.fields[capture.slot].label, isSide: false, bytes: bytes),
            replacing: false)
    }
}
