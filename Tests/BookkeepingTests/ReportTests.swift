// Reports, by examples that can be added up by hand.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct ReportTests {
    let october = Period(month: "2026-10", zone: .utc)!

    func ledger(_ records: [RatedRecord]) -> MemoryLedger {
        var ledger = MemoryLedger()
        _ = ledger.post(records, bookedAt: Example.start)
        return ledger
    }

    func priced(
        _ number: UInt64, _ tenant: String, _ amount: String, currency: Currency = .usd,
        at instant: Instant = Example.start
    ) -> RatedRecord {
        var record = Example.record([(.output, 100)], tenant: tenant, at: instant, number: number)
        record.rated.charges = [Example.charge(.output, 100, amount, currency: currency)]
        return record
    }

    @Test("rows come by cost, then by name; what has no price comes last and shows none")
    func order() throws {
        var unpriced = Example.record([(.output, 7)], tenant: "zeta", number: 9)
        unpriced.rated.unpriced = [.init(component: 0, meter: .output)]
        let ledger = ledger([
            priced(1, "b", "1"), priced(2, "a", "1"), priced(3, "c", "2"), priced(4, "a", "0"), unpriced,
        ])
        let report = try #require(ledger.report(ReportQuery(by: [.tenant], period: october)))
        #expect(report.rows.map(\.keys) == [["c"], ["a"], ["b"], ["zeta"]])
        #expect(report.rows.map(\.figures.cost.contracted) == [Money("2"), Money("1"), Money("1"), nil])
        #expect(report.rows.map(\.figures.requests) == [1, 2, 1, 1])
        #expect(report.totals.map(\.figures.cost.list) == [Money("4")])
        #expect(report.totals[0].figures.unpricedRequests == 1)
        #expect(report.totals[0].figures.outputTokens == 407)
        #expect(report.footer.records == 5 && report.footer.unpriced == 1)
    }

    @Test("a report over nothing has no rows and a total of nothing")
    func empty() throws {
        let report = try #require(MemoryLedger().report(ReportQuery(by: [.day], period: october)))
        #expect(report.rows.isEmpty)
        #expect(report.totals == [ReportRow(keys: [], currency: .usd, figures: Figures())])
        #expect(report.totals[0].figures.cost == .nothing)
    }

    @Test("each currency has a row and a total of its own; what was not charged joins one of them")
    func currencies() throws {
        let euro = Currency("EUR")
        var free = Example.record([(.output, 5)], tenant: "a", number: 9)
        free.record.usage.notBillable = .replay
        free.rated = .notBillable
        let ledger = ledger([priced(1, "a", "1", currency: euro), priced(2, "b", "2"), free])
        let report = try #require(ledger.report(ReportQuery(by: [.tenant], period: october)))
        #expect(report.rows.map(\.keys) == [["b"], ["a"]])
        #expect(report.rows.map(\.currency) == [.usd, euro])
        #expect(report.rows.map(\.figures.requests) == [1, 2])
        #expect(report.totals.map(\.currency) == [euro, .usd])
        let flat = try #require(ledger.report(ReportQuery(by: [], period: october)))
        #expect(flat.rows.map(\.currency) == [.usd, euro])
        #expect(flat.rows.map(\.figures.requests) == [2, 1])
    }

    @Test("by meter, requests stand once, in a line of their own")
    func byMeter() throws {
        var record = Example.record([(.freshInput, 800), (.cacheRead, 200), (.output, 50), (.reasoning, 30)])
        record.rated.charges = [Example.charge(.freshInput, 800, "0.001")]
        record.rated.unpriced = [.init(component: 0, meter: .cacheRead)]
        let report = try #require(ledger([record]).report(ReportQuery(by: [.meter], period: october)))
        let rows = Dictionary(uniqueKeysWithValues: report.rows.map { ($0.keys[0], $0.figures) })
        #expect(rows["request"]?.requests == 1 && rows["request"]?.unpricedRequests == 1)
        #expect(rows["in.text.fresh"]?.requests == 0)
        #expect(rows["in.text.fresh"]?.cost.list == Money("0.001"))
        #expect(rows["in.text.cache_read"]?.cost.list == nil)
        #expect(rows["in.text.cache_read"]?.quantity == Quantity(200))
        let total = report.totals[0].figures
        #expect(total.requests == 1 && total.inputTokens == 1000 && total.cacheReadTokens == 200)
        #expect(total.outputTokens == 80 && total.reasoningTokens == 30)
    }

    @Test("days end at the zone's midnight: 25 hours when clocks go back, and the days make the month")
    func days() throws {
        let berlin = try #require(Zones.read("Europe/Berlin"))
        let records = (0..<744).map { hour in
            priced(
                UInt64(hour + 1), "a", "0.01",
                at: Instant(rfc3339: "2026-09-30T22:30:00Z")!.advanced(bySeconds: Int64(hour) * 3600))
        }
        let month = try #require(Period(month: "2026-10", zone: berlin))
        let ledger = ledger(records)
        let days = try #require(ledger.report(ReportQuery(by: [.day], period: month, zone: berlin)))
        #expect(days.rows.count == 31)
        #expect(days.rows.map(\.keys[0]).first == "2026-10-01")
        #expect(days.rows.first { $0.keys == ["2026-10-25"] }?.figures.requests == 25)
        #expect(days.rows.first { $0.keys == ["2026-10-26"] }?.figures.requests == 24)
        #expect(days.totals[0].figures.requests == 744)
        let weeks = try #require(ledger.report(ReportQuery(by: [.week], period: month, zone: berlin)))
        #expect(weeks.rows.map(\.keys[0]) == ["2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44"])
        #expect(weeks.rows[0].figures.requests == 96)
    }

    @Test("what is booked more than an hour after it began is late")
    func late() throws {
        var ledger = MemoryLedger()
        _ = ledger.post([priced(1, "a", "1")], bookedAt: Example.start.advanced(bySeconds: 3600))
        _ = ledger.post([priced(2, "a", "1")], bookedAt: Example.start.advanced(bySeconds: 3601))
        #expect(ledger.report(ReportQuery(by: [], period: october))?.footer.late == 1)
    }

    @Test("dimensions read back as they are named")
    func dimensionNames() {
        for name in [
            "tenant", "user", "key", "model", "provider", "upstream", "meter", "day", "week", "month",
        ] {
            #expect(Dimension(name)?.name == name)
        }
        #expect(Dimension("label:cost center")?.name == "label:cost center")
        #expect(Dimension("label:") == nil && Dimension("Tenant") == nil && Dimension("") == nil)
    }

    @Test("weeks are named by the year of their Thursday")
    func weekNames() {
        for (date, name) in [
            ("2026-01-01", "2026-W01"), ("2027-01-01", "2026-W53"), ("2024-12-30", "2025-W01"),
            ("2026-10-25", "2026-W43"), ("2021-01-03", "2020-W53"),
        ] {
            #expect(CalendarUnit.week.name(of: CivilDate(date)!) == name)
        }
    }
}
