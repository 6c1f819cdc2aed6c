import Terms

extension RecordFormat {
    /// Reads a record of any format that a release has written.
    ///
    /// - Parameter version: from the record's frame.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, version: UInt8, instance: String, sequence: Int64,
        memo: TextMemo? = nil
    ) throws(FormatError) -> UsageRecord {
        var reader = ByteReader(bytes, memo: memo)
        let record: UsageRecord
        switch version {
        case 1: record = try reader.record(instance: instance, sequence: sequence)
        default: throw .unknownVersion(version)
        }
        try reader.finish()
        return record
    }

    /// The id that a record's bytes begin with, in every format so far.
    static func id(in bytes: UnsafeRawBufferPointer) -> RecordID? {
        guard bytes.count >= 24 else { return nil }
        let high = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let low = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        return RecordID(high: UInt64(littleEndian: high), low: UInt64(littleEndian: low))
    }
}

extension ByteReader {
    fileprivate mutating func record(
        instance: String, sequence: Int64
    ) throws(FormatError) -> UsageRecord {
        let presence = Presence(rawValue: try fixed(UInt64.self))
        guard presence.isSubset(of: .known) else { throw .unknownWord }
        let id = RecordID(high: try fixed(UInt64.self), low: try fixed(UInt64.self))
        let occurredAt = Terms.Instant(microseconds: try fixed(Int64.self))
        let operationID = try text()
        let attempt = Int(try number())
        let upstream = try text()
        let attribution = try attribution(presence)
        let timing = try timing(presence)
        var usage = Usage()
        try read(&usage, presence)
        let settlement = try text(if: .settlement, presence)
        return UsageRecord(
            id: id, operationID: operationID, attempt: attempt, instance: instance, sequence: sequence,
            occurredAt: occurredAt, upstream: upstream, attribution: attribution, usage: usage,
            timing: timing, settlement: settlement)
    }

    mutating func attribution(_ presence: Presence) throws(FormatError) -> Attribution {
        var attribution = Attribution()
        attribution.tenant = try text()
        attribution.user = try text()
        attribution.keyID = try text()
        guard presence.contains(.labels) else { return attribution }
        let count = try size()
        attribution.labels.reserveCapacity(min(count, 16))
        for _ in 0..<count {
            let key = try text()
            attribution.labels.append(Label(key: key, value: try text()))
        }
        return attribution
    }

    private mutating func timing(_ presence: Presence) throws(FormatError) -> UsageRecord.Timing {
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = try number(if: .firstByte, presence)
        timing.totalMilliseconds = try number()
        timing.requestBytes = try number()
        timing.responseBytes = try number()
        return timing
    }

    /// In place, because what a throwing function returns is copied, and this holds many texts.
    private mutating func read(_ usage: inout Usage, _ presence: Presence) throws(FormatError) {
        usage.provider = try text()
        usage.dialect = try text()
        usage.dialectVersion = Int(try number())
        usage.api = try text()
        usage.modelRequested = try text(if: .modelRequested, presence)
        usage.model = try text(if: .model, presence)
        usage.responseID = try text(if: .responseID, presence)
        usage.providerRequestID = try text(if: .providerRequestID, presence)
        usage.stream = presence.contains(.stream)
        usage.httpStatus = Int(try number())
        usage.finishReason = try text(if: .finishReason, presence)
        usage.serviceTier = try text(if: .serviceTier, presence)
        usage.status = try word(UsageStatus.self)
        usage.completeness = try word(Completeness.self)
        if presence.contains(.notBillable) { usage.notBillable = try word(NotBillableReason.self) }
        usage.tokens = try tokens(presence)
        usage.providerCostUSD = try text(if: .providerCost, presence)
        let components = try size()
        // A count is a claim: what it reserves is bounded by more than the bytes that are left.
        usage.components.reserveCapacity(min(components, 8))
        for _ in 0..<components { usage.components.append(try component()) }
        if presence.contains(.estimate) { usage.estimate = try estimate() }
        if presence.contains(.anomalies) {
            for _ in 0..<(try size()) { usage.anomalies.append(try word(Anomaly.self)) }
        }
        usage.rawUsage = try text(if: .rawUsage, presence)
    }

    private mutating func tokens(_ presence: Presence) throws(FormatError) -> TokenCounts {
        var tokens = TokenCounts()
        tokens.input = try number(if: .tokens(0), presence)
        tokens.cacheRead = try number(if: .tokens(1), presence)
        tokens.cacheWrite = try number(if: .tokens(2), presence)
        tokens.cacheWrite1h = try number(if: .tokens(3), presence)
        tokens.audioInput = try number(if: .tokens(4), presence)
        tokens.imageInput = try number(if: .tokens(5), presence)
        tokens.toolPrompt = try number(if: .tokens(6), presence)
        tokens.output = try number(if: .tokens(7), presence)
        tokens.reasoning = try number(if: .tokens(8), presence)
        tokens.audioOutput = try number(if: .tokens(9), presence)
        tokens.webSearches = try number(if: .tokens(10), presence)
        return tokens
    }

    private mutating func component() throws(FormatError) -> Component {
        let role = try word(Component.Role.self)
        let hasModel = try fixed(UInt8.self)
        guard hasModel <= 1 else { throw .unknownWord }
        let model = hasModel == 1 ? try text() : nil
        let count = try size()
        var readings: [MeterReading] = []
        readings.reserveCapacity(min(count, 16))
        for _ in 0..<count { readings.append(try reading()) }
        var selectors = Selectors()
        try read(&selectors)
        return Component(role: role, model: model, readings: readings, selectors: selectors)
    }

    private mutating func reading() throws(FormatError) -> MeterReading {
        let meter = Meter(try text())
        let head = try fixed(UInt8.self)
        let status: QuantityStatus
        switch head & 0x7f {
        case 0: status = .reported
        case 1: status = .derived
        case 2: status = .estimated
        default: throw .unknownWord
        }
        let quantity = head < 0x80 ? Quantity(try number()) : Quantity(nanos: try fixed(Int128.self))
        return MeterReading(meter, quantity, status: status)
    }

    private mutating func read(_ selectors: inout Selectors) throws(FormatError) {
        let presence = Presence(rawValue: UInt64(try fixed(UInt8.self)))
        selectors.serviceTierRequested = try text(if: .bit(0), presence)
        selectors.serviceTier = try text(if: .bit(1), presence)
        selectors.region = try text(if: .bit(2), presence)
        selectors.speed = try text(if: .bit(3), presence)
        selectors.geo = try text(if: .bit(4), presence)
        selectors.contextTokens = try number(if: .bit(5), presence)
        if presence.contains(.bit(6)) {
            selectors.batch = presence.contains(.bit(7))
        } else if presence.contains(.bit(7)) {
            throw .unknownWord
        }
    }

    private mutating func estimate() throws(FormatError) -> Estimate {
        let presence = Presence(rawValue: UInt64(try fixed(UInt8.self)))
        guard presence.rawValue < 1 << 4 else { throw .unknownWord }
        let input = try number(if: .bit(0), presence)
        let output = try number(if: .bit(1), presence)
        let upperInput = try number(if: .bit(2), presence)
        let upperOutput = try number(if: .bit(3), presence)
        let method = try text()
        var estimate = Estimate(method: method, version: Int(try number()))
        estimate.inputTokens = input
        estimate.outputTokens = output
        estimate.upperInputTokens = upperInput
        estimate.upperOutputTokens = upperOutput
        return estimate
    }

    mutating func text(if bit: Presence, _ presence: Presence) throws(FormatError) -> String? {
        presence.contains(bit) ? try text() : nil
    }

    mutating func number(if bit: Presence, _ presence: Presence) throws(FormatError) -> Int64? {
        presence.contains(bit) ? try number() : nil
    }
}
