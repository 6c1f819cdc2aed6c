// What must hold for any ledger, tried on random ones: however a period is cut and grouped, the parts
// make the whole, and what comes again changes nothing.
import Bookkeeping
import Foundation
import Terms
import Testing

enum Zones {
    static func read(_ name: String) -> TimeZoneRules? {
        let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") ?? Data()
        return TimeZoneRules(name: name, tzif: [UInt8](bytes))
    }
}

@Suite struct SumLawTests {
    static let zones = [
        "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    ]

    static func ledger(_ work: inout RandomWork, _ count: Int) -> (MemoryLedger, [RatedRecord]) {
        var ledger = MemoryLedger()
        let records = work.records(count)
        _ = ledger.post(records, bookedAt: work.period.until)
        return (ledger, records)
    }

    @Test("any grouping sums to the flat total, per currency", arguments: 1...8 as ClosedRange<UInt64>)
    func partitions(seed: UInt64) throws {
        let period = Period(month: "2026-10", zone: .utc)!
        var work = RandomWork(seed: seed, period: period)
        let (ledger, _) = Self.ledger(&work, 300)
        let names = ["tenant", "user", "key", "model", "provider", "upstream", "meter", "day", "label:team"]
        let flat = try #require(ledger.report(ReportQuery(by: [.provider], period: period)))
        for _ in 0..<6 {
            let by = names.shuffled(using: &work.generator).prefix(3).map { Dimension($0)! }
            let report = try #require(ledger.report(ReportQuery(by: by, period: period)))
            var money: [Currency: Money] = [:]
            for row in report.rows { money[row.currency, default: .zero] += row.figures.cost.list ?? .zero }
            for total in report.totals {
                #expect(money[total.currency] == total.figures.cost.list ?? .zero, "seed \(seed), \(by)")
            }
            #expect(
                report.totals.map(\.figures.cost) == flat.totals.map(\.figures.cost), "seed \(seed), \(by)")
            for measure: KeyPath<Figures, Int64> in [
                \.requests, \.inputTokens, \.cacheReadTokens, \.cacheWriteTokens, \.outputTokens,
                \.reasoningTokens, \.estimatedRequests, \.unpricedRequests,
            ] {
                let parts = report.rows.reduce(0) { $0 + $1.figures[keyPath: measure] }
                let whole = flat.totals.reduce(0) { $0 + $1.figures[keyPath: measure] }
                #expect(parts == whole, "seed \(seed), \(by), \(measure)")
            }
            #expect(report.footer == flat.footer)
        }
    }

    @Test("days make the month, in any zone, asked at once or one by one", arguments: zones)
    func days(name: String) throws {
        let zone = try #require(Zones.read(name))
        for text in ["2026-03", "2026-10", "2011-12"] {
            let month = try #require(Period(month: text, zone: zone))
            // Also before and after it, to catch what leaks over the ends.
            let around = Period(
                since: month.since.advanced(bySeconds: -90_000),
                until: month.until.advanced(bySeconds: 90_000))!
            var work = RandomWork(seed: 77, period: around)
            let (ledger, records) = Self.ledger(&work, 300)
            let whole = try #require(ledger.report(ReportQuery(by: [.day], period: month, zone: zone)))
            #expect(
                whole.footer.records == Int64(records.filter { month.contains($0.record.occurredAt) }.count))
            var requests: Int64 = 0
            var money = Money.zero
            let cuts = try #require(CalendarCuts(month, by: .day, zone: zone))
            for (index, start) in cuts.starts.enumerated() {
                let end = index + 1 < cuts.starts.count ? cuts.starts[index + 1] : month.until
                let day = try #require(Period(since: start, until: end))
                let report = try #require(ledger.report(ReportQuery(by: [], period: day, zone: zone)))
                requests += report.totals.reduce(0) { $0 + $1.figures.requests }
                money += report.totals.first { $0.currency == .usd }?.figures.cost.list ?? .zero
            }
            #expect(requests == whole.footer.records)
            #expect(money == whole.totals.first { $0.currency == .usd }?.figures.cost.list)
        }
    }

    @Test("records that come again, in any order and any batches, change nothing")
    func duplicates() throws {
        let period = Period(month: "2026-10", zone: .utc)!
        var work = RandomWork(seed: 5, period: period)
        let (ledger, records) = Self.ledger(&work, 200)
        var again = ledger
        let receipt = again.post(records.shuffled(using: &work.generator), bookedAt: period.until)
        #expect(receipt.inserted == 0 && receipt.duplicates == 200 && receipt.conflicts == 0)
        let query = ReportQuery(by: [.tenant, .model, .day], period: period)
        #expect(again.report(query) == ledger.report(query))
    }
}
