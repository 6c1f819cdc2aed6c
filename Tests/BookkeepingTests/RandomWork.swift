// Random rated records from a seed: few enough tenants, users and instants that keys, cells and days
// collide, and every kind of outcome that the ledger distinguishes. Shared by the tests of the ledger in
// memory and of the one in PostgreSQL.
import Bookkeeping
import Rating
import Terms

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

struct RandomWork {
    var generator: SeededGenerator
    let period: Period
    private var sequence: [String: Int64] = [:]

    init(seed: UInt64, period: Period) {
        generator = SeededGenerator(seed: seed)
        self.period = period
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &generator)! }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    mutating func records(_ count: Int) -> [RatedRecord] { (0..<count).map { _ in record() } }

    mutating func record() -> RatedRecord {
        let span = period.since.microseconds..<period.until.microseconds
        let occurredAt = Instant(microseconds: Int64.random(in: span, using: &generator))
        var attribution = Attribution()
        attribution.tenant = pick(["acme", "globex", "ünïcode ✓", "unattributed"])
        attribution.user = pick(["", "ada", "bob", "o'neil \"quoted\" \\ back"])
        attribution.keyID = pick(["", "k1", "k2"])
        if chance(40) {
            attribution.labels = [Label(key: "project", value: pick(["alpha", "beta"]))]
            if chance(50) {
                attribution.labels.append(Label(key: "team", value: pick(["red", "blau, grün"])))
            }
        }
        let instance = pick(["west", "east"])
        sequence[instance, default: 0] += chance(5) ? 2 : 1
        let id = RecordID(at: occurredAt, random: (generator.next(), generator.next()))
        let usage = usage()
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = chance(80) ? 120 : nil
        timing.totalMilliseconds = Int64.random(in: 1...90_000, using: &generator)
        timing.requestBytes = 2048
        timing.responseBytes = 777
        let record = UsageRecord(
            id: id, operationID: chance(90) ? id.text : "operation 7", attempt: chance(90) ? 1 : 2,
            instance: instance, sequence: sequence[instance]!, occurredAt: occurredAt,
            upstream: pick(["openai", "backup"]), attribution: attribution, usage: usage, timing: timing)
        return RatedRecord(record: record, rated: rated(usage))
    }

    private mutating func usage() -> Usage {
        var usage = Usage()
        usage.provider = pick(["openai", "anthropic"])
        usage.dialect = "openai/chat"
        usage.api = "chat_completions"
        usage.modelRequested = pick(["gpt-5.4", "claude-fable-5"])
        usage.model = chance(85) ? usage.modelRequested! + "-2026-10-01" : nil
        usage.responseID = chance(50) ? "resp_1" : nil
        usage.stream = chance(50)
        usage.httpStatus = 200
        usage.finishReason = pick(["stop", "length", nil])
        usage.status = pick([.reported, .reported, .reported, .estimated, .derived, .absent])
        usage.completeness = pick([.complete, .complete, .complete, .clientAborted, .open])
        if chance(10) { usage.notBillable = pick([.refused, .providerError, .replay]) }
        if chance(10) { usage.note(.totalMismatch) }
        if chance(10) { usage.note(.unknownField) }
        if usage.status == .estimated {
            usage.estimate = Estimate(method: "bytes/4", version: 1)
            usage.estimate?.upperOutputTokens = 4096
        }
        usage.rawUsage = chance(80) ? #"{"prompt_tokens" : 12,"x":"\u00e9\n"}"# : nil
        usage.providerCostUSD = chance(10) ? "0.0012300" : nil
        usage.tokens.input = chance(80) ? 1200 : nil
        usage.tokens.output = 0
        usage.components = (0..<pick([0, 1, 1, 1, 2])).map { component($0, usage) }
        return usage
    }

    private mutating func component(_ index: Int, _ usage: Usage) -> Component {
        let meters: [Meter] = [
            .freshInput, .cacheRead, .cacheWrite1h, .output, .reasoning, .audioSeconds, .request, .webSearch,
        ].filter { _ in chance(50) }
        let readings = meters.sorted().map { meter -> MeterReading in
            let fraction = meter == .audioSeconds
            let nanos = Int128(Int64.random(in: 0...200_000, using: &generator)) * 1_000_000_000
            return MeterReading(
                meter, Quantity(nanos: fraction ? nanos / 7 : nanos),
                status: usage.status == .estimated ? pick([.estimated, .reported]) : .reported)
        }
        var selectors = Selectors()
        if chance(30) { selectors.serviceTier = "priority" }
        if chance(30) { selectors.contextTokens = 200_001 }
        if chance(10) { selectors.batch = true }
        return Component(
            role: index == 0 ? .primary : .advisor, model: index == 0 ? usage.model : "claude-fable-5-mini",
            readings: readings, selectors: selectors)
    }

    /// Charges as a rater would make them: some meters find no rate, some books have rates of their own.
    mutating func rated(_ usage: Usage) -> Rated {
        guard usage.notBillable == nil else { return .notBillable }
        var rated = Rated(cost: .nothing)
        let currency = pick([Currency.usd, .usd, .usd, Currency("EUR")])
        let books = pick([[Book.list], [.list], [.list, .contracted], Book.allCases])
        for (index, component) in usage.components.enumerated() {
            for reading in component.readings {
                if chance(10) {
                    rated.unpriced.append(.init(component: index, meter: reading.meter))
                    continue
                }
                for book in books {
                    let picos = Int128(Int64.random(in: 0...9_999_999_999, using: &generator))
                    rated.charges.append(
                        Charge(
                            component: index, meter: reading.meter, quantity: reading.quantity,
                            amount: Money(picos: chance(3) ? picos * 1_000_000_000_007 : picos),
                            currency: currency, book: book, rateID: "openai/gpt-5.4/2026-03",
                            priceVersion: "1", rounded: chance(5)))
                }
            }
        }
        rated.cost = rated.unpriced.isEmpty && chance(95) ? .nothing : Cost()
        return rated
    }
}
