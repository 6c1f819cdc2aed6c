// Laws of rating again, on random records and random ratings: what stands afterwards is the other rating, to
// the pico; the same rating again is no entry; quantities never change.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct RerateLawTests {
    private static let month = Period(
        since: Instant(rfc3339: "2026-10-01T00:00:00Z")!, until: Instant(rfc3339: "2026-11-01T00:00:00Z")!)!

    /// Sums of what counts, per book and currency.
    private func sums(_ entries: [Entry]) -> [String: Money] {
        var sums: [String: Money] = [:]
        for entry in entries {
            for book in Book.allCases where entry.counts(in: book) {
                guard let amount = entry.amount, amount != .zero else { continue }
                sums["\(book.rawValue) \(entry.currency.code)", default: .zero] += amount
            }
        }
        return sums.filter { $0.value != .zero }
    }

    private func quantities(_ entries: [Entry]) -> [String: Int128] {
        var sums: [String: Int128] = [:]
        for entry in entries where entry.book == .list {
            sums["\(entry.component) \(entry.meter.rawValue)", default: 0] += entry.quantity.nanos
        }
        return sums.filter { $0.value != 0 }
    }

    @Test(
        "rating again twice books what once books; to the same rating nothing; and back is as it was",
        arguments: 1...40 as ClosedRange<UInt64>)
    func laws(seed: UInt64) {
        var work = RandomWork(seed: seed, period: Self.month)
        for _ in 0..<100 {
            let first = work.record()
            let posted = StoredRecord(
                record: first.record, bookedAt: Self.month.since, entries: first.entries)
            #expect(posted.corrections(to: first.rated).isEmpty, "the same rating is no entry")

            let second = RatedRecord(record: first.record, rated: work.rated(first.record.usage))
            let corrections = posted.corrections(to: second.rated)
            var once = posted
            once.entries += corrections
            #expect(once.corrections(to: second.rated).isEmpty, "twice is once")
            #expect(sums(once.entries) == sums(second.entries))
            #expect(quantities(once.entries) == quantities(posted.entries))
            #expect(once.entries.unpricedReadings == second.entries.unpricedReadings)
            #expect(once.entries.prefix(posted.entries.count) == posted.entries[...], "nothing is rewritten")

            var back = once
            back.entries += once.corrections(to: first.rated)
            #expect(sums(back.entries) == sums(first.entries))
            #expect(back.entries.unpricedReadings == first.entries.unpricedReadings)
        }
    }

    @Test("what changes add up to is the sum of their differences, however records are grouped")
    func partition() {
        var work = RandomWork(seed: 77, period: Self.month)
        let all = work.records(300).map { rated -> (StoredRecord, [Entry]) in
            let stored = StoredRecord(
                record: rated.record, bookedAt: Self.month.since, entries: rated.entries)
            return (stored, stored.corrections(to: work.rated(rated.record.usage)))
        }
        func total(_ parts: [[(StoredRecord, [Entry])]]) -> [String: Money] {
            var sums: [String: Money] = [:]
            for part in parts {
                var changes = RatingChanges()
                for (stored, corrections) in part { changes.add(stored, corrections) }
                for row in changes.rows {
                    for book in Book.allCases {
                        let difference = (row.after[book] ?? .zero) - (row.before[book] ?? .zero)
                        sums["\(row.tenant) \(row.currency.code) \(book.rawValue)", default: .zero] +=
                            difference
                    }
                }
            }
            return sums.filter { $0.value != .zero }
        }
        let whole = total([all])
        #expect(whole == total(stride(from: 0, to: 300, by: 7).map { Array(all[$0..<min(300, $0 + 7)]) }))
        #expect(whole == total(all.shuffled(using: &work.generator).map { [$0] }))
        #expect(!whole.isEmpty)
    }
}
