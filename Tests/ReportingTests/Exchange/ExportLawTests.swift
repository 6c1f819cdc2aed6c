// What must hold for every export of any ledger: its rows add up to the report, each row's quantity times
// price is its cost, every transaction of a journal adds up to nothing. Tried on random ledgers, corrected
// twice, with prices that are decimals and with prices that are not.
import Bookkeeping
import Rating
import Reporting
import Terms
import Testing

import struct Foundation.Data
import class Foundation.FileManager

@Suite struct ExportLawTests {
    static let month = Period(month: "2026-10", zone: .utc)!

    /// - Parameter exact: amounts are quantities times a price per unit; else anything.
    static func ledger(seed: UInt64, exact: Bool) -> MemoryLedger {
        var work = RandomWork(seed: seed, period: month)
        var ledger = MemoryLedger()
        let records = work.records(250).map { exact ? priced($0) : $0 }
        _ = ledger.post(records, bookedAt: month.until)
        for round in 1...2 {
            for record in records where work.chance(30) {
                var again = RatedRecord(record: record.record, rated: work.rated(record.record.usage))
                if exact { again = priced(again) }
                let at = month.until.advanced(bySeconds: Int64(round) * 3600)
                _ = ledger.correct(record.key, to: again.rated, bookedAt: at)
            }
        }
        return ledger
    }

    private static func priced(_ record: RatedRecord) -> RatedRecord {
        var record = record
        for index in record.rated.charges.indices {
            let charge = record.rated.charges[index]
            let price: Int128 = [2_500_000, 125_000, 10_000_000][index % 3]
            record.rated.charges[index].amount = Money(
                picos: charge.quantity.nanos * price / 1_000_000_000)
        }
        return record
    }

    static func stored(_ ledger: MemoryLedger) -> [StoredRecord] { ledger.records(RecordFilter()) }

    static func report(_ ledger: MemoryLedger, by: [Dimension] = []) -> Report {
        ledger.report(ReportQuery(by: by, period: month))!
    }

    static func sum(_ rows: [[String: String]], _ column: String, _ currency: String) -> Money {
        rows.filter { $0["BillingCurrency"] == currency || $0["currency"] == currency }
            .reduce(.zero) { $0 + (Money($1[column] ?? "") ?? .zero) }
    }

    @Test(
        "FOCUS rows add up to the report, keep every rule, and repeat",
        arguments: 1...6 as ClosedRange<UInt64>)
    func focus(seed: UInt64) throws {
        for exact in [true, false] {
            let ledger = Self.ledger(seed: seed, exact: exact)
            let report = Self.report(ledger)
            for version in FocusVersion.allCases {
                var export = FocusExport(version: version, zone: .utc)
                for record in Self.stored(ledger) { export.add(record) }
                var check = FocusCheck(version)
                check.header(export.header)
                var rows: [[String: String]] = []
                export.forEachRow { row in
                    rows.append(Dictionary(uniqueKeysWithValues: zip(export.header, row)))
                    check.row(row, line: Int64(rows.count) + 1)
                }
                #expect(check.findings == [], "seed \(seed), \(version)")
                #expect(check.rulesAsked > 60)
                #expect(rows.count > 100)
                #expect(Reconciled(export.sums, report).isEqual, "seed \(seed), \(version)")
                for total in report.totals {
                    let code = total.currency.code
                    let cost = total.figures.cost
                    #expect(Self.sum(rows, "ListCost", code) == cost.list ?? .zero, "seed \(seed)")
                    for column in ["BilledCost", "ContractedCost", "EffectiveCost"] {
                        #expect(Self.sum(rows, column, code) == cost.contracted ?? .zero, "seed \(seed)")
                    }
                    #expect(Self.sum(rows, "x_ChargebackCost", code) == cost.chargeback ?? .zero)
                }
                let whole = rows.filter { $0["PricingUnit"] == "Units" && $0["PricingQuantity"] == "1.0" }
                if exact { #expect(whole.count < rows.count / 4) } else { #expect(!whole.isEmpty) }
                #expect(rows.contains { $0["x_PriceStatus"] == "unpriced" })
            }
        }
    }

    @Test(
        "in any zone each day's rows add up to the report's day, and all days to the month",
        arguments: [
            "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
        ])
    func days(name: String) throws {
        let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") ?? Data()
        let zone = try #require(TimeZoneRules(name: name, tzif: [UInt8](bytes)))
        // Both months have a day of another length in some of the zones.
        for (seed, text) in [(21, "2026-10"), (22, "2026-03"), (23, "2026-11")] as [(UInt64, String)] {
            let month = try #require(Period(month: text, zone: zone))
            var work = RandomWork(seed: seed, period: month)
            var ledger = MemoryLedger()
            _ = ledger.post(work.records(300), bookedAt: month.until)
            var export = FocusExport(version: .version14, zone: zone)
            for record in Self.stored(ledger) { export.add(record) }
            var days: [String: Money] = [:]
            export.forEachRow { row in
                let cells = Dictionary(uniqueKeysWithValues: zip(export.header, row))
                let key = "\(cells["ChargePeriodStart"] ?? "") \(cells["BillingCurrency"] ?? "")"
                days[key, default: .zero] += Money(cells["ListCost"] ?? "") ?? .zero
            }
            let report = try #require(ledger.report(ReportQuery(by: [.day], period: month, zone: zone)))
            #expect(Reconciled(export.sums, report).isEqual, "\(name) \(text)")
            var count = 0
            for row in report.rows {
                let date = try #require(CivilDate(row.keys[0]))
                // FOCUS writes whole seconds; the report's times have microseconds.
                let start = zone.start(of: date).rfc3339.replacing(".000000", with: "")
                let sum = days.removeValue(forKey: "\(start) \(row.currency.code)")
                #expect(sum == row.figures.cost.list ?? .zero, "\(name) \(row.keys[0])")
                count += 1
            }
            #expect(days.isEmpty, "\(name) \(text): days that no report has: \(days.keys.sorted())")
            #expect(count > 28)
        }
    }

    @Test(
        "what came after its month was closed is a correction, billed with the month that carries it",
        arguments: 11...14 as ClosedRange<UInt64>)
    func corrections(seed: UInt64) throws {
        var work = RandomWork(seed: seed, period: Self.month)
        var ledger = MemoryLedger()
        let first = work.records(150)
        _ = ledger.post(first, bookedAt: Self.month.until)
        ledger.close(
            ClosedMonth(tenant: "", month: "2026-10", since: Self.month.since, until: Self.month.until))
        let later = Self.month.until.advanced(bySeconds: 40 * 86_400)
        _ = ledger.post(work.records(60), bookedAt: later)
        for record in first where work.chance(30) {
            _ = ledger.correct(record.key, to: work.rated(record.record.usage), bookedAt: later)
        }
        for stored in Self.stored(ledger) {
            let parts = stored.linesByMonth.flatMap(\.lines)
            for book in Book.allCases {
                let sum = parts.reduce(Money.zero) { $0 + ($1.amounts[book] ?? .zero) }
                #expect(sum == stored.lines.reduce(Money.zero) { $0 + ($1.amounts[book] ?? .zero) })
            }
        }
        for version in FocusVersion.allCases {
            var export = FocusExport(
                version: version, zone: .utc, costCenters: ["acme": "4711, \"left\""], labels: ["team"])
            for record in Self.stored(ledger) { export.add(record) }
            var check = FocusCheck(version)
            check.header(export.header)
            var rows: [[String: String]] = []
            export.forEachRow { row in
                rows.append(Dictionary(uniqueKeysWithValues: zip(export.header, row)))
                check.row(row, line: Int64(rows.count) + 1)
            }
            #expect(check.findings == [], "seed \(seed), \(version)")
            #expect(Reconciled(export.sums, Self.report(ledger)).isEqual, "seed \(seed), \(version)")
            let corrections = rows.filter { $0["ChargeClass"] == "Correction" }
            #expect(corrections.count > 50 && corrections.count < rows.count)
            for row in rows {
                let isLater = row["ChargeClass"] == "Correction"
                let billed = isLater ? "2026-12-01T00:00:00Z" : "2026-10-01T00:00:00Z"
                #expect(row["BillingPeriodStart"] == billed)
                #expect(row["ChargePeriodStart"]?.hasPrefix("2026-10-") == true)
                #expect(row["x_CorrectedMonth"] == (isLater ? "2026-10" : ""))
                let center = row["SubAccountId"] == "acme" ? "4711, \"left\"" : ""
                #expect(row["x_CostCenter"] == center)
                #expect((row["Tags"]?.contains("tollbook/cost_center") == true) == !center.isEmpty)
            }
            #expect(rows.contains { $0["Tags"]?.contains(#""team":"red""#) == true })
            #expect(rows.allSatisfy { $0["Tags"]?.contains("project") == false })
        }
    }

    @Test("entries add up to the report in each book", arguments: 1...4 as ClosedRange<UInt64>)
    func entries(seed: UInt64) throws {
        let ledger = Self.ledger(seed: seed, exact: false)
        let rows = Self.stored(ledger).flatMap { EntryCSV.rows(of: $0) }.map {
            Dictionary(uniqueKeysWithValues: zip(EntryCSV.header, $0))
        }
        for total in Self.report(ledger).totals {
            for book in Book.allCases {
                let sum = Self.sum(rows, "amount_\(book.rawValue)", total.currency.code)
                #expect(sum == total.figures.cost[book] ?? .zero, "seed \(seed), \(book)")
            }
        }
    }

    /// Postings of a journal text, read back: account, amount, commodity, transaction.
    static func postings(_ text: String) -> [(account: String, amount: Money, code: String, of: Int)] {
        var postings: [(account: String, amount: Money, code: String, of: Int)] = []
        var transaction = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { transaction += 1 }
            let words = line.split(separator: " ")
            if line.hasPrefix("  "), words.count == 3, words[0].contains(":"), let amount = Money(words[1]) {
                postings.append((String(words[0]), amount, String(words[2]), transaction))
            }
        }
        return postings
    }

    @Test(
        "each transaction of a journal adds up to nothing, and expenses to the report, in each book",
        arguments: 1...4 as ClosedRange<UInt64>)
    func journals(seed: UInt64) throws {
        let ledger = Self.ledger(seed: seed, exact: seed.isMultiple(of: 2))
        for book in Book.allCases {
            var journal = Journal(book: book, zone: .utc)
            for record in Self.stored(ledger) { journal.add(record) }
            #expect(Reconciled(journal.exported, Self.report(ledger)).isEqual)
            for text in [journal.hledger, journal.beancount] {
                let postings = Self.postings(text)
                #expect(postings.count > 50)
                for (_, group) in Dictionary(grouping: postings, by: { "\($0.of) \($0.code)" }) {
                    #expect(group.reduce(Money.zero) { $0 + $1.amount } == .zero)
                }
                for total in Self.report(ledger).totals {
                    let expenses = postings.filter {
                        $0.account.hasPrefix("Expenses:") && $0.code == total.currency.code
                    }
                    let sum = expenses.reduce(Money.zero) { $0 + $1.amount }
                    #expect(sum == total.figures.cost[book] ?? .zero, "seed \(seed), \(book)")
                }
                try Self.compareTenants(postings, Self.report(ledger, by: [.tenant]), book)
            }
        }
    }

    private static func compareTenants(
        _ postings: [(account: String, amount: Money, code: String, of: Int)], _ report: Report, _ book: Book
    ) throws {
        let prefixes = [
            "acme": "Expenses:Spend:Acme:", "globex": "Expenses:Spend:Globex:",
            "unattributed": "Expenses:Suspense:Unattributed:",
        ]
        for row in report.rows {
            let prefix = prefixes[row.keys[0]] ?? "Expenses:Spend:N-code"
            let sum = postings.filter {
                $0.account.hasPrefix(prefix) && $0.code == row.currency.code
            }.reduce(Money.zero) { $0 + $1.amount }
            #expect(sum == row.figures.cost[book] ?? .zero, "\(row.keys) \(book)")
        }
    }

    @Test("names that only differ in what an account cannot hold get accounts of their own")
    func accounts() throws {
        var ledger = MemoryLedger()
        var work = RandomWork(seed: 9, period: Self.month)
        let names = ["acme", "Acme", "ACME", "a c me", "a-c-me", "ünïcode ✓", "-", "", "9lives", "naïve"]
        var records: [RatedRecord] = []
        for name in names {
            var record = work.record()
            while record.rated.charges.first?.amount.picos ?? 0 == 0 { record = work.record() }
            record.record.attribution.tenant = name
            records.append(record)
        }
        _ = ledger.post(records, bookedAt: Self.month.until)
        var journal = Journal(book: .list, zone: .utc)
        for record in Self.stored(ledger) { journal.add(record) }
        let accounts = Set(
            Self.postings(journal.beancount).map(\.account).filter { $0.hasPrefix("Expenses:Spend:") }
                .map { $0.split(separator: ":")[2] })
        #expect(accounts.count == names.count)
        for account in accounts {
            #expect(account.wholeMatch(of: /[A-Z0-9][A-Za-z0-9-]*/) != nil, "\(account)")
        }
    }
}
