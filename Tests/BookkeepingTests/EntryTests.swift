// What a rated record becomes in the ledger, by hand-made examples.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct EntryTests {
    @Test("charges of the list book stand in all three books, unless a book has rates of its own")
    func booksFollow() {
        var rated = Example.record([(.freshInput, 800), (.output, 200)])
        rated.rated.charges = [
            Example.charge(.freshInput, 800, "0.001"), Example.charge(.output, 200, "0.002"),
        ]
        #expect(
            rated.entries.cost
                == Cost(list: Money("0.003"), contracted: Money("0.003"), chargeback: Money("0.003")))

        rated.rated.charges += [
            Example.charge(.freshInput, 800, "0.0009", .contracted),
            Example.charge(.output, 200, "0.0018", .contracted),
        ]
        #expect(
            rated.entries.cost
                == Cost(list: Money("0.003"), contracted: Money("0.0027"), chargeback: Money("0.0027")))

        rated.rated.charges.append(Example.charge(.output, 200, "0.01", .chargeback))
        #expect(
            rated.entries.cost
                == Cost(list: Money("0.003"), contracted: Money("0.0027"), chargeback: Money("0.01")))
        #expect(rated.entries.map(\.number) == [0, 1, 2, 3, 4])
    }

    @Test("a reading without a rate leaves an entry without an amount, and the record has no cost")
    func unpriced() {
        var rated = Example.record([(.freshInput, 800), (.output, 200)])
        rated.rated.charges = [Example.charge(.freshInput, 800, "0.001")]
        rated.rated.unpriced = [.init(component: 0, meter: .output)]
        let entries = rated.entries
        #expect(entries.map(\.kind) == [.charge, .unpriced])
        #expect(entries[1].amount == nil && entries[1].quantity == Quantity(200))
        #expect(entries.cost == Cost())
    }

    @Test("what is not billable costs nothing, and its quantities are still counted")
    func notBillable() {
        var rated = Example.record([(.freshInput, 800), (.output, 0)])
        rated.record.usage.notBillable = .replay
        rated.rated = .notBillable
        #expect(rated.entries.map(\.kind) == [.free])
        #expect(rated.entries.cost == .nothing)
    }

    @Test("a billable exchange of which nothing is known is unpriced, not free")
    func nothingKnown() {
        var rated = Example.record([])
        rated.rated = Rated()
        #expect(rated.entries.map(\.kind) == [.unpriced])
        #expect(rated.entries[0].meter == .request && rated.entries[0].quantity == .zero)
        #expect(rated.entries.cost == Cost())
    }

    @Test("reported zeros leave no entry and cost nothing")
    func zeros() {
        var rated = Example.record([(.freshInput, 0), (.output, 0)])
        rated.rated = Rated(cost: .nothing)
        #expect(rated.entries.isEmpty)
        #expect(rated.entries.cost == .nothing)
    }

    @Test("amounts of several currencies are never added")
    func currencies() {
        var rated = Example.record([(.freshInput, 800), (.output, 200)])
        rated.rated.charges = [
            Example.charge(.freshInput, 800, "0.001"),
            Example.charge(.output, 200, "0.002", currency: Currency("EUR")),
        ]
        #expect(rated.entries.cost == Cost())
    }

    @Test("a correction takes the original back and stands for it")
    func correction() {
        var rated = Example.record([(.output, 200)])
        rated.rated.unpriced = [.init(component: 0, meter: .output)]
        var entries = rated.entries
        var reversal = entries[0]
        reversal.number = 1
        reversal.kind = .reversal
        reversal.correctionOf = 0
        reversal.quantity = Quantity(-200)
        var replacement = entries[0]
        replacement.number = 2
        replacement.kind = .replacement
        replacement.correctionOf = 0
        replacement.amount = Money("0.002")
        replacement.currency = .usd
        entries += [reversal, replacement]
        let stored = StoredRecord(record: rated.record, bookedAt: Example.start, entries: entries)
        #expect(stored.cost.list == Money("0.002"))
        #expect(stored.charges.map(\.amount) == [Money("0.002")!])
    }
}

/// Records and charges for tests that state their numbers.
enum Example {
    static let start = Instant(rfc3339: "2026-10-25T00:30:00Z")!

    static func record(
        _ readings: [(Meter, Int64)], tenant: String = "acme", at instant: Instant = start, number: UInt64 = 1
    ) -> RatedRecord {
        var usage = Usage()
        usage.provider = "openai"
        usage.model = "gpt-5.4"
        usage.status = .reported
        usage.components = [
            Component(model: "gpt-5.4", readings: readings.map { MeterReading($0.0, Quantity($0.1)) })
        ]
        if readings.isEmpty { usage.components = [] }
        var attribution = Attribution()
        attribution.tenant = tenant
        let id = RecordID(at: instant, random: (number, number))
        return RatedRecord(
            record: UsageRecord(
                id: id, operationID: id.text, instance: "west", sequence: Int64(number), occurredAt: instant,
                upstream: "openai", attribution: attribution, usage: usage, timing: .init()),
            rated: Rated(cost: .nothing))
    }

    static func charge(
        _ meter: Meter, _ quantity: Int64, _ amount: String, _ book: Book = .list, currency: Currency = .usd
    ) -> Charge {
        Charge(
            component: 0, meter: meter, quantity: Quantity(quantity), amount: Money(amount)!,
            currency: currency, book: book, rateID: "openai/gpt-5.4/2026-03", priceVersion: "1",
            rounded: false)
    }
}
