// Records of the ledger beside the lines of `tollbook normalize`: every member that both print is compared,
// and what may differ is listed here with its reason.

import Mediation
import Wire

/// The members of a printed line, their values verbatim.
struct PrintedLine {
    private(set) var members: [(name: String, value: [UInt8])]

    init(_ line: ArraySlice<UInt8>) {
        members = JSONMembers(line).map { ($0.key, Array($0.value)) }
    }

    subscript(name: String) -> [UInt8]? { members.first { $0.name == name }?.value }

    func text(_ name: String) -> String? { self[name].flatMap { JSONText.string($0[...]) } }

    /// The value of a label.
    func label(_ name: String) -> String? {
        guard let labels = self["labels"] else { return nil }
        return PrintedLine(labels[...]).text(name)
    }
}

/// A member in which a record may differ from `normalize`, and exactly how.
struct Allowance: Sendable {
    let member: String
    let reason: String
    /// Given what normalize and the record have, in this order.
    let allows: @Sendable (Replayed, [UInt8], [UInt8]) -> Bool

    static let all: [Allowance] = [
        Allowance(
            member: "provider_request_id",
            reason:
                "a placeholder of the recorder: normalize ignores it, live traffic is believed"
        ) { exchange, normalized, stored in
            guard normalized.elementsEqual("null".utf8), let stored = JSONText.string(stored[...]) else {
                return false
            }
            return exchange.recorded.responseHeaders.contains {
                $0.name.hasSuffix("request-id") && $0.value == stored
                    && stored.lowercased().contains("request-id")
            }
        },
        settledOnce("not_billable_reason", whole: "null", again: #""replay""#),
        settledOnce("billable", whole: "true", again: "false"),
        Allowance(
            member: "anomalies",
            reason: "the provider's stated cost is not the list's: normalize is given no prices here"
        ) { _, normalized, stored in
            let mismatch = #""stated_cost_mismatch""#
            let words = String(decoding: normalized.dropFirst().dropLast(), as: UTF8.self)
            let all = words.isEmpty ? [mismatch] : words.split(separator: ",").map(String.init) + [mismatch]
            return Set(
                String(decoding: stored.dropFirst().dropLast(), as: UTF8.self)
                    .split(separator: ",").map(String.init)) == Set(all)
        },
        // Regions stand in hosts and, for some providers, in paths; the run's hosts are local.
        Allowance(member: "components", reason: "the region stands in the recorded host") { _, ours, theirs in
            String(decoding: ours, as: UTF8.self).withoutPlace == String(decoding: theirs, as: UTF8.self)
        },
        learnt("estimate", normalized: #""method":"bytes/4""#, stored: #""method":"tokens/byte"#) {
            // The sound bounds do not depend on what was learnt.
            $0.text(after: #""upper_"#, upTo: #","method""#)
        },
        // The same parts under the same meters; only their sizes are estimated.
        learnt("components", normalized: #":"estimated""#, stored: #":"estimated""#) { text in
            text.withoutPlace.filter { !$0.isNumber }
        },
    ]

    /// What nobody stated is estimated by what the run has learnt so far, and by `normalize` without that.
    ///
    /// - Parameter same: the part of the value that has to be equal all the same.
    private static func learnt(
        _ member: String, normalized: String, stored: String, same: @escaping @Sendable (String) -> String
    ) -> Allowance {
        Allowance(member: member, reason: "estimated with what the run has learnt") { _, ours, theirs in
            let (ours, theirs) = (
                String(decoding: ours, as: UTF8.self), String(decoding: theirs, as: UTF8.self)
            )
            return ours.contains(normalized) && theirs.contains(stored) && same(ours) == same(theirs)
        }
    }

    /// Each exchange is sent twice, and what is charged for once is charged for the first time only.
    private static func settledOnce(_ member: String, whole: String, again: String) -> Allowance {
        let apis: Set<String> = [
            "interactions", "predictions", "assistants_runs", "batch_results", "responses",
        ]
        return Allowance(member: member, reason: "charged for once, and fetched before in this run") {
            exchange, normalized, stored in
            apis.contains(exchange.expectation.api) && normalized.elementsEqual(whole.utf8)
                && stored.elementsEqual(again.utf8)
        }
    }
}

extension String {
    /// The selectors of components without region and the place where data stays.
    fileprivate var withoutPlace: String {
        replacing(#/"(region|geo)":"[^"]*",?/#, with: "").replacing(",}", with: "}")
    }

    /// What stands between two marks; the whole text where a mark is missing.
    fileprivate func text(after opening: String, upTo closing: String) -> String {
        guard let from = firstRange(of: opening)?.upperBound,
            let to = self[from...].firstRange(of: closing)?.lowerBound
        else { return self }
        return String(self[from..<to])
    }
}

/// Compares records with normalized lines.
struct RecordComparison {
    /// Exchange and delivery to the record's line.
    private var records: [String: PrintedLine] = [:]
    private var normalized: [String: PrintedLine] = [:]
    private(set) var repeated: [String] = []
    /// How often each allowance was used, in the order of ``Allowance/all``.
    private(set) var used = [Int](repeating: 0, count: Allowance.all.count)
    /// The members that both sides print.
    private(set) var compared: [String] = []

    init(records: [UInt8], normalized: [UInt8]) {
        var lines = LineReader(records)
        while let range = lines.next() {
            let line = PrintedLine(records[range])
            let key = Self.key(line.label("exchange") ?? "", line.label("delivery") ?? "")
            if self.records.updateValue(line, forKey: key) != nil { repeated.append(key) }
        }
        lines = LineReader(normalized)
        while let range = lines.next() {
            let line = PrintedLine(normalized[range])
            self.normalized[line.text("id") ?? ""] = line
        }
    }

    private static func key(_ id: String, _ delivery: String) -> String { "\(id) \(delivery)" }

    /// How many records the ledger has.
    var count: Int { records.count + repeated.count }

    /// - Returns: in words, one for each member that differs without an allowance.
    mutating func differences(_ exchange: Replayed, _ delivery: Delivery) -> [String] {
        let id = exchange.recorded.id
        guard let record = records[Self.key(id, delivery.rawValue)] else { return ["no record"] }
        guard let line = normalized[id] else { return ["normalize printed no line"] }
        var differences: [String] = []
        let both = line.members.filter { record[$0.name] != nil }
        if compared.isEmpty { compared = both.map(\.name) }
        for (name, value) in both {
            guard let stored = record[name], stored != value else { continue }
            let index = Allowance.all.firstIndex {
                $0.member == name && $0.allows(exchange, value, stored)
            }
            if let index {
                used[index] += 1
            } else {
                differences.append("\(name): normalize \(Self.shown(value)), record \(Self.shown(stored))")
            }
        }
        return differences
    }

    private static func shown(_ value: [UInt8]) -> String { String(decoding: value, as: UTF8.self) }
}
