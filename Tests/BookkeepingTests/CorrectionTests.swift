// Corrections by hand-made examples: what stands, what takes back, and what is left alone.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct CorrectionTests {
    private func stored(_ rated: RatedRecord, _ more: [Entry] = []) -> StoredRecord {
        StoredRecord(record: rated.record, bookedAt: Example.start, entries: rated.entries + more)
    }

    @Test("a price that came late takes back what was unpriced")
    func latePrice() {
        var rated = Example.record([(.freshInput, 800), (.output, 200)])
        rated.rated.charges = [Example.charge(.freshInput, 800, "0.001")]
        rated.rated.unpriced = [.init(component: 0, meter: .output)]
        var priced = rated.rated
        priced.charges.append(Example.charge(.output, 200, "0.002"))
        priced.unpriced = []
        let corrections = stored(rated).corrections(to: priced)
        #expect(corrections.map(\.kind) == [.reversal, .replacement])
        #expect(corrections.map(\.number) == [2, 3] && corrections.map(\.correctionOf) == [1, 1])
        #expect(corrections.map(\.quantity) == [Quantity(-200), Quantity(200)])
        #expect(corrections.map(\.amount) == [nil, Money("0.002")])
        let after = stored(rated, corrections)
        #expect(after.cost.list == Money("0.003") && after.entries.unpricedReadings == 0)
        #expect(after.corrections(to: priced).isEmpty)
    }

    @Test("an amount that changes is reversed and replaced, the rest stays")
    func change() {
        var rated = Example.record([(.freshInput, 800), (.output, 200)])
        rated.rated.charges = [
            Example.charge(.freshInput, 800, "0.001"), Example.charge(.output, 200, "0.002"),
        ]
        var other = rated.rated
        other.charges[1] = Example.charge(.output, 200, "0.004")
        let corrections = stored(rated).corrections(to: other)
        #expect(corrections.map(\.amount?.plain) == ["-0.002", "0.004"])
        let after = stored(rated, corrections)
        #expect(after.cost.list == Money("0.005"))
        // And back again: the replacement is reversed, not the original.
        let back = after.corrections(to: rated.rated)
        #expect(back.map(\.kind) == [.reversal, .replacement] && back[0].correctionOf == 3)
        #expect(stored(rated, corrections + back).cost.list == Money("0.003"))
        #expect((corrections + back).reduce(Int128(0)) { $0 + $1.quantity.nanos } == 0)
    }

    @Test("the same amounts from a newer version of the book are no difference")
    func sameMoney() {
        var rated = Example.record([(.output, 200)])
        rated.rated.charges = [Example.charge(.output, 200, "0.002")]
        var newer = rated.rated
        newer.charges[0].priceVersion = "2"
        #expect(stored(rated).corrections(to: newer).isEmpty)
    }

    @Test("a price that is gone leaves the reading unpriced, not free")
    func goneAgain() {
        var rated = Example.record([(.output, 200)])
        rated.rated.charges = [Example.charge(.output, 200, "0.002")]
        var gone = rated.rated
        gone.charges = []
        gone.unpriced = [.init(component: 0, meter: .output)]
        let corrections = stored(rated).corrections(to: gone)
        #expect(corrections.map(\.kind) == [.reversal, .unpriced])
        let after = stored(rated, corrections)
        #expect(after.cost == Cost() && after.entries.unpricedReadings == 1)
        #expect(after.corrections(to: gone).isEmpty)
    }

    @Test("a book that gets rates of its own no longer follows the list")
    func contract() {
        var rated = Example.record([(.output, 200)])
        rated.rated.charges = [Example.charge(.output, 200, "0.002")]
        var contracted = rated.rated
        contracted.charges.append(Example.charge(.output, 200, "0.001", .contracted))
        let corrections = stored(rated).corrections(to: contracted)
        #expect(corrections.map(\.kind) == [.reversal, .replacement, .replacement])
        #expect(corrections.map(\.correctionOf) == [0, 0, 0])
        let after = stored(rated, corrections)
        #expect(
            after.cost == Cost(list: Money("0.002"), contracted: Money("0.001"), chargeback: Money("0.001")))
        #expect(after.corrections(to: contracted).isEmpty)
    }

    @Test("changes are summed per tenant and currency")
    func changes() {
        var rated = Example.record([(.output, 200)])
        rated.rated.unpriced = [.init(component: 0, meter: .output)]
        var priced = Rated()
        priced.charges = [Example.charge(.output, 200, "0.002", currency: Currency("EUR"))]
        var changes = RatingChanges()
        changes.add(stored(rated), stored(rated).corrections(to: priced))
        #expect(changes.rows.count == 1 && changes.entries == 2)
        let row = changes.rows[0]
        #expect(row.currency == Currency("EUR") && row.records == 1 && row.corrected == 1)
        #expect(row.unpricedBefore == 1 && row.unpricedAfter == 0)
        #expect(row.before[.list] == .zero && row.after[.list] == Money("0.002"))
    }

    @Test("other quantities: what is booked afterwards is the usage that they are of")
    func otherQuantities() {
        var rated = Example.record([(.freshInput, 1000), (.output, 200)])
        rated.record.usage.components[0].selectors.contextTokens = 1000
        rated.rated.charges = [
            Example.charge(.freshInput, 1000, "0.001"), Example.charge(.output, 200, "0.002"),
        ]
        let before = stored(rated)
        #expect(before.bookedUsage == rated.record.usage)
        var fresh = before
        fresh.record.usage.components[0].readings = [
            MeterReading(.cacheRead, Quantity(1000)), MeterReading(.output, Quantity(200)),
        ]
        #expect(!before.books(fresh.record.usage))
        let other = Rated(charges: [
            Example.charge(.cacheRead, 1000, "0.0001"), Example.charge(.output, 200, "0.002"),
        ])
        let after = stored(rated, fresh.corrections(to: other))
        #expect(after.books(fresh.record.usage) && after.cost.list == Money("0.0021"))
        #expect(after.record == rated.record)
        let booked = after.bookedUsage.components[0]
        #expect(booked.readings.map(\.meter) == [.cacheRead, .freshInput, .output])
        #expect(booked.readings.map(\.quantity.plain) == ["1000", "0", "200"])
        #expect(booked.selectors.contextTokens == nil)
    }
}
