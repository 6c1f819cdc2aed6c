// Ordering, the largest rows and comparison: none of them changes what rows add up to.
import Bookkeeping
import Terms
import Testing

@Suite struct ReportShapingTests {
    private func sums(_ rows: [ReportRow]) -> [Currency: Money] {
        rows.reduce(into: [:]) { $0[$1.currency, default: .zero] += $1.figures.cost.list ?? .zero }
    }

    @Test("the largest rows and the others make the whole", arguments: 1...6 as ClosedRange<UInt64>)
    func top(seed: UInt64) throws {
        let period = Period(month: "2026-10", zone: .utc)!
        var work = RandomWork(seed: seed, period: period)
        let (ledger, _) = SumLawTests.ledger(&work, 200)
        let whole = try #require(ledger.report(ReportQuery(by: [.user, .model], period: period)))
        for count in [1, 2, 5, 1000] {
            var report = whole
            report.keepTop(count)
            #expect(sums(report.rows) == sums(whole.rows))
            let requests = report.rows.reduce(0) { $0 + $1.figures.requests }
            #expect(requests == whole.rows.reduce(0) { $0 + $1.figures.requests })
            #expect(report.totals == whole.totals)
            #expect(report.rows.prefix(count).elementsEqual(whole.rows.prefix(count)))
        }
        for order in ReportOrder.allCases {
            var report = whole
            report.sort(by: order)
            #expect(Set(report.rows) == Set(whole.rows))
        }
        var byRequests = whole
        byRequests.sort(by: .requests)
        let counts = byRequests.rows.map(\.figures.requests)
        #expect(counts == counts.sorted(by: >))
    }

    @Test("beside each row stands the other period's, and every row of both is there")
    func compare() throws {
        let two = Period(since: Instant(rfc3339: "2026-09-01T00:00:00Z")!, until: SumLawTests.november)!
        var work = RandomWork(seed: 9, period: two)
        let (ledger, _) = SumLawTests.ledger(&work, 300)
        let month = Period(month: "2026-10", zone: .utc)!
        let before = try #require(ReportComparison.previous.period(for: month, zone: .utc))
        #expect(before == Period(month: "2026-09", zone: .utc)!)
        var report = try #require(ledger.report(ReportQuery(by: [.tenant, .model], period: month)))
        let other = try #require(ledger.report(ReportQuery(by: [.tenant, .model], period: before)))
        let own = sums(report.rows)
        report.compare(with: other)
        #expect(sums(report.rows) == own)
        var compared: [Currency: Money] = [:]
        for row in report.rows { compared[row.currency, default: .zero] += row.compared?.cost.list ?? .zero }
        #expect(compared.filter { $0.value != .zero } == sums(other.rows).filter { $0.value != .zero })
    }

    @Test("the period before and the year before, with leap days, changes of clocks and odd ends")
    func periods() throws {
        let berlin = try #require(Zones.read("Europe/Berlin"))
        let march = Period(month: "2026-03", zone: berlin)!
        #expect(
            ReportComparison.previous.period(for: march, zone: berlin)
                == Period(month: "2026-02", zone: berlin))
        #expect(
            ReportComparison.year.period(for: march, zone: berlin) == Period(month: "2025-03", zone: berlin))
        func days(_ since: String, _ until: String) -> Period {
            Period(
                since: berlin.start(of: CivilDate(since)!), until: berlin.start(of: CivilDate(until)!),
                timezone: berlin.name)!
        }
        #expect(
            ReportComparison.previous.period(for: days("2026-03-29", "2026-04-05"), zone: berlin)
                == days("2026-03-22", "2026-03-29"))
        #expect(
            ReportComparison.year.period(for: days("2028-02-29", "2028-03-01"), zone: berlin)
                == days("2027-02-28", "2027-03-01"))
        let odd = Period(
            since: Instant(rfc3339: "2026-10-03T11:00:00Z")!, until: Instant(rfc3339: "2026-10-03T12:30:00Z")!
        )!
        #expect(
            ReportComparison.previous.period(for: odd, zone: .utc)?.since
                == Instant(rfc3339: "2026-10-03T09:30:00Z"))
    }
}

extension SumLawTests {
    static let november = Instant(rfc3339: "2026-11-01T00:00:00Z")!
}
