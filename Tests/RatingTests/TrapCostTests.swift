// The worked costs of the collection of known traps: their components under their prices, loaded as a
// price book, must cost to the last digit what was worked out, line by line.
import Foundation
import Rating
import Terms
import Testing

@Suite struct TrapCostTests {
    static let path = ProcessInfo.processInfo.environment["TOLLBOOK_TRAPS"]

    /// What the collection's row names stand for, in the words of a price file.
    static let rows: [String: String] = [
        ">100k": "{input_over: 100000}", ">272k": "{input_over: 272000}", "0-256k": "{input_to: 256000}",
        "256k-1m": "{input_over: 256000}", "priority": "{service_tier: priority}",
        "off_peak":
            "{window: [{days: mon-fri, from: '10:00', to: '01:00'}, {days: mon-fri, from: '04:00', "
            + "to: '06:00'}, {days: sat-sun, from: '00:00', to: '24:00'}]}",
    ]

    @Test(.enabled(if: path != nil, "TOLLBOOK_TRAPS is not set")) func worked() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.path!))
        let traps = try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        #expect(traps.count >= 70)
        for trap in traps {
            let id = trap["id"] as! String
            let expected = trap["expected"] as! [String: Any]
            let usage = Self.usage(expected)
            let book = try Books.book(Self.file(trap["prices"] as! [String: [String: Any]], expected))
            let time = (trap["context"] as? [String: Any])?["request_time"] as? String
            let rated = book.rate(usage, upstream: "up", at: Instant(time ?? "2026-11-20T12:00:00Z"))
            let cost = trap["expected_cost_usd"] as! String
            // The one quotient that does not end is worked out to 18 places; money has 12.
            let exact = DecimalText(cost)!.fixed(places: 18)!
            let rounded = dividedHalfEven(exact, by: 1_000_000).quotient
            #expect(rated.cost.list?.picos == rounded, "\(id) \(rated.unpriced)")
            #expect(Self.lines(rated) == Self.lines(expected), "\(id)")
        }
    }

    private static func file(_ prices: [String: [String: Any]], _ expected: [String: Any]) -> String {
        let lines = expected["charge_lines"] as! [[String: Any]]
        let factor = lines.compactMap { $0["mult"] as? String }.first { $0 != "1" }
        let spared = Set(
            lines.filter { factor != nil && $0["mult"] as? String == "1" }.map { $0["meter"] as! String })
        let entries = prices.sorted { $0.key < $1.key }.map { row, rates in
            let known = Self.rows.first { row.hasSuffix("@" + $0.key) }
            let model = known.map { String(row.dropLast($0.key.count + 1)) } ?? row
            var when = known?.value ?? "{}"
            if factor != nil { when = "{speed: fast, geo: us}" }
            let rates = rates.sorted { $0.key < $1.key }.map { meter, rate in
                let rate = rate as! [String: Any]
                let own = spared.contains(meter) ? ", multiply: '1'" : ""
                return "    \(meter): {amount: '\(rate["usd"]!)', per: \(rate["per"]!)\(own)}"
            }
            return """
                - id: "\(row)"
                  models: ["\(model == "reported" ? "*" : model)"]
                  from: 2026-01-01
                  when: \(when)
                  multiply: "\(factor ?? "1")"
                  rates:
                \(rates.joined(separator: "\n"))
                """
        }
        return Books.provider(entries.joined(separator: "\n"))
    }

    private static func usage(_ expected: [String: Any]) -> Usage {
        var usage = Usage()
        usage.provider = "test"
        usage.components = (expected["components"] as! [[String: Any]]).map { component in
            let stated = component["selectors"] as! [String: Any]
            var selectors = Selectors()
            selectors.serviceTier = stated["service_tier_served"] as? String
            selectors.serviceTierRequested = stated["service_tier_requested"] as? String
            selectors.speed = stated["speed"] as? String
            selectors.geo = stated["inference_geo"] as? String
            var readings: [MeterReading] = []
            for key in ["cells", "meters"] {
                for (meter, value) in component[key] as! [String: Any] {
                    readings.append(MeterReading(Meter(meter), Quantity("\(value)")!))
                }
            }
            return Component(
                model: component["model"] as? String, readings: readings.sorted { $0.meter < $1.meter },
                selectors: selectors)
        }
        return usage
    }

    private static func lines(_ rated: Rated) -> Set<String> {
        Set(
            rated.charges.map {
                "\($0.component) \($0.meter.rawValue) \($0.quantity.plain) \($0.amount.plain)"
            }
        )
    }

    private static func lines(_ expected: [String: Any]) -> Set<String> {
        let lines = (expected["charge_lines"] as! [[String: Any]]).filter { $0["qty"] as? String != "0" }
        return Set(
            lines.map { line in
                // A fraction stands where the quotient does not end.
                let amount = line["amount_usd"] as! String
                let plain = amount == "37/120000" ? "0.000308333333" : amount
                return "\(line["component"]!) \(line["meter"]!) \(line["qty"]!) \(plain)"
            })
    }
}
