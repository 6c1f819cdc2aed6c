// What must hold for any book and any usage: random work from seeds against simple definitions.
import Rating
import Terms
import Testing

@Suite struct PropertyTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 0x2545_f491_4f6c_dd1d
        }
        mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &self)] }
    }

    static let meters = ["in.text.fresh", "in.text.cache_read", "out.text", "out.text.reasoning", "request"]
    static let patterns = ["a", "ab", "abc", "a*", "ab*", "*", "*c", "a*c", "b*"]
    static let models = ["a", "ab", "abc", "abb", "ac", "b", "c", "", "aab"]
    static let whens = [
        "{}", "{batch: true}", "{geo: us}", "{input_over: 50}", "{geo: us, batch: true}",
        "{service_tier: flex}",
        "{input_over: 50, geo: us}", "{speed: fast, batch: false}",
    ]

    private func entry(_ number: Int, _ random: inout Random) -> String {
        let names = (0..<Int.random(in: 1...2, using: &random)).map { _ in "'\(random.pick(Self.patterns))'" }
        let month = Int.random(in: 1...6, using: &random)
        let until = Bool.random(using: &random) ? ", until: 2026-0\(month + 2)-01" : ""
        let rates = Self.meters.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map { meter in
            let amount = Int.random(in: 0...9999, using: &random)
            let per = random.pick([1, 3, 1000, 1_000_000])
            return "\(meter): {amount: '\(amount).5', per: \(per)}"
        }
        return """
            - id: p\(number)
              models: [\(Set(names).sorted().joined(separator: ", "))]
              from: 2026-0\(month)-01\(until.isEmpty ? "" : "\n  until: 2026-0\(month + 2)-01")
              when: \(random.pick(Self.whens))
              rates: {\((rates.isEmpty ? ["request: {amount: 1, per: 1}"] : rates).joined(separator: ", "))}
            """
    }

    private func usage(_ random: inout Random) -> Usage {
        var readings: [String: Int64] = [:]
        for meter in Self.meters where Bool.random(using: &random) {
            readings[meter] = Int64.random(in: 0...100, using: &random)
        }
        let flags = (Bool.random(using: &random), Bool.random(using: &random), Bool.random(using: &random))
        return .of(random.pick(Self.models), readings) { selectors in
            if flags.0 { selectors.batch = true }
            if flags.1 { selectors.geo = "us" }
            if flags.2 { (selectors.serviceTier, selectors.speed) = ("flex", "fast") }
        }
    }

    @Test(
        "charges add up to the cost, every reading is charged or unpriced, and explain agrees",
        arguments: 1...60 as ClosedRange<UInt64>)
    func sums(seed: UInt64) throws {
        var random = Random(seed)
        var entries: [String] = []
        // Entries that would tie are left out, as the loader demands.
        for number in 0..<30 {
            let more = entries + [entry(number, &random)]
            if Books.problems(Books.provider(more.joined(separator: "\n"))).isEmpty { entries = more }
        }
        let book = try Books.book(Books.provider(entries.joined(separator: "\n")))
        let shuffled = try Books.book(
            Books.provider(entries.shuffled(using: &random).joined(separator: "\n")))
        for _ in 0..<200 {
            let usage = usage(&random)
            let day = "2026-0\(Int.random(in: 1...9, using: &random))-15"
            let rated = book.rate(usage, upstream: "up", at: Instant(day))
            #expect(rated == shuffled.rate(usage, upstream: "up", at: Instant(day)), "seed \(seed)")
            let readings = usage.components[0].readings.filter { $0.quantity != .zero }
            #expect(rated.charges.count + rated.unpriced.count == readings.count)
            let sum = rated.charges.reduce(Money.zero) { $0 + $1.amount }
            if let cost = rated.cost.list { #expect(cost == sum && rated.unpriced.isEmpty) }
            let told = book.explain(usage, upstream: "up", at: Instant(day))
            #expect(Set(rated.charges.map(\.rateID)).count <= 1)
            if let charge = rated.charges.first { #expect(told[0].taken?.id == charge.rateID) }
            let amounts = told[0].lines.filter { $0.quantity != .zero }.compactMap(\.amount)
            #expect(amounts == rated.charges.map(\.amount))
            #expect(told[0].candidates.filter { $0.verdict == .taken }.count <= 1)
        }
    }

    @Test("the index finds what trying every pattern finds", arguments: 1...20 as ClosedRange<UInt64>)
    func index(seed: UInt64) throws {
        var random = Random(seed)
        let letters = Array("ab*")
        func word() -> String {
            String((0..<Int.random(in: 1...6, using: &random)).map { _ in random.pick(letters) })
        }
        let entries = (0..<40).map { number in
            // Each in a time of its own, so that nothing ties.
            "- {id: p\(number), models: ['\(word())'], from: \(2000 + number)-01-01, "
                + "until: \(2001 + number)-01-01, rates: {request: {amount: \(number + 1), per: 1}}}"
        }
        let book = try Books.book(Books.provider(entries.joined(separator: "\n")))
        for _ in 0..<100 {
            let model = word().replacing("*", with: "")
            for (number, entry) in book.entries.sorted(by: { $0.from < $1.from }).enumerated() {
                let cost = book.cost(.of(model, ["request": 1]), at: "\(2000 + number)-06-01")
                #expect((cost != nil) == entry.models[0].matches(model), "\(entry.models[0].text) \(model)")
            }
        }
    }
}
