/// Exact and all exchanges of one provider, API and way of answering.
struct Score {
    var exact = 0
    var total = 0

    mutating func count(_ isExact: Bool) {
        total += 1
        if isExact { exact += 1 }
    }

    mutating func add(_ other: Score) {
        exact += other.exact
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

    mutating func count(_ expectation: Expectation, exact: Bool) {
        let row = Row(api: expectation.api, provider: expectation.provider, streams: expectation.streams)
        scores[row, default: Score()].count(exact)
    }

    func sum(where isCounted: (Row) -> Bool) -> Score {
        scores.filter { isCounted($0.key) }.values.reduce(into: Score()) { $0.add($1) }
    }

    /// Aligned text; APIs that have to be exact carry a star.
    var text: String {
        var lines = [Self.line("provider", "api", "stream", "exact", "total")]
        for (row, score) in scores.sorted(by: { $0.key < $1.key }) {
            let api = row.api + (requiredAPIs.contains(row.api) ? " *" : "")
            lines.append(
                Self.line(row.provider, api, row.streams ? "yes" : "no", "\(score.exact)", "\(score.total)"))
        }
        let required = sum { requiredAPIs.contains($0.api) }
        let all = sum { _ in true }
        lines.append(Self.line("all *", "required", "", "\(required.exact)", "\(required.total)"))
        lines.append(Self.line("all", "", "", "\(all.exact)", "\(all.total)"))
        return lines.joined(separator: "\n")
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
