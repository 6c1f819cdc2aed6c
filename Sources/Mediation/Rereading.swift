// The reading side of `renormalize`: the raw usage that a record keeps, read again by the tables of this
// release. Only what follows from the usage objects is made anew; who called, what was asked for and how the
// exchange ended stay as they were recorded.

public import Terms
import Wire

/// Why a record cannot be read again.
public enum RereadingProblem: Error, Hashable, Sendable {
    /// The record keeps no usage object: nothing was reported, or it was too large.
    case nothingKept
    /// No table of this release has the record's dialect.
    case unknownDialect(String)
    /// What is kept is no JSON object and no list of them.
    case unreadable
    /// The surface states a part of what is charged for outside the objects that a record keeps.
    case stateElsewhere(dialect: String)
}

extension Dialect {
    /// Everything that is charged for stands in the usage objects that a record keeps, so that they can
    /// be read again without the rest of the exchange. Searches that an answer lists are carried over.
    var isKeptWhole: Bool {
        guard !traits.isBatch, traits.headerCounts.isEmpty else { return false }
        guard traits.annotation == nil, traits.choiceMeter == nil else { return false }
        return !fields.contains { field in
            switch field.role {
            case .sumCell, .part(.response), .part(.transcription), .part(.svgAuthor): true
            // A count in the document itself is kept only where it comes once.
            case .looseCell: stream.framing == .events
            default: false
            }
        }
    }
}

/// Reads a record's raw usage again.
///
/// - Returns: the same usage with tokens, components, provider's cost, anomalies of the report and the
///   dialect's version as this release's table gives them. A side that was estimated stays estimated
///   unless the table now finds it stated.
public func reread(_ usage: Usage) throws(RereadingProblem) -> Usage {
    guard let raw = usage.rawUsage else { throw .nothingKept }
    guard let dialect = Dialect.named(usage.dialect, spokenBy: usage.provider) else {
        throw .unknownDialect(usage.dialect)
    }
    guard dialect.isKeptWhole else { throw .stateElsewhere(dialect: dialect.name) }
    let surface = Surface(provider: usage.provider, dialect: dialect)
    let core = EventReader(dialect, withholds: false, limits: .standard)
    for document in try documents(of: raw, dialect) {
        core.readDocument(document.span)
        core.finishDocument()
    }
    guard !core.isMalformed, !core.isCutShort else { throw .unreadable }
    var request = RequestFacts()
    request.model = dialect.traits.sellsPathModel ? usage.modelRequested : usage.model ?? usage.modelRequested
    let seen = Judgement.Seen(
        surface: surface, request: request, status: usage.httpStatus, providerRequestID: nil,
        isUndecodable: false, estimator: .bytesByFour, refusedCacheRead: creditedCacheRead(usage))
    let isWhole = usage.completeness == .complete || usage.completeness == .clientAbortedDrained
    let fresh = Judgement(seen, core, .document, isWhole ? .complete : .truncated).verdict()
    return merged(usage, fresh)
}

/// What a redeemed credit made a read of, tokens: the usage object does not show it, the readings do.
private func creditedCacheRead(_ usage: Usage) -> Int64? {
    guard usage.anomalies.contains(.repricedByCredit), let readings = usage.components.first?.readings else {
        return nil
    }
    let read = readings.first { $0.meter == .cacheRead }?.quantity.whole ?? 0
    return max(0, read - (usage.tokens.cacheRead ?? 0))
}

/// The usage objects as documents of the surface, in the order of their arrival.
private func documents(of raw: String, _ dialect: Dialect) throws(RereadingProblem) -> [[UInt8]] {
    let bytes = Array(raw.utf8)
    var objects: [ArraySlice<UInt8>] = [bytes[...]]
    if bytes.first == UInt8(ascii: "[") {
        let scanner = JSONScanner(JSONSelection([("[]", .keep(slot: 0))]))
        _ = scanner.feed(bytes.span, from: 0, to: bytes.count)
        guard scanner.status == .complete else { throw .unreadable }
        objects = scanner.captures.map { scanner.bytes(of: $0) }
    }
    guard !objects.isEmpty, objects.allSatisfy({ $0.first == UInt8(ascii: "{") }) else { throw .unreadable }
    return objects.map { object in
        var members = JSONMembers(object)
        if let (key, value) = members.next(), members.next() == nil,
            let field = dialect.fields.first(where: { $0.label == key })
        {
            return nested(value, at: field.path)
        }
        // Loose counts stand in the document itself.
        guard !holdsLooseCounts(object, dialect) else { return Array(object) }
        let root = dialect.fields.first { field in
            if case .usage = field.role { field.label == nil } else { false }
        }
        return root.map { nested(object, at: $0.path) } ?? Array(object)
    }
}

private func holdsLooseCounts(_ object: ArraySlice<UInt8>, _ dialect: Dialect) -> Bool {
    JSONMembers(object).contains { key, _ in
        dialect.fields.contains { field in
            if case .looseCell = field.role { field.path == key } else { false }
        }
    }
}

/// A document in which a value stands at a path.
private func nested(_ value: ArraySlice<UInt8>, at path: String) -> [UInt8] {
    var opening = ""
    var closing = ""
    for step in path.split(separator: ".") {
        let isList = step.hasSuffix("[]")
        opening += "{\"\(isList ? step.dropLast(2) : step)\":\(isList ? "[" : "")"
        closing = (isList ? "]}" : "}") + closing
    }
    return Array(opening.utf8) + value + Array(closing.utf8)
}

/// What follows from the report alone, and is therefore made anew with it.
private let ofTheReport: Set<Anomaly> = [
    .totalMismatch, .cachedExceedsPrompt, .reasoningExceedsOutput, .negativeCount, .nonInteger,
    .decreasingSnapshot, .absurdCount, .detailMismatch,
]

private func merged(_ old: Usage, _ fresh: Usage) -> Usage {
    var new = old
    new.dialectVersion = fresh.dialectVersion
    new.tokens = fresh.tokens
    new.providerCostUSD = fresh.providerCostUSD ?? old.providerCostUSD
    new.anomalies = old.anomalies.filter { !ofTheReport.contains($0) }
    for anomaly in fresh.anomalies where ofTheReport.contains(anomaly) { new.note(anomaly) }
    new.components = fresh.components.map { component in
        var component = component
        let before = old.components.first { $0.role == component.role } ?? old.components.first
        component.model = component.model ?? before?.model ?? old.model
        let contextTokens = component.selectors.contextTokens
        component.selectors = before?.selectors ?? component.selectors
        component.selectors.contextTokens = contextTokens ?? component.selectors.contextTokens
        // Counted in the answer itself (searches of a server): the report does not repeat it.
        let listed = (before?.readings ?? []).filter { reading in
            reading.status == .derived && !reading.meter.isInputTokens && !reading.meter.isOutputTokens
                && !component.readings.contains { $0.meter == reading.meter }
        }
        if !listed.isEmpty {
            component.readings += listed
            component.readings.sort { $0.meter < $1.meter }
        }
        return component
    }
    // Sessions and judgements beside the model stand in the answer, not in its usage object.
    if !fresh.components.contains(where: { $0.role == .toolModel }) {
        new.components += old.components.filter { $0.role == .toolModel }
    }
    guard old.status == .estimated else {
        if fresh.status == .derived || old.status == .derived { new.status = fresh.status }
        return new
    }
    // Sides that nobody stated keep their estimate.
    let assumed = old.components.first?.readings.filter { $0.status == .estimated } ?? []
    let missing = assumed.filter { reading in
        reading.meter.isOutputTokens ? new.tokens.output == nil : new.tokens.input == nil
    }
    guard !missing.isEmpty else {
        new.estimate = nil
        new.status = fresh.status
        return new
    }
    if new.components.isEmpty, let first = old.components.first {
        new.components = [
            Component(role: first.role, model: first.model, readings: [], selectors: first.selectors)
        ]
    }
    new.components[0].readings += missing
    new.components[0].readings.sort { $0.meter < $1.meter }
    return new
}
