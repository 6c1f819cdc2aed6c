/// What is counted, with its unit in the name: `in.text.fresh` counts tokens, `in.audio.seconds`
/// seconds. The meters of one component are disjoint: their charges add up without subtraction.
public struct Meter: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public static func < (a: Meter, b: Meter) -> Bool { a.rawValue < b.rawValue }

    public static let freshInput = Meter("in.text.fresh")
    public static let cacheRead = Meter("in.text.cache_read")
    public static let cacheWrite = Meter("in.text.cache_write")
    public static let cacheWrite5m = Meter("in.text.cache_write.5m")
    public static let cacheWrite30m = Meter("in.text.cache_write.30m")
    public static let cacheWrite1h = Meter("in.text.cache_write.1h")
    public static let cacheWrite12h = Meter("in.text.cache_write.12h")
    public static let audioInput = Meter("in.audio.fresh")
    public static let audioCacheRead = Meter("in.audio.cache_read")
    public static let imageInput = Meter("in.image.fresh")
    public static let imageCacheRead = Meter("in.image.cache_read")
    public static let videoInput = Meter("in.video.fresh")
    public static let documentInput = Meter("in.doc.fresh")
    public static let toolInput = Meter("in.tool.fresh")
    public static let output = Meter("out.text")
    public static let reasoning = Meter("out.text.reasoning")
    public static let audioOutput = Meter("out.audio")
    public static let imageOutput = Meter("out.image")
    public static let webSearch = Meter("web_search.request")
    public static let request = Meter("request")
    public static let audioSeconds = Meter("in.audio.seconds")
    /// US dollars that the provider states as its charge.
    public static let providerCost = Meter("provider_cost.usd")
    /// US dollars that the caller's own account with another provider is charged for the call.
    public static let upstreamCost = Meter("upstream_cost.usd")
    /// What is booked by hand.
    public static let adjustment = Meter("adjustment")
    /// An amount that somebody states, instead of something that was counted.
    public var isStatedCost: Bool {
        // Both names have 17 bytes and few others do: asked of every reading, so the length comes first.
        rawValue.utf8.count == 17 && (self == .providerCost || self == .upstreamCost)
    }

    /// Tokens that enter the model: every `in.` meter that is counted in tokens.
    public var isInputTokens: Bool {
        // The first letter tells nearly all others apart, at a tenth of the price.
        rawValue.utf8.first == UInt8(ascii: "i") && rawValue.hasPrefix("in.") && !isPhysical
    }
    /// Tokens that leave the model: every `out.` meter that is counted in tokens.
    public var isOutputTokens: Bool {
        rawValue.utf8.first == UInt8(ascii: "o") && rawValue.hasPrefix("out.") && !isPhysical
    }
    public var isCacheRead: Bool { isInputTokens && holds(".cache_read") }
    public var isCacheWrite: Bool { isInputTokens && holds(".cache_write") }
    public var isReasoning: Bool { isOutputTokens && rawValue.hasSuffix(".reasoning") }

    /// Byte by byte: the library's search walks characters and takes twenty thousand instructions for a name.
    private func holds(_ part: String) -> Bool {
        var (name, part) = (rawValue, part)
        return name.withUTF8 { name in
            part.withUTF8 { part in
                guard name.count >= part.count else { return false }
                for start in 0...name.count - part.count
                where part.indices.allSatisfy({ name[start + $0] == part[$0] }) { return true }
                return false
            }
        }
    }

    private var isPhysical: Bool {
        // Asked of every reading: nearly all end in another letter.
        rawValue.utf8.last == UInt8(ascii: "s")
            && (rawValue.hasSuffix(".seconds") || rawValue.hasSuffix(".chars"))
    }
}

/// Whether a quantity was stated by the provider or found otherwise.
public enum QuantityStatus: String, Hashable, Sendable {
    case reported
    /// Follows from other reported numbers (such as a total less the prompt).
    case derived
    /// Not reported at all; see the record's ``Estimate``.
    case estimated
}

/// One meter of one component.
public struct MeterReading: Hashable, Sendable {
    public var meter: Meter
    public var quantity: Quantity
    public var status: QuantityStatus

    public init(_ meter: Meter, _ quantity: Quantity, status: QuantityStatus = .reported) {
        self.meter = meter
        self.quantity = quantity
        self.status = status
    }
}
