import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

/// The collection of known traps named by `$TOLLBOOK_TRAPS`, from bytes to cost.
@Suite(.enabled(if: Trap.path != nil, "TOLLBOOK_TRAPS is not set")) struct TrapTests {
    // The collection's vocabulary is finer than the record's.
    static let statuses = ["reported_partial": "partial", "mixed": "estimated"]
    static let endings = ["aborted_by_client": "client_aborted"]
    static let roles = ["fallback_served": "fallback", "hop": "primary", "asr": "transcription"]
    static let anomalies = [
        "terminal_usage_missing": "terminal_missing",
        "zero_usage_nonempty_input": "placeholder_usage",
    ]
    /// Words for what the record says by its status, and for what is no anomaly where reasoning comes on top
    /// of the completion.
    static let unsaid: Set<String> = [
        "output_estimated", "usage_absent", "reported_total_rounded", "reasoning_exceeds_completion",
    ]
    /// Meters that the record spells shorter.
    static let meters = ["in.text.cache_write.unspecified": "in.text.cache_write"]

    @Test func theCollectionIsWhole() { #expect(Trap.all.count == 70) }

    @Test("components, totals and status", arguments: Trap.all)
    func usage(of trap: Trap) {
        let usages = trap.play()
        let expected = trap.expected
        #expect(usages.flatMap { Self.components($0) } == Self.components(expected), "\(trap.id)")
        #expect(Self.totals(usages) == Self.totals(expected), "\(trap.id)")
        let status = expected["usage_status"] as! String
        let completeness = expected["completeness"] as! String
        for usage in usages {
            #expect(usage.status.rawValue == Self.statuses[status] ?? status, "\(trap.id)")
            #expect(usage.completeness.rawValue == Self.endings[completeness] ?? completeness, "\(trap.id)")
        }
        let made = Set(usages.flatMap { $0.anomalies.map(\.rawValue) })
        for word in expected["anomalies"] as! [String] where !Self.unsaid.contains(word) {
            #expect(made.contains(Self.anomalies[word] ?? word), "\(trap.id)")
        }
    }

    @Test("cost, to the last digit", arguments: Trap.all)
    func cost(of trap: Trap) throws {
        var total = Money.zero
        var charges: [[String]] = []
        var offset = 0
        for usage in trap.play() {
            let book = try trap.book(for: usage.provider)
            let rated = book.rate(usage, upstream: "u", at: trap.instant)
            #expect(rated.unpriced.isEmpty, "\(trap.id): \(rated.unpriced)")
            total += try #require(rated.cost.list, "\(trap.id)")
            for charge in rated.charges {
                charges.append([
                    "\(charge.component + offset)", charge.meter.rawValue, charge.quantity.plain,
                    charge.amount.plain,
                ])
            }
            offset += usage.components.count
        }
        #expect(total.plain == Self.picos(trap.object["expected_cost_usd"] as! String), "\(trap.id)")
        let lines = (trap.expected["charge_lines"] as! [[String: Any]]).map { line in
            [
                "\(line["component"]!)", line["meter"] as! String, line["qty"] as! String,
                Self.picos(line["amount_usd"] as! String),
            ]
        }.filter { $0[2] != "0" && !(charges.isEmpty && $0[3] == "0") }
        #expect(charges.sorted { $0.joined() < $1.joined() } == lines.sorted { $0.joined() < $1.joined() })
    }

    /// An amount in the twelve decimals of a charge, half to even.
    static func picos(_ text: String) -> String {
        let sides = text.split(separator: "/").map { Decimal(string: String($0))! }
        var exact = sides.count == 2 ? sides[0] / sides[1] : sides[0]
        var rounded = Decimal()
        NSDecimalRound(&rounded, &exact, 12, .bankers)
        return "\(rounded)"
    }

    // MARK: Shapes

    static func components(_ usage: Usage) -> [[String: String]] {
        usage.components.map { component in
            var cells = ["role": component.role.rawValue, "model": row(component.model ?? "")]
            for reading in component.readings { cells[reading.meter.rawValue] = reading.quantity.plain }
            return cells
        }
    }

    /// The collection names rows of prices, whose names are those of models without date and revision.
    static func row(_ model: String) -> String {
        for mark in ["-20250929-v1:0", "-v1:0"] where model.hasSuffix(mark) {
            return String(model.dropLast(mark.count))
        }
        return model
    }

    static func components(_ expected: [String: Any]) -> [[String: String]] {
        (expected["components"] as! [[String: Any]]).map { component in
            let role = component["role"] as! String
            var cells = ["role": roles[role] ?? role, "model": component["model"] as? String ?? ""]
            for (name, value) in counts(component) where "\(value)" != "0" {
                cells[meters[name] ?? name] = "\(value)"
            }
            return cells
        }
    }

    /// What a component counts. Where the provider's statement is what is charged, the collection keeps the
    /// counts beside it as `counters`; the record keeps them as the meters that they are.
    private static func counts(_ component: [String: Any]) -> [String: Any] {
        let selectors = component["selectors"] as? [String: Any] ?? [:]
        let sides = [component["cells"], component["meters"], selectors["counters"]]
        return sides.compactMap { $0 as? [String: Any] }.reduce(into: [:]) { all, side in
            all.merge(side) { first, _ in first }
        }
    }

    static func totals(_ usages: [Usage]) -> [Int64] {
        let readings = usages.flatMap { $0.components.flatMap(\.readings) }
        let sides = [readings.filter(\.meter.isInputTokens), readings.filter(\.meter.isOutputTokens)]
        return sides.map { $0.reduce(0) { $0 + ($1.quantity.whole ?? -1) } }
    }

    static func totals(_ expected: [String: Any]) -> [Int64] {
        let totals = expected["totals"] as! [String: Any]
        let counters = (expected["components"] as! [[String: Any]]).flatMap { component in
            (component["selectors"] as? [String: Any])?["counters"] as? [String: Any] ?? [:]
        }
        return [("input_tokens", "in."), ("output_tokens", "out.")].map { name, prefix in
            counters.filter { $0.key.hasPrefix(prefix) }.reduce(Int64(totals[name] as! Int)) {
                $0 + Int64($1.value as! Int)
            }
        }
    }
}
