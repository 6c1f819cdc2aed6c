// What is known of all models: a bounded table that learns from finished exchanges and can be kept as
// text between two runs.

public import Terms
import Wire

/// What one exchange teaches about its model: a side that it does not teach about has no tokens.
public struct TokenLesson: Hashable, Sendable {
    /// Tokens that were reported for so many bytes of text.
    public struct Count: Hashable, Sendable {
        public var tokens: Int64
        public var bytes: Int64

        public init(tokens: Int64, bytes: Int64) {
            self.tokens = tokens
            self.bytes = bytes
        }
    }

    public var provider: String
    public var model: String
    public var input: Count?
    public var output: Count?

    public init(provider: String, model: String, input: Count? = nil, output: Count? = nil) {
        self.provider = provider
        self.model = model
        self.input = input
        self.output = output
    }
}

/// Tokens per byte by provider, model and side.
public struct TokenRatios: Hashable, Sendable {
    public enum Side: String, Hashable, Sendable { case input, output }

    public struct Key: Hashable, Sendable {
        public var provider: String
        public var model: String
        public var side: Side
        public init(provider: String, model: String, side: Side) {
            self.provider = provider
            self.model = model
            self.side = side
        }
    }

    /// Entries at most, two a model. Reached: further models are estimated by bytes.
    public static let limit = 2048
    /// Bytes of the kept text that are read at most; an entry has about 300.
    public static let textLimit = 4 << 20

    public private(set) var ratios: [Key: TokenRatio] = [:]
    /// Where the last lesson went: the next one mostly goes there too.
    private var last: Place?

    private struct Place: Sendable {
        let provider: String
        let model: String
        var input: Dictionary<Key, TokenRatio>.Index?
        var output: Dictionary<Key, TokenRatio>.Index?
    }

    public init() {}

    public static func == (one: TokenRatios, other: TokenRatios) -> Bool { one.ratios == other.ratios }

    public func hash(into hasher: inout Hasher) { hasher.combine(ratios) }

    public subscript(key: Key) -> TokenRatio? { ratios[key] }

    public mutating func learn(_ lesson: TokenLesson) {
        if last?.model != lesson.model || last?.provider != lesson.provider {
            last = Place(provider: lesson.provider, model: lesson.model)
        }
        if let count = lesson.input {
            let known = last?.input ?? place(of: lesson, .input)
            last?.input = known
            if let index = known {
                ratios.values[index].learn(tokens: count.tokens, bytes: count.bytes)
            }
        }
        if let count = lesson.output {
            let known = last?.output ?? place(of: lesson, .output)
            last?.output = known
            if let index = known {
                ratios.values[index].learn(tokens: count.tokens, bytes: count.bytes)
            }
        }
    }

    /// Where a model's ratio stands, made where there is room; nil where there is none.
    private mutating func place(of lesson: TokenLesson, _ side: Side) -> Dictionary<Key, TokenRatio>.Index? {
        let key = Key(provider: lesson.provider, model: lesson.model, side: side)
        if let index = ratios.index(forKey: key) { return index }
        guard ratios.count < Self.limit else { return nil }
        ratios[key] = TokenRatio()
        // Places of before are not those of now.
        last?.input = nil
        last?.output = nil
        return ratios.index(forKey: key)
    }

    // MARK: Kept between two runs

    /// One JSON object per line, in the order of provider, model and side.
    public var text: [UInt8] {
        var json = JSONWriter(reserving: 64 + ratios.count * 300)
        for (key, ratio) in ratios.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            json.beginObject()
            json.field("provider", key.provider)
            json.field("model", key.model)
            json.field("side", key.side.rawValue)
            json.field("exchanges", ratio.exchanges)
            json.field("tokens", ratio.tokens)
            json.field("bytes", ratio.bytes)
            json.field("spread", ratio.spread.map(String.init).joined(separator: ","))
            json.endObject()
            json.newline()
        }
        return json.bytes
    }

    private static func order(_ key: Key) -> (String, String, String) {
        (key.provider, key.model, key.side.rawValue)
    }

    private static let selection = JSONSelection([
        ("provider", .keep(slot: 0)), ("model", .keep(slot: 1)), ("side", .keep(slot: 2)),
        ("exchanges", .keep(slot: 3)), ("tokens", .keep(slot: 4)), ("bytes", .keep(slot: 5)),
        ("spread", .keep(slot: 6)),
    ])

    /// Reads kept text; a line that is none of ours is passed over: it is experience, not money.
    public init(text: [UInt8]) {
        guard text.count <= Self.textLimit else { return }
        for line in text.split(separator: 0x0a) where ratios.count < Self.limit {
            let scanner = JSONScanner(Self.selection)
            let bytes = Array(line)
            _ = scanner.feed(bytes.span, from: 0, to: bytes.count)
            guard scanner.status == .complete else { continue }
            func word(_ slot: Int) -> String? { scanner.last(slot).flatMap { scanner.string(of: $0) } }
            func number(_ slot: Int) -> Int64? {
                scanner.last(slot).flatMap { JSONText.digits(scanner.bytes(of: $0)) }
            }
            guard let provider = word(0), let model = word(1),
                let side = word(2).flatMap(Side.init(rawValue:)),
                let exchanges = number(3), let tokens = number(4), let bytes = number(5),
                let spread = word(6)?.split(separator: ",").map({ Int64($0) ?? -1 }),
                let ratio = TokenRatio(exchanges: exchanges, tokens: tokens, bytes: bytes, spread: spread)
            else { continue }
            ratios[Key(provider: provider, model: model, side: side)] = ratio
        }
    }
}

extension Mediator {
    /// What a finished exchange teaches about its model: nothing unless the provider reported it whole.
    ///
    /// - Parameter usage: what ``finish(_:)`` gave.
    public func lesson(of usage: borrowing Usage) -> TokenLesson? {
        guard usage.status == .reported, usage.notBillable == nil, usage.completeness == .complete,
            usage.anomalies.isEmpty, let model = usage.model ?? usage.modelRequested
        else { return nil }
        // Media have tokens and no text.
        let hasMedia = (usage.tokens.imageInput ?? 0) > 0 || (usage.tokens.audioInput ?? 0) > 0
        let input = hasMedia ? nil : Self.count(usage.tokens.input, inputTextBytes)
        // Hidden reasoning is billed and is part of what a visible byte comes to.
        let hasAudio = (usage.tokens.audioOutput ?? 0) != 0
        let output = hasAudio ? nil : Self.count(usage.tokens.output, outputTextBytes)
        guard input != nil || output != nil else { return nil }
        return TokenLesson(provider: usage.provider, model: model, input: input, output: output)
    }

    private static func count(_ tokens: Int64?, _ bytes: Int) -> TokenLesson.Count? {
        guard let tokens, tokens > 0, bytes > 0 else { return nil }
        return TokenLesson.Count(tokens: tokens, bytes: Int64(bytes))
    }
}
