// What the ledger keeps besides records: price books and what sidecars say of themselves.
import Bookkeeping
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct KeepingTests {
    let files = [
        StoredPriceFile(name: "pricing/a.yaml", text: "provider: a\n# ünïcode\n"),
        StoredPriceFile(name: "pricing/b.yaml", text: ""),
    ]

    @Test("the newest price book is in force, and the same one again is not a new one")
    func priceBooks() throws {
        let store = try TestDatabase.ledger()
        #expect(try store.currentPriceBook() == nil)
        let at = instant("2026-10-01T10:00:00Z")
        let first = try store.storePriceBook(version: "aaa", files: files, recordedAt: at)
        #expect(first.stored && first.mark == PriceBookMark(ordinal: 1, version: "aaa", recordedAt: at))
        #expect(try store.storePriceBook(version: "aaa", files: files, recordedAt: at).stored == false)
        let other = [StoredPriceFile(name: "pricing/a.yaml", text: "x")]
        #expect(
            try store.storePriceBook(version: "bbb", files: other, recordedAt: at, onlyIntoNone: true).stored
                == false)
        #expect(try store.priceBookInForce()?.version == "aaa")
        #expect(try store.storePriceBook(version: "bbb", files: other, recordedAt: at).mark.ordinal == 2)
        #expect(try store.currentPriceBook()?.files == other)
        #expect(try store.priceBook(version: "aaa")?.files == files)
        #expect(try store.storePriceBook(version: "aaa", files: files, recordedAt: at).mark.ordinal == 3)
        #expect(try store.priceBookMarks().map(\.version) == ["aaa", "bbb", "aaa"])
        #expect(try store.priceBook(version: "none") == nil)
    }

    @Test("a missing sequence number is named, and filled when the record comes after all")
    func gaps() throws {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 21, period: period("2026-10-01", "2026-10-02"))
        var batch = work.records(9)
        for (index, sequence) in [1, 2, 4, 5, 9, 10, 11, 13, 14].enumerated() {
            batch[index].record.instance = "west"
            batch[index].record.sequence = Int64(sequence)
        }
        _ = try store.post(batch, bookedAt: instant("2026-10-01"))
        var state = try #require(try store.instances().first)
        #expect(state.lastSequence == 14 && state.note == nil)
        #expect(state.gaps == [3...3, 6...8, 12...12])
        var late = work.record()
        late.record.instance = "west"
        late.record.sequence = 7
        _ = try store.post([late], bookedAt: instant("2026-10-01"))
        state = try #require(try store.instances().first)
        #expect(state.gaps == [3...3, 6...6, 8...8, 12...12])
    }

    @Test("a report says how far it is complete: as far as the slowest sidecar that has not retired")
    func notes() throws {
        let store = try TestDatabase.ledger()
        let query = ReportQuery(by: [], period: period("2026-10-01", "2026-11-01"))
        #expect(try store.report(query).footer == CompletenessFooter())
        let at = instant("2026-10-05T10:00:00Z")
        var west = InstanceNote(
            instance: "west", version: "0.1.0", reportedAt: at, backlog: 12, openExchanges: 3,
            completeUntil: at.advanced(bySeconds: -60))
        var east = west
        east.instance = "east"
        east.backlog = 0
        east.completeUntil = at
        try store.noteInstance(west)
        try store.noteInstance(east)
        var footer = try store.report(query).footer
        #expect(footer.backlog == 12 && footer.completeUntil == at.advanced(bySeconds: -60))
        west.backlog = 0
        west.completeUntil = nil
        try store.noteInstance(west)
        footer = try store.report(query).footer
        #expect(footer.backlog == 0 && footer.completeUntil == at && footer.gaps == 0)
        #expect(try store.instances().map(\.note) == [east, west])
    }

    @Test("a report over more days than the limit is refused")
    func tooManyUnits() throws {
        let store = try TestDatabase.ledger()
        let query = ReportQuery(by: [.day], period: period("1990-01-01", "2026-11-01"))
        #expect(throws: LedgerError.tooManyUnits(limit: CalendarCuts.limit)) { try store.report(query) }
    }
}
