import Foundation
import Synchronization
import Terms

@testable import Spool

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A directory that goes when the value goes.
final class Scratch: Sendable {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "tollbook-spool-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var segments: [String] {
        SpoolDirectory.numbers(in: path).map { SpoolDirectory.segment($0, in: path) }
    }
}

/// Collects completions and lets a test wait for them.
final class Receiver: SpoolCompletion, @unchecked Sendable {
    // `condition` guards the others.
    private let condition = NSCondition()
    private var outcomes: [UInt64: [Bool]] = [:]
    private var calls = 0

    func spooled(_ tokens: [UInt64], durable: Bool) {
        condition.withLock {
            calls += 1
            for token in tokens { outcomes[token, default: []].append(durable) }
        }
        condition.broadcast()
    }

    /// Waits until `count` tokens are settled; gives what each was told.
    func wait(for count: Int) -> [UInt64: [Bool]] {
        condition.withLock {
            while outcomes.count < count { condition.wait() }
            return outcomes
        }
    }

    var groups: Int { condition.withLock { calls } }
}

enum Sample {
    static func id(_ number: Int) -> RecordID {
        RecordID(
            at: Instant(microseconds: 1_796_000_000_000_000 + Int64(number) * 1000),
            random: (1, UInt64(number)))
    }

    /// A record as most are: four meters, no labels, raw usage of some 150 bytes.
    static func record(_ number: Int) -> UsageRecord {
        var attribution = Attribution()
        attribution.tenant = "team-search"
        attribution.user = "user-\(number % 50)"
        attribution.keyID = "tbk_01234567"
        var usage = Usage()
        usage.provider = "openai"
        usage.dialect = "openai/chat"
        usage.api = "chat_completions"
        usage.modelRequested = "gpt-5.4"
        usage.model = "gpt-5.4-2026-03-05"
        usage.responseID = "chatcmpl-\(number)"
        usage.stream = number % 2 == 0
        usage.httpStatus = 200
        usage.finishReason = "stop"
        usage.serviceTier = "default"
        usage.status = .reported
        usage.tokens.input = Int64(1000 + number)
        usage.tokens.cacheRead = 512
        usage.tokens.output = 333
        usage.tokens.reasoning = 111
        usage.components = [
            Component(
                model: "gpt-5.4-2026-03-05",
                readings: [
                    MeterReading(.cacheRead, Quantity(512)),
                    MeterReading(.freshInput, Quantity(Int64(488 + number))),
                    MeterReading(.output, Quantity(222)), MeterReading(.reasoning, Quantity(111)),
                ])
        ]
        usage.rawUsage =
            #"{"prompt_tokens":1000,"completion_tokens":333,"total_tokens":1333,"#
            + #""prompt_tokens_details":{"cached_tokens":512},"#
            + #""completion_tokens_details":{"reasoning_tokens":111}}"#
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = 250
        timing.totalMilliseconds = 1800
        timing.requestBytes = 2048
        timing.responseBytes = 4096
        let id = id(number)
        return UsageRecord(
            id: id, operationID: id.text, instance: "", sequence: 0,
            occurredAt: Instant(microseconds: 1_796_000_000_000_000 + Int64(number)), upstream: "openai",
            attribution: attribution, usage: usage, timing: timing)
    }

    static func note(_ number: Int, labels: Int = 0) -> OpenedNote {
        var attribution = Attribution()
        attribution.tenant = "team-search"
        attribution.labels = (0..<labels).map {
            Label(key: "label-\(100 + $0)", value: String(repeating: "v", count: 256))
        }
        return OpenedNote(
            id: id(number), operationID: "operation-\(number)",
            occurredAt: Instant(microseconds: Int64(number)),
            upstream: "openai", attribution: attribution, provider: "openai", dialect: "openai/chat",
            api: "chat_completions", modelRequested: "gpt-5.4", stream: true)
    }

    /// Anything a record can be, absurd values included.
    static func anyRecord(_ random: inout Seeded) -> UsageRecord {
        var attribution = Attribution()
        attribution.tenant = anyText(&random)
        attribution.user = anyText(&random)
        attribution.keyID = anyText(&random)
        attribution.labels = (0..<Int.random(in: 0...16, using: &random)).map { _ in
            Label(key: anyText(&random), value: anyText(&random))
        }
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = anyNumber(&random)
        timing.totalMilliseconds = Int64.random(in: .min ... .max, using: &random)
        timing.requestBytes = Int64.random(in: .min ... .max, using: &random)
        timing.responseBytes = Int64.random(in: 0...1000, using: &random)
        var record = UsageRecord(
            id: RecordID(high: random.next(), low: random.next()), operationID: anyText(&random),
            attempt: Int.random(in: .min ... .max, using: &random), instance: "instance", sequence: 7,
            occurredAt: Instant(microseconds: Int64.random(in: .min ... .max, using: &random)),
            upstream: anyText(&random), attribution: attribution, usage: anyUsage(&random), timing: timing)
        record.settlement = maybe(&random, anyText)
        return record
    }

    private static func anyUsage(_ random: inout Seeded) -> Usage {
        var usage = Usage()
        usage.provider = anyText(&random)
        usage.dialect = anyText(&random)
        usage.dialectVersion = Int.random(in: 0...9, using: &random)
        usage.api = anyText(&random)
        usage.modelRequested = maybe(&random) { anyText(&$0) }
        usage.model = maybe(&random) { anyText(&$0) }
        usage.responseID = maybe(&random) { anyText(&$0) }
        usage.providerRequestID = maybe(&random) { anyText(&$0) }
        usage.stream = Bool.random(using: &random)
        usage.httpStatus = Int.random(in: -1...999, using: &random)
        usage.finishReason = maybe(&random) { anyText(&$0) }
        usage.serviceTier = maybe(&random) { anyText(&$0) }
        usage.status = UsageStatus.allCases.randomElement(using: &random)!
        usage.completeness = Completeness.allCases.randomElement(using: &random)!
        usage.notBillable = maybe(&random) { NotBillableReason.allCases.randomElement(using: &$0)! }
        usage.providerCostUSD = maybe(&random) { anyText(&$0) }
        usage.rawUsage = maybe(&random) { anyText(&$0) }
        usage.anomalies = Anomaly.allCases.filter { _ in UInt8.random(in: 0...9, using: &random) == 0 }
        for path in [
            \TokenCounts.input, \.cacheRead, \.cacheWrite, \.cacheWrite1h, \.audioInput, \.imageInput,
            \.toolPrompt,
            \.output, \.reasoning, \.audioOutput, \.webSearches,
        ] { usage.tokens[keyPath: path] = anyNumber(&random) }
        usage.components = (0..<Int.random(in: 0...4, using: &random)).map { _ in anyComponent(&random) }
        usage.estimate = maybe(&random) { random in
            var estimate = Estimate(method: anyText(&random), version: Int.random(in: 0...99, using: &random))
            estimate.inputTokens = anyNumber(&random)
            estimate.outputTokens = anyNumber(&random)
            estimate.upperInputTokens = anyNumber(&random)
            estimate.upperOutputTokens = anyNumber(&random)
            return estimate
        }
        return usage
    }

    private static func anyComponent(_ random: inout Seeded) -> Component {
        var selectors = Selectors()
        selectors.serviceTierRequested = maybe(&random) { anyText(&$0) }
        selectors.serviceTier = maybe(&random) { anyText(&$0) }
        selectors.batch = maybe(&random) { Bool.random(using: &$0) }
        selectors.region = maybe(&random) { anyText(&$0) }
        selectors.speed = maybe(&random) { anyText(&$0) }
        selectors.geo = maybe(&random) { anyText(&$0) }
        selectors.contextTokens = anyNumber(&random)
        let readings = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            MeterReading(
                Meter(anyText(&random)),
                Quantity(
                    nanos: Int128.random(in: .min ... .max, using: &random)
                        >> Int.random(in: 0...127, using: &random)),
                status: [QuantityStatus.reported, .derived, .estimated].randomElement(using: &random)!)
        }
        return Component(
            role: Component.Role.allCases.randomElement(using: &random)!,
            model: maybe(&random) { anyText(&$0) },
            readings: readings, selectors: selectors)
    }

    private static func maybe<T>(_ random: inout Seeded, _ make: (inout Seeded) -> T) -> T? {
        Bool.random(using: &random) ? make(&random) : nil
    }

    private static func anyNumber(_ random: inout Seeded) -> Int64? {
        maybe(&random) { Int64.random(in: .min ... .max, using: &$0) >> Int64.random(in: 0...63, using: &$0) }
    }

    private static func anyText(_ random: inout Seeded) -> String {
        let letters = Array("abcxyz019./-_ \"\\\u{0}\u{7f}äß日本🧾e\u{301}")
        return String(
            (0..<Int.random(in: 0...40, using: &random)).map { _ in letters.randomElement(using: &random)! })
    }
}

extension Spool {
    /// Appends records and waits until they are durable.
    func store(_ numbers: Range<Int>) throws {
        let receiver = Receiver()
        for number in numbers {
            try append(Sample.record(number), token: UInt64(number), completion: receiver)
        }
        _ = receiver.wait(for: numbers.count)
    }

    /// Everything durable and not yet read.
    func readAll(limit: Int = 1000) -> [UsageRecord] {
        var records: [UsageRecord] = []
        while let batch = nextBatch(limit: limit, wait: 0) { records += batch.records }
        return records
    }
}

/// The record as it comes back.
func stored(_ record: UsageRecord, _ instance: String, _ sequence: Int64) -> UsageRecord {
    var record = record
    record.instance = instance
    record.sequence = sequence
    return record
}
