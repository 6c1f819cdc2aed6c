// A small ledger with contracts: a discount for everybody, one tenant that is charged in euro, terms of the
// month, and one record whose price was corrected.
import Bookkeeping
import Documents
import LedgerStore
import Rating
import Terms
import Testing

@testable import Commands

enum ContractFixture {
    /// One ledger for all tests that only read.
    static let shared = Result { () throws -> String in try ownLedger() }

    static func ownLedger() throws -> String {
        let conninfo = try LedgerFixture.emptyDatabase()
        let ledger = try LedgerStore.open(conninfo)
        try ledger.migrate()
        let first = try store(prices, version: "contracts-1", in: ledger, at: "2026-10-01T00:00:00Z")
        let records = [
            record(1, "acme", 1000, 333), record(2, "globex", 2_000_000, 100_000),
            record(3, "globex", 1_000_000, 0),
        ].map { record in
            RatedRecord(
                record: record,
                rated: first.rate(
                    record.usage, upstream: record.upstream, tenant: record.attribution.tenant,
                    at: record.occurredAt))
        }
        let receipt = try ledger.post(records, bookedAt: Instant(rfc3339: "2026-10-31T00:00:00Z")!)
        #expect(receipt.inserted == 3)
        let dearer = prices.replacing(
            #"{amount: "1.25", per: 1000000}"#, with: #"{amount: "2.5", per: 1000000}"#)
        let second = try store(dearer, version: "contracts-2", in: ledger, at: "2026-11-01T00:00:00Z")
        let stored = try #require(try ledger.record(records[0].record.id))
        let rated = second.rate(
            stored.record.usage, upstream: "acme", tenant: "acme", at: stored.record.occurredAt)
        try ledger.correct(
            [RecordCorrection(stored: stored, entries: stored.corrections(to: rated))],
            bookedAt: Instant(rfc3339: "2026-11-01T01:00:00Z")!)
        return conninfo
    }

    static func store(
        _ prices: String, version: String, in ledger: LedgerStore, at time: String
    ) throws -> PriceBook {
        let sources =
            [("acme.yaml", prices), ("contract.yaml", contract), ("euro.yaml", euro)]
            + [("rates.yaml", conversions)]
        let book = try PriceSources.book(
            sources.map { PriceSource(name: $0.0, bytes: Array($0.1.utf8)) }, label: version)
        try ledger.storePriceBook(
            version: version, files: sources.map { StoredPriceFile(name: $0.0, text: $0.1) },
            recordedAt: Instant(rfc3339: time)!)
        return book
    }

    static let prices = """
        provider: acme
        currency: USD
        prices:
        - id: acme/small/2026-01
          models: [small]
          from: 2026-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          rates:
            in.text.fresh: {amount: "1.25", per: 1000000}
            out.text: {amount: "10", per: 1000000}

        """
    static let contract = """
        contract: acme-2026
        book: contracted
        rules:
        - {id: acme-2026/discount, from: 2026-01-01, multiply: "0.9"}
        - {id: acme-2026/free, meters: ["in.*"], from: 2026-01-01, per: month, allowance: {quantity: "1000000"}}
        - {id: acme-2026/least, tenants: [globex, initech], from: 2026-01-01, per: month, minimum: "5"}

        """
    static let euro = """
        contract: euro-2026
        book: chargeback
        currency: EUR
        convert: central-bank
        rules:
        - {id: euro-2026/acme, tenants: [acme], from: 2026-01-01, multiply: "1.1"}

        """
    static let conversions = """
        conversion: central-bank
        to: EUR
        source: https://example.com/rates
        checked: 2026-11-01
        rates:
        - {from: 2026-10-01, until: 2026-11-01, amounts: {USD: "1.17"}}

        """

    static func record(_ number: UInt64, _ tenant: String, _ input: Int64, _ output: Int64) -> UsageRecord {
        LedgerFixture.record(number, "2026-10-30T10:00:00Z", tenant, user: "", []) { usage in
            usage.model = "small"
            usage.tokens.input = input
            usage.tokens.output = output
            usage.rawUsage = #"{"prompt_tokens":\#(input),"completion_tokens":\#(output)}"#
            usage.components = [
                Component(
                    model: "small",
                    readings: [
                        MeterReading(.freshInput, Quantity(input)), MeterReading(.output, Quantity(output)),
                    ])
            ]
        }
    }
}
