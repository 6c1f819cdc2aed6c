/// Exact and all exchanges of one provider, API and way of answering.
struct Score {
    var exact = 0
    /// Not exact, and the expectation is what is wrong.
    var disputed = 0
    var total = 0

    mutating func count(_ isExact: Bool, disputed isDisputed: Bool = false) {
        total += 1
        if isExact { exact += 1 } else if isDisputed { disputed += 1 }
    }

    mutating func add(_ other: Score) {
        exact += other.exact
        disputed += other.disputed
        total += other.total
    }
}

/// The scores of a run.
struct ScoreTable {
    struct Row: Hashable, Comparable {
        var api: String
        var provider: String
        var streams: Bool
        static func < (a: Row, b: Row) -> Bool {
            (a.api, a.provider, a.streams ? 1 : 0) < (b.api, b.provider, b.streams ? 1 : 0)
        }
    }

    private(set) var scores: [Row: Score] = [:]

    mutating func count(_ expectation: Expectation, exact: Bool, disputed: Bool) {
        let row = Row(api: expectation.api, provider: expectation.provider, streams: expectation.streams)
        scores[row, default: Score()].count(exact, disputed: disputed)
    }

    func sum(where isCounted: (Row) -> Bool) -> Score {
        scores.filter { isCounted($0.key) }.values.reduce(into: Score()) { $0.add($1) }
    }

    /// Aligned text.
    var text: String {
        var lines = [Self.line("provider", "api", "stream", "exact", "disputed", "total")]
        for (row, score) in scores.sorted(by: { $0.key < $1.key }) {
            lines.append(Self.line(row.provider, row.api, row.streams ? "yes" : "no", score))
        }
        lines.append(Self.line("all", "", "", sum { _ in true }))
        return lines.joined(separator: "\n")
    }

    private static func line(_ provider: String, _ api: String, _ stream: String, _ score: Score) -> String {
        line(provider, api, stream, "\(score.exact)", "\(score.disputed)", "\(score.total)")
    }

    /// Three columns of words, then numbers.
    static func line(
        _ first: String, _ second: String, _ third: String, _ numbers: String...
    ) -> String {
        padded(first, 24) + padded(second, 24) + padded(third, 8)
            + numbers.map { right($0, 9) }.joined()
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
