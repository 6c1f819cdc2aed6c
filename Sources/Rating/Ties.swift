// Finds prices that could both hold for one request with equal right. Which of them applied would be
// chance, so such a book is refused. Two prices tie when their dates overlap, some model matches a
// name of each with the same rank, they have equally many conditions, and those can hold together —
// unless a third price always wins there.
import Terms

struct Ties {
    private let entries: [PriceEntry]

    init(_ entries: [PriceEntry]) { self.entries = entries }

    var problems: [PriceProblem] {
        var found: [PriceProblem] = []
        let byProvider = Dictionary(grouping: entries, by: \.provider)
        for provider in byProvider.keys.sorted() {
            let group = byProvider[provider] ?? []
            for (number, other) in Self.pairs(group) {
                guard group[number].when.count == group[other].when.count,
                    let model = collision(group[number], group[other], in: group)
                else { continue }
                let (a, b) = (group[number], group[other])
                found.append(
                    PriceProblem(
                        kind: .tie, file: b.file, line: b.line,
                        text: "\(a.id) and \(b.id) can both hold for \(model) with \(a.when.count) "
                            + "conditions each: give one an `until`, or one more condition", rival: a.id))
            }
        }
        return found
    }

    /// Positions of prices that have an exact name in common, or patterns of one rank: all others cannot
    /// tie, and of some thousand prices those are nearly all.
    private static func pairs(_ group: [PriceEntry]) -> [(Int, Int)] {
        var byName: [String: [Int]] = [:]
        for (number, entry) in group.enumerated() {
            for name in Set(entry.models.map { $0.isExact ? $0.text : "*\($0.rank)" }) {
                byName[name, default: []].append(number)
            }
        }
        var pairs: Set<[Int]> = []
        for numbers in byName.values {
            for (index, a) in numbers.enumerated() {
                for b in numbers[(index + 1)...] where group[a].id != group[b].id { pairs.insert([a, b]) }
            }
        }
        return pairs.map { ($0[0], $0[1]) }.sorted(by: <)
    }

    /// A name for which both hold and nothing else wins; nil when there is none.
    private func collision(_ a: PriceEntry, _ b: PriceEntry, in group: [PriceEntry]) -> String? {
        let from = max(a.from, b.from)
        let until = Self.earlier(a.until, b.until)
        guard until.map({ from < $0 }) ?? true, a.when.canHold(with: b.when) else { return nil }
        for mine in a.models {
            for theirs in b.models where mine.rank == theirs.rank && mine.overlaps(theirs) {
                let winners = group.filter { other in
                    other.id != a.id && other.id != b.id && other.when.follow(from: a.when, and: b.when)
                        && other.models.contains { wins($0, mine, theirs, other.when.count > a.when.count) }
                }
                if isOpen(from, until, winners) { return mine.text }
            }
        }
        return nil
    }

    private func wins(
        _ pattern: ModelPattern, _ a: ModelPattern, _ b: ModelPattern, _ moreConditions: Bool
    ) -> Bool {
        (pattern.rank > a.rank || (pattern.rank == a.rank && moreConditions))
            && (pattern.covers(a) || pattern.covers(b))
    }

    /// Whether some instant of [from, until) is not within the validity of any of the winners.
    private func isOpen(_ from: Instant, _ until: Instant?, _ winners: [PriceEntry]) -> Bool {
        var reached = from
        for winner in winners.sorted(by: { $0.from < $1.from }) where winner.from <= reached {
            guard let end = winner.until else { return false }
            reached = max(reached, end)
        }
        return until.map { reached < $0 } ?? true
    }

    private static func earlier(_ a: Instant?, _ b: Instant?) -> Instant? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}
