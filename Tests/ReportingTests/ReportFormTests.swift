// The report's forms, on reports that the ledger in memory makes: several currencies, odd names, and the
// law that text totals the exact amounts and not the rounded ones.
import Bookkeeping
import Rating
import Reporting
import Terms
import Testing

@Suite struct ReportFormTests {
    private static let start = Instant(rfc3339: "2026-10-05T00:00:00Z")!

    /// One exchange with one charge.
    private static func record(
        _ number: Int64, tenant: String, model: String, amount: String?, currency: String = "USD"
    ) -> RatedRecord {
        var usage = Usage()
        usage.model = model
        usage.status = .reported
        usage.tokens.input = 10
        usage.components = [
            Component(model: model, readings: [MeterReading(.freshInput, Quantity(10))])
        ]
        var attribution = Attribution()
        attribution.tenant = tenant
        let occurredAt = start.advanced(bySeconds: number)
        let record = UsageRecord(
            id: RecordID(at: occurredAt, random: (0, UInt64(number))), operationID: "o", instance: "i",
            sequence: number, occurredAt: occurredAt, upstream: "u", attribution: attribution, usage: usage,
            timing: UsageRecord.Timing())
        guard let money = amount.flatMap({ Money($0) }) else {
            return RatedRecord(
                record: record,
                rated: Rated(unpriced: [Rated.UnpricedMeter(component: 0, meter: .freshInput)]))
        }
        let charge = Charge(
            component: 0, meter: .freshInput, quantity: Quantity(10), amount: money,
            currency: Currency(currency), book: .list, rateID: "r", priceVersion: "v", rounded: false)
        return RatedRecord(
            record: record,
            rated: Rated(charges: [charge], cost: Cost(list: money, contracted: money, chargeback: money)))
    }

    private static func report(_ records: [RatedRecord], by: [Dimension] = [.tenant]) throws -> Report {
        var ledger = MemoryLedger()
        _ = ledger.post(records, bookedAt: start.advanced(bySeconds: 60))
        let period = try #require(Period(month: "2026-10", zone: .utc))
        return try #require(ledger.report(ReportQuery(by: by, period: period)))
    }

    @Test("the text's total is that of the exact amounts")
    func exactTotal() throws {
        let report = try Self.report([
            Self.record(1, tenant: "a", model: "m", amount: "0.0000004"),
            Self.record(2, tenant: "b", model: "m", amount: "0.0000004"),
        ])
        let lines = report.text(columns: nil).split(separator: "\n")
        #expect(lines.filter { $0.hasSuffix("  0.000000") }.count == 2)
        #expect(lines.first { $0.hasPrefix("total") }?.hasSuffix("  0.000001") == true)
        #expect(report.csv.contains("a,1,10,0,0,0,0,0.0000004,0.0000004,0.0000004,0,0,USD\n"))
    }

    @Test("amounts of different currencies are never added")
    func currencies() throws {
        let report = try Self.report([
            Self.record(1, tenant: "a", model: "m", amount: "2"),
            Self.record(2, tenant: "a", model: "m", amount: "3", currency: "EUR"),
        ])
        let json = report.json
        #expect(json.contains(#""currency":null,"rows""#))
        #expect(
            json.contains(
                #""total":{"requests":2,"input_tokens":20,"cache_read_tokens":0,"cache_write_tokens":0,"#
                    + #""output_tokens":0,"reasoning_tokens":0,"#
                    + #""cost":{"list":null,"contracted":null,"chargeback":null}"#))
        #expect(json.contains(#""totals":[{"currency":"EUR","requests":1"#))
        let text = report.text(columns: nil)
        #expect(text.contains("EUR       3.000000"))
        #expect(text.contains("USD       2.000000"))
        #expect(!text.contains("5.000000"))
    }

    @Test(
        "the rows of the CSV add up to the total, whatever they are grouped by",
        arguments: [7, 42, 4141] as [UInt64])
    func sums(seed: UInt64) throws {
        var state = seed
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var records: [RatedRecord] = []
        var expected = Money.zero
        for number in 1...300 as ClosedRange<Int64> {
            let amount = Money(picos: Int128(random(1_000_000_000)))
            expected += amount
            records.append(
                Self.record(
                    number, tenant: "t\(random(5))", model: "m,\(random(7))", amount: amount.plain))
        }
        for by in [[.tenant], [.model, .tenant], [.day, .model], [.month]] as [[Dimension]] {
            let report = try Self.report(records, by: by)
            var sum = Money.zero
            var requests = 0
            for line in report.csv.split(separator: "\n").dropFirst() {
                // The only quoted fields are names, which stand in front.
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                sum += try #require(Money(fields[fields.count - 6]))
                requests += try #require(Int(fields[fields.count - 12]))
            }
            #expect(sum == expected)
            #expect(requests == 300)
            #expect(report.totals.map { $0.figures.cost.list } == [expected])
            #expect(report.json.contains(#""total":{"requests":300,"#))
        }
    }

    @Test("unpriced usage is shown, not added as zero")
    func unpriced() throws {
        let report = try Self.report(
            [
                Self.record(1, tenant: "a", model: "known", amount: "1"),
                Self.record(2, tenant: "a", model: "unknown", amount: nil),
            ], by: [.model])
        let text = report.text(columns: nil)
        #expect(text.contains("unpriced  1 unpriced"))
        #expect(
            text.contains("1.000000  1 unpriced\n\ncompleteness: 2 records, 0 open, 0 estimated, 1 unpriced"))
        #expect(report.csv.contains("unknown,1,10,0,0,0,0,,,,0,1,USD\n"))
        #expect(report.jsonLines.contains(#"{"model":"unknown","requests":1,"#))
    }

    @Test("a name from outside stays one cell in every form")
    func oddNames() throws {
        let name = "a,\"b\"\n|c\u{1b}"
        let report = try Self.report([Self.record(1, tenant: name, model: "m", amount: "1")])
        #expect(report.csv.contains("\"a,\"\"b\"\"\n|c\u{1b}\",1,10"))
        #expect(report.json.contains(#""tenant":"a,\"b\"\n|c\u001b""#))
        #expect(report.text(columns: nil).contains("a,\"b\"\\u{a}|c\\u{1b}  "))
        #expect(report.markdown.contains("| a,\"b\"\\\\u{a}\\|c\\\\u{1b} |"))
    }

    @Test("the heading names the period as people say it")
    func headings() throws {
        func heading(_ since: String, _ until: String) throws -> Substring {
            let ends = [since, until].compactMap { Instant(rfc3339: $0) }
            let period = try #require(Period(since: ends[0], until: ends[1]))
            let report = try #require(MemoryLedger().report(ReportQuery(by: [.tenant], period: period)))
            return try #require(report.text(columns: nil).split(separator: "\n").first)
        }
        #expect(try heading("2026-10-01", "2026-11-01") == "Spend of 2026-10 (UTC), contracted prices")
        #expect(try heading("2026-10-01", "2026-10-02") == "Spend of 2026-10-01 (UTC), contracted prices")
        #expect(
            try heading("2026-10-01", "2026-10-15")
                == "Spend of 2026-10-01 to 2026-10-14 (UTC), contracted prices")
        #expect(
            try heading("2026-10-01T01:00:00Z", "2026-10-02").hasPrefix(
                "Spend of 2026-10-01T01:00:00.000000Z to 2026-10-02T00:00:00.000000Z (UTC)")
        )
    }
}
