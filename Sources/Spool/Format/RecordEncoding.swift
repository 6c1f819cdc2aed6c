import Terms

/// Which optional parts of a record follow. The positions are the format: append only.
struct Presence: OptionSet {
    var rawValue: UInt64
    static func bit(_ position: UInt64) -> Presence { Presence(rawValue: 1 << position) }

    static let stream = bit(0)
    static let modelRequested = bit(1)
    static let model = bit(2)
    static let responseID = bit(3)
    static let providerRequestID = bit(4)
    static let finishReason = bit(5)
    static let serviceTier = bit(6)
    static let notBillable = bit(7)
    static let providerCost = bit(8)
    static let estimate = bit(9)
    static let rawUsage = bit(10)
    static let firstByte = bit(11)
    static let anomalies = bit(12)
    static let labels = bit(13)
    static let settlement = bit(14)
    /// Eleven token counts, in the order of ``Terms/TokenCounts``.
    static func tokens(_ index: UInt64) -> Presence { bit(16 + index) }
    static let tokenCounts: UInt64 = 11
    static let known = Presence(rawValue: 0x7fff | 0x7ff << 16)
}

/// The format of a record's bytes, version 1. Sequence and instance are not in it: the frame and
/// the segment have them.
///
/// A presence word of 64 bits, then the values in a fixed order: id, instant, names, attribution,
/// timing, usage, components, settlement. Closed words are spelled out, so that a word added to the
/// vocabulary needs no new format.
enum RecordFormat {
    static let version: UInt8 = 1
}

extension ByteWriter {
    mutating func put(_ record: borrowing UsageRecord) {
        let start = count
        var presence = Presence()
        put(fixed: presence.rawValue)
        put(fixed: record.id.high)
        put(fixed: record.id.low)
        put(fixed: record.occurredAt.microseconds)
        put(record.operationID)
        put(number: Int64(record.attempt))
        put(record.upstream)
        put(record.attribution, &presence)
        put(record.timing, &presence)
        put(record.usage, &presence)
        put(record.settlement, .settlement, &presence)
        patch(presence.rawValue, at: start)
    }

    mutating func put(_ attribution: borrowing Attribution, _ presence: inout Presence) {
        put(attribution.tenant)
        put(attribution.user)
        put(attribution.keyID)
        guard !attribution.labels.isEmpty else { return }
        presence.insert(.labels)
        put(count: UInt64(attribution.labels.count))
        for label in attribution.labels {
            put(label.key)
            put(label.value)
        }
    }

    private mutating func put(_ timing: borrowing UsageRecord.Timing, _ presence: inout Presence) {
        put(timing.firstByteMilliseconds, .firstByte, &presence)
        put(number: timing.totalMilliseconds)
        put(number: timing.requestBytes)
        put(number: timing.responseBytes)
    }

    private mutating func put(_ usage: borrowing Usage, _ presence: inout Presence) {
        put(usage.provider)
        put(usage.dialect)
        put(number: Int64(usage.dialectVersion))
        put(usage.api)
        put(usage.modelRequested, .modelRequested, &presence)
        put(usage.model, .model, &presence)
        put(usage.responseID, .responseID, &presence)
        put(usage.providerRequestID, .providerRequestID, &presence)
        if usage.stream { presence.insert(.stream) }
        put(number: Int64(usage.httpStatus))
        put(usage.finishReason, .finishReason, &presence)
        put(usage.serviceTier, .serviceTier, &presence)
        put(usage.status.rawValue)
        put(usage.completeness.rawValue)
        put(usage.notBillable?.rawValue, .notBillable, &presence)
        put(usage.tokens, &presence)
        put(usage.providerCostUSD, .providerCost, &presence)
        put(count: UInt64(usage.components.count))
        for component in usage.components { put(component) }
        if let estimate = usage.estimate {
            presence.insert(.estimate)
            put(estimate)
        }
        if !usage.anomalies.isEmpty {
            presence.insert(.anomalies)
            put(count: UInt64(usage.anomalies.count))
            for anomaly in usage.anomalies { put(anomaly.rawValue) }
        }
        put(usage.rawUsage, .rawUsage, &presence)
    }

    private mutating func put(_ tokens: TokenCounts, _ presence: inout Presence) {
        put(tokens.input, .tokens(0), &presence)
        put(tokens.cacheRead, .tokens(1), &presence)
        put(tokens.cacheWrite, .tokens(2), &presence)
        put(tokens.cacheWrite1h, .tokens(3), &presence)
        put(tokens.audioInput, .tokens(4), &presence)
        put(tokens.imageInput, .tokens(5), &presence)
        put(tokens.toolPrompt, .tokens(6), &presence)
        put(tokens.output, .tokens(7), &presence)
        put(tokens.reasoning, .tokens(8), &presence)
        put(tokens.audioOutput, .tokens(9), &presence)
        put(tokens.webSearches, .tokens(10), &presence)
    }

    private mutating func put(_ component: borrowing Component) {
        put(component.role.rawValue)
        put(fixed: UInt8(component.model == nil ? 0 : 1))
        if let model = component.model { put(model) }
        put(count: UInt64(component.readings.count))
        for reading in component.readings { put(reading) }
        put(component.selectors)
    }

    /// One byte of status, and whether the quantity is a whole number (then it takes few bytes).
    private mutating func put(_ reading: borrowing MeterReading) {
        put(reading.meter.rawValue)
        let status: UInt8 =
            switch reading.status {
            case .reported: 0
            case .derived: 1
            case .estimated: 2
            }
        if let whole = reading.quantity.whole {
            put(fixed: status)
            put(number: whole)
        } else {
            put(fixed: status | 0x80)
            put(fixed: reading.quantity.nanos)
        }
    }

    private mutating func put(_ selectors: borrowing Selectors) {
        let at = count
        var presence = Presence()
        put(fixed: UInt8(0))
        put(selectors.serviceTierRequested, .bit(0), &presence)
        put(selectors.serviceTier, .bit(1), &presence)
        put(selectors.region, .bit(2), &presence)
        put(selectors.speed, .bit(3), &presence)
        put(selectors.geo, .bit(4), &presence)
        put(selectors.contextTokens, .bit(5), &presence)
        if let batch = selectors.batch { presence.insert(batch ? [.bit(6), .bit(7)] : .bit(6)) }
        patch(UInt8(truncatingIfNeeded: presence.rawValue), at: at)
    }

    private mutating func put(_ estimate: borrowing Estimate) {
        let at = count
        var presence = Presence()
        put(fixed: UInt8(0))
        put(estimate.inputTokens, .bit(0), &presence)
        put(estimate.outputTokens, .bit(1), &presence)
        put(estimate.upperInputTokens, .bit(2), &presence)
        put(estimate.upperOutputTokens, .bit(3), &presence)
        patch(UInt8(truncatingIfNeeded: presence.rawValue), at: at)
        put(estimate.method)
        put(number: Int64(estimate.version))
    }

    @inline(__always)
    mutating func put(_ text: String?, _ bit: Presence, _ presence: inout Presence) {
        guard let text else { return }
        presence.insert(bit)
        put(text)
    }

    @inline(__always)
    mutating func put(_ number: Int64?, _ bit: Presence, _ presence: inout Presence) {
        guard let number else { return }
        presence.insert(bit)
        put(number: number)
    }
}
