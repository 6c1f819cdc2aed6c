// What is known of all models: a bounded table that learns from finished exchanges and can be kept as
// text between two runs.

public import Terms
import Wire

/// One count of an exchange that teaches.
public struct TokenLesson: Hashable, Sendable {
    public var key: TokenRatios.Key
    public var tokens: Int64
    public var bytes: Int64
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
    /// Where the last lesson of each side went: the next one mostly goes there too.
    private var lastInput: Place?
    private var lastOutput: Place?

    private struct Place: Sendable {
        let key: Key
        let index: Dictionary<Key, TokenRatio>.Index
    }

    public init() {}

    public static func == (one: TokenRatios, other: TokenRatios) -> Bool { one.ratios == other.ratios }

    public func hash(into hasher: inout Hasher) { hasher.combine(ratios) }

    public subscript(key: Key) -> TokenRatio? { ratios[key] }

    public mutating func learn(_ lesson: TokenLesson) {
        let isInput = lesson.key.side == .input
        if let last = isInput ? lastInput : lastOutput, last.key == lesson.key {
            ratios.values[last.index].learn(tokens: lesson.tokens, bytes: lesson.bytes)
            return
        }
        if ratios[lesson.key] == nil {
            guard ratios.count < Self.limit else { return }
            ratios[lesson.key] = TokenRatio()
            lastInput = nil
            lastOutput = nil
        }
        guard let index = ratios.index(forKey: lesson.key) else { return }
        let place = Place(key: lesson.key, index: index)
        if isInput { lastInput = place } else { lastOutput = place }
        ratios.values[index].learn(tokens: lesson.tokens, bytes: lesson.bytes)
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
    /// Hands out what a finished exchange teaches about its model, one lesson a side: nothing unless the
    /// provider reported it whole.
    ///
    /// - Parameter usage: what ``finish(_:)`` gave.
    public func lessons(of usage: borrowing Usage, _ learn: (TokenLesson) -> Void) {
        guard usage.status == .reported, usage.notBillable == nil, usage.completeness == .complete,
            usage.anomalies.isEmpty, let model = usage.model ?? usage.modelRequested
        else { return }
        let provider = usage.provider
        func teach(_ side: TokenRatios.Side, _ tokens: Int64?, _ bytes: Int) {
            guard let tokens, tokens > 0, bytes > 0 else { return }
            learn(
                TokenLesson(
                    key: TokenRatios.Key(provider: provider, model: model, side: side),
                    tokens: tokens, bytes: Int64(bytes)))
        }
        // Media have tokens and no text.
        let hasMedia = (usage.tokens.imageInput ?? 0) > 0 || (usage.tokens.audioInput ?? 0) > 0
        if !hasMedia { teach(.input, usage.tokens.input, inputTextBytes) }
        // Hidden reasoning is billed and is part of what a visible byte comes to.
        if usage.tokens.audioOutput ?? 0 == 0 {
            teach(.output, usage.tokens.output, outputTextBytes)
        }
    }
}
