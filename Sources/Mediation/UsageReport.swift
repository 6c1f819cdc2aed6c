// Collects the reports of one response and makes one of them, as the dialect says. A report is a
// usage object; a stream may hold many, mostly running totals.

import Terms
import Wire

/// What one exchange reported.
struct UsageReport: ~Copyable {
    /// A part that is billed by itself.
    struct Part: Sendable {
        var kind: PartKind
        var type: String?
        var model: String?
        var cells: Snapshot
        var units: [Unit] = []
    }

    /// A usage object's bytes, and which of the surface's objects it is.
    struct Raw: Sendable {
        var label: String?
        var isSide: Bool
        var bytes: [UInt8]
    }

    var merged = Snapshot()
    /// Token counts were stated.
    var isStated = false
    var parts: [Part] = []
    /// What was stated in other units than tokens.
    var units: [Unit] = []
    /// Counts of what is charged for, where they are others than those of what the model saw.
    var billed = RareSnapshot()
    private(set) var raw: [Raw] = []
    private(set) var anomalies: [Anomaly] = []
    /// A side was stated as a negative number.
    private(set) var isRejected = false
    /// The output was stated as null.
    private(set) var outputIsNull = false

    /// The object being read.
    var current = Snapshot()
    var currentParts: [Part] = []
    var currentUnits: [Unit] = []
    var currentBilled = RareSnapshot()
    /// The object's input holds what was cached.
    var inputIsWhole = false
    /// Loose counts, and their text as the members of an object.
    private var looseCounts = RareSnapshot()
    private var loose: [UInt8] = []
    var part = RareSnapshot()
    var partUnits: [Unit] = []
    var partType: String?
    var partModel: String?
    private var lastLabel: String??
    let limits: MediationLimits

    init(limits: MediationLimits) { self.limits = limits }

    mutating func note(_ anomaly: Anomaly) {
        if !anomalies.contains(anomaly) { anomalies.append(anomaly) }
    }

    // MARK: Reading an object

    /// A document or event begins: an object that an earlier one broke off leaves nothing behind.
    mutating func begin() {
        current = Snapshot()
        part.clear()
        partType = nil
        partModel = nil
        currentParts.removeAll(keepingCapacity: true)
        if !currentUnits.isEmpty { currentUnits.removeAll(keepingCapacity: true) }
        guard !loose.isEmpty else { return }
        loose.removeAll(keepingCapacity: true)
        looseCounts.clear()
    }

    /// A count of the current object. The first spelling that states one counts.
    mutating func state(_ cell: Cell, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        if cell == .output, kind == .null { outputIsNull = true }
        guard let value = usable(bytes, kind) else {
            let isSide = Self.sides.contains(cell)
            if isSide, case .refused(.negativeCount) = Count(bytes, kind) { isRejected = true }
            return
        }
        if current[cell] == nil || current[cell] == 0 { current[cell] = value }
    }

    private static let sides: [Cell] = [.input, .uncachedInput, .output, .provisionalOutput]

    mutating func statePart(_ cell: Cell, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        guard let value = usable(bytes, kind) else { return }
        part[cell] = value
    }

    /// A count outside any usage object: its name and text are what is kept of it.
    mutating func stateLoose(
        _ cell: Cell, _ name: String, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind,
        adds: Bool = false
    ) {
        let before = adds ? looseCounts[cell] : nil
        if adds { looseCounts[cell] = nil }
        let outside = current
        current = looseCounts.counts
        state(cell, bytes, kind)
        looseCounts.counts = current
        current = outside
        if let before { looseCounts[cell] = before + (looseCounts[cell] ?? 0) }
        guard kind == .number || kind == .string else { return }
        loose.append(loose.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        loose.append(contentsOf: "\"\(name)\":".utf8)
        loose.append(contentsOf: bytes)
    }

    /// The document around loose counts ended.
    mutating func endLoose(merge: Merge) {
        guard !loose.isEmpty else { return }
        loose.append(UInt8(ascii: "}"))
        let bytes = loose
        loose.removeAll(keepingCapacity: true)
        current = looseCounts.counts
        looseCounts.clear()
        endObject(label: nil, isSide: false, merge: merge, bytes: bytes[...], kind: .object)
    }

    mutating func partIs(type: String?) { partType = type }
    mutating func partIs(model: String?) { partModel = model }

    mutating func usable(_ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) -> Int64? {
        switch Count(bytes, kind) {
        case .value(let value): return value
        case .unusual(let value, let anomaly):
            note(anomaly)
            return value
        case .refused(let anomaly):
            note(anomaly)
            return nil
        case .absent: return nil
        }
    }

    /// The element of a list ended.
    mutating func endPart(_ kind: PartKind) {
        defer { clearPart() }
        switch kind {
        case .iteration, .breakdown, .imageTool:
            guard currentParts.count < limits.parts else { return note(.tapLimit) }
            currentParts.append(Part(kind: kind, type: partType, model: partModel, cells: part.counts))
        case .svgAuthor, .response, .transcription: addDirectly(kind)
        case .guardrail: addGuardrail()
        case .cacheLifetime: addLifetime()
        case .toolCalls: addToolCalls()
        case .batchResult: break
        case .promptModality: addModality(audio: .audioInput, image: .imageInput, .videoInput, .documentInput)
        case .cacheModality: addModality(audio: .audioCacheRead, image: .imageCacheRead, nil, nil)
        case .outputModality: addModality(audio: .audioOutput, image: .imageOutput, nil, nil)
        case .toolModality: break
        }
    }

    private mutating func addModality(audio: Cell, image: Cell, _ video: Cell?, _ document: Cell?) {
        guard let count = part[.elementCount] else { return }
        let cell: Cell? =
            switch partType {
            case "AUDIO", "audio", "4": audio
            case "IMAGE", "image", "2": image
            case "VIDEO", "video", "3": video
            case "DOCUMENT", "document", "5": document
            default: nil
            }
        if let cell { current[cell] = (current[cell] ?? 0) + count }
    }

    // MARK: Ending an object

    /// The usage object around the counts ended.
    mutating func endObject(
        label: String?, isSide: Bool, merge: Merge, presenceStates: Bool = false,
        bytes: ArraySlice<UInt8>, kind: JSONCapture.Kind
    ) {
        defer {
            current = Snapshot()
            currentParts.removeAll(keepingCapacity: true)
        }
        guard kind == .object, !bytes.elementsEqual("{}".utf8) else { return }
        if inputIsWhole { settleWholeInput() }
        let statesUnits = takeUnits()
        guard !isSide else {
            merged.overlay(current)
            parts = parts.filter { $0.kind != currentParts.first?.kind } + currentParts
            keepRaw(Raw(label: label, isSide: true, bytes: Array(bytes)), replacing: false)
            return
        }
        guard !current.isEmpty || presenceStates || statesUnits else { return }
        if isStated, current.isAllZero, !merged.isAllZero { return }
        noteDecrease(label)
        let restates = merge == .replace || current.restates(merged)
        if merge == .replace {
            merged = current
        } else {
            // No prompt is empty: a later zero is a field that the server did not fill.
            if current[.input] == 0, merged[.input] ?? 0 > 0 { current[.input] = nil }
            merged.overlay(current)
        }
        isStated = true
        lastLabel = .some(label)
        if merge == .replace || !currentParts.isEmpty {
            parts = parts.filter { $0.kind == .guardrail } + currentParts
        }
        keepRaw(Raw(label: label, isSide: false, bytes: Array(bytes)), replacing: restates)
    }

    private mutating func noteDecrease(_ label: String?) {
        guard let lastLabel, lastLabel == label, let before = merged[.output] else { return }
        if let now = current[.output], now < before { note(.decreasingSnapshot) }
    }

    /// A report that restates all that is known replaces the earlier ones.
    mutating func keepRaw(_ object: Raw, replacing: Bool) {
        raw.removeAll { object.isSide ? $0.isSide && $0.label == object.label : replacing && !$0.isSide }
        let held = raw.reduce(0) { $0 + $1.bytes.count }
        guard held + object.bytes.count <= limits.rawUsage else { return note(.tapLimit) }
        raw.append(object)
    }

    /// The provider's objects as JSON text: the object itself when there is one, else an array in the
    /// order of arrival, in which an object from another place than the usual is wrapped in its label.
    var rawText: String? {
        guard !raw.isEmpty else { return nil }
        if raw.count == 1, raw[0].label == nil { return String(decoding: raw[0].bytes, as: UTF8.self) }
        let texts = raw.map { object in
            let text = String(decoding: object.bytes, as: UTF8.self)
            return object.label.map { "{\"\($0)\":\(text)}" } ?? text
        }
        return "[" + texts.joined(separator: ",") + "]"
    }
}
