// Worked examples against the price files of this repository: each amount was calculated by hand from
// the provider's price page and written down in picos. The examples are in Fixtures/worked.json.
import Foundation
import Rating
import Terms
import Testing

struct WorkedExample: Decodable, CustomTestStringConvertible {
    let name: String
    let provider: String
    let model: String
    let at: String
    let selectors: [String: String]?
    let meters: [String: String]
    /// One for each meter with a quantity, in the order of the meters' names.
    let picos: [String]
    let cost: String

    var testDescription: String { name }

    static let all = Result { () throws -> [WorkedExample] in
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/worked.json")
        return try JSONDecoder().decode([WorkedExample].self, from: Data(contentsOf: file))
    }

    func usage() throws -> Usage {
        var selectors = Selectors()
        for (key, value) in self.selectors ?? [:] {
            switch key {
            case "service_tier": selectors.serviceTier = value
            case "service_tier_requested": selectors.serviceTierRequested = value
            case "batch": selectors.batch = value == "true"
            case "geo": selectors.geo = value
            case "speed": selectors.speed = value
            case "context_tokens": selectors.contextTokens = Int64(value)
            default: Issue.record("the selector \(key) of \(name) is not known")
            }
        }
        var usage = Usage.of(model, [:], provider: provider)
        usage.components[0].selectors = selectors
        usage.components[0].readings = try meters.sorted { $0.key < $1.key }.map {
            MeterReading(Meter($0.key), try #require(Quantity($0.value)))
        }
        return usage
    }
}

@Suite struct WorkedExampleTests {
    @Test("the amounts are those worked out by hand", arguments: try WorkedExample.all.get())
    func worked(example: WorkedExample) throws {
        let book = try ShippedPricesTests.book.get()
        let rated = book.rate(try example.usage(), upstream: "up", at: Instant(example.at))
        #expect(rated.charges.map { "\($0.amount.picos)" } == example.picos)
        #expect(rated.cost.list?.plain == example.cost)
        #expect(rated.unpriced.isEmpty && rated.charges.allSatisfy { !$0.rounded })
    }

    @Test("components are priced by their own models, and one unpriced meter makes the whole unpriced")
    func components() throws {
        let book = try ShippedPricesTests.book.get()
        var usage = Usage.of(
            "claude-sonnet-5-5", ["in.text.fresh": 2000, "out.text": 500], provider: "anthropic")
        usage.components.append(
            Component(
                role: .advisor, model: "claude-opus-5-5",
                readings: [MeterReading(.freshInput, Quantity(1000)), MeterReading(.output, Quantity(800))]))
        let rated = book.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.charges.map(\.amount.plain) == ["0.004", "0.005", "0.004", "0.016"])
        #expect(rated.charges.map(\.component) == [0, 0, 1, 1])
        #expect(rated.cost.list?.plain == "0.029")
        usage.components[1].model = "claude-unheard-of"
        let partly = book.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(partly.charges.count == 2 && partly.unpriced.map(\.component) == [1, 1])
        #expect(partly.cost == Cost())
    }
}
