// What users of other gateways complained about in reports and exports, each as a test of the same number in
// the list of complaints: windows, months and zones (65 to 71), reports and exports (91 to 94). Complaints 69
// to 71 are about budgets and stand in WindowTests and BudgetTests, too.
import Bookkeeping
import Foundation
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ReportComplaintTests {
    /// A call for one thousandth of a dollar at each hour of ten days around the change of clocks in Berlin,
    /// and for two days around the one in spring.
    static let hourly = Result { () throws -> String in
        let database = try LedgerFixture.emptyDatabase()
        let ledger = try LedgerStore.open(database)
        try ledger.migrate()
        let book = try LedgerFixture.book()
        var number: UInt64 = 0
        for (first, hours) in [("2026-10-20T00:30:00Z", 240), ("2026-03-28T00:30:00Z", 72)] {
            let start = Instant(rfc3339: first)!
            let records = (0..<Int64(hours)).map { hour in
                number += 1
                let at = start.advanced(bySeconds: hour * 3600)
                let record = LedgerFixture.record(
                    number, at.rfc3339, hour.isMultiple(of: 2) ? "acme" : "unattributed",
                    user: hour.isMultiple(of: 3) ? "ada" : "", [("team", "a")]
                ) { usage in
                    usage.model = "small"
                    usage.tokens.output = 100
                    usage.components = [
                        Component(model: "small", readings: [MeterReading(.output, Quantity(100))])
                    ]
                }
                return RatedRecord(
                    record: record, rated: book.rate(record.usage, upstream: record.upstream, at: at))
            }
            _ = try ledger.post(records, bookedAt: start.advanced(bySeconds: 1_000_000))
        }
        return database
    }

    @discardableResult private func run(_ command: String, in folder: String = "/tmp") throws -> Program {
        let done = try Program.shell(
            "set -e\n" + command, in: folder, environment: ["TOLLBOOK_DATABASE": try Self.hourly.get()])
        #expect(done.status == 0, "\(command): \(done.stderr)")
        return done
    }

    /// Requests by the first column.
    private func requests(_ options: String) throws -> [(name: String, count: Int)] {
        try run("tollbook report \(options) --format csv").stdout.split(separator: "\n").dropFirst().map {
            let cells = $0.split(separator: ",", omittingEmptySubsequences: false)
            return (String(cells[0]), Int(cells[1]) ?? -1)
        }
    }

    private func cost(_ options: String) throws -> Money {
        try run("tollbook report \(options) --by provider --format csv").stdout.split(separator: "\n")
            .dropFirst()
            .reduce(.zero) { sum, line in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                return sum + (Money(cells[8]) ?? .zero)
            }
    }

    @Test("complaint 65: a single day in the reader's zone costs what that day of the month costs")
    func singleDay() throws {
        let zone = "--timezone America/Los_Angeles"
        let days = try requests("--by day --since 2026-10-20 --until 2026-10-31 \(zone)")
        #expect(days.reduce(0) { $0 + $1.count } == 233, "the first seven hours lie before the 20th there")
        for (day, count) in days {
            let next = try #require(CivilDate(day)).adding(days: 1).iso8601
            let single = try requests("--by provider --since \(day) --until \(next) \(zone)")
            #expect(single.map(\.count) == [count], "\(day)")
        }
    }

    @Test("complaint 66: five single days sum to the same range asked at once, to the last digit")
    func range() throws {
        let zone = "--timezone Europe/Berlin"
        var sum = Money.zero
        for day in 23..<28 { sum += try cost("--since 2026-10-\(day) --until 2026-10-\(day + 1) \(zone)") }
        let whole = try cost("--since 2026-10-23 --until 2026-10-28 \(zone)")
        // Five days with one of 25 hours: 121 calls of 100 tokens at 10 dollars a million.
        #expect(sum == whole && whole == Money("0.121"))
    }

    @Test("complaint 67: the evening west of UTC is in the report of its own day")
    func evening() throws {
        let zone = "--timezone Pacific/Honolulu"
        let evening = try requests(
            "--by provider --since 2026-10-21T18:00:00-10:00 --until 2026-10-22 \(zone)")
        #expect(evening.map(\.count) == [6])
        let day = try requests("--by day --since 2026-10-21 --until 2026-10-22 \(zone)")
        #expect(day.map(\.name) == ["2026-10-21"] && day.map(\.count) == [24])
    }

    @Test("complaint 68: a zone per report and per tenant; days of 23 and of 25 hours hold as many")
    func zones() throws {
        let autumn = try requests("--by day --since 2026-10-24 --until 2026-10-27 --timezone Europe/Berlin")
        #expect(autumn.map(\.count) == [24, 25, 24] && autumn[1].name == "2026-10-25")
        let spring = try requests("--by day --since 2026-03-28 --until 2026-03-31 --timezone Europe/Berlin")
        #expect(spring.map(\.name) == ["2026-03-28", "2026-03-29", "2026-03-30"])
        // From half past one local time on the 28th: 23 calls, then 23, then 24.
        #expect(spring.map(\.count) == [23, 23, 24])
        try run("tollbook tenant create acme --timezone Asia/Kathmandu")
        let text = try run("tollbook statement --tenant acme --month 2026-10 --format json").stdout
        #expect(text.contains(#""since":"2026-09-30T18:15:00.000000Z""#))
        let month = try requests("--by tenant --month 2026-10 --timezone Asia/Kathmandu --tenant acme")
        #expect(text.contains(#""total":{"requests":\#(month[0].count),"#))
    }

    @Test("complaint 69: a month is a calendar month: 31 days of October, 28 of February")
    func months() throws {
        let rows = try requests("--by month --since 2026-03-01 --until 2026-12-01")
        #expect(rows.map(\.name) == ["2026-03", "2026-10"] && rows.map(\.count) == [72, 240])
        let text = try run("tollbook report --month 2026-02 --format json").stdout
        #expect(
            text.contains(#""since":"2026-02-01T00:00:00.000000Z","until":"2026-03-01T00:00:00.000000Z""#))
    }

    @Test("complaints 70 and 71: nothing is ever reset: the same question later has the same answer")
    func noReset() throws {
        let before = try run("tollbook report --month 2026-10 --by day --format csv").stdout
        try run("tollbook budget set once --tenant acme --limit 1 --unit USD --window month > /dev/null")
        #expect(try run("tollbook report --month 2026-10 --by day --format csv").stdout == before)
        let shown = try run("tollbook budget show once --format json").stdout
        #expect(shown.contains(#""spent":"0""#), "the window of this month, which follows from today's date")
        let statement = try run("tollbook statement --tenant acme --month 2026-10 --format json").stdout
        #expect(statement.contains(#""name":"once""#) && statement.contains(#""used":"0.12""#))
    }

    @Test("complaint 91: an export has every class of tokens and reconciles to the total row")
    func everyClass() throws {
        let environment = ["TOLLBOOK_DATABASE": try LedgerFixture.shared.get()]
        let done = try Program.shell(
            """
            cd $(mktemp -d) && trap 'rm -rf "$PWD"' EXIT
            tollbook export entries --month 2026-10 > entries.csv 2> note
            grep -c 'equal$' note
            python3 - <<'PYTHON'
            import csv
            print(*sorted({r["meter"] for r in csv.DictReader(open("entries.csv"))}))
            PYTHON
            """, in: FileManager.default.temporaryDirectory.path, environment: environment)
        #expect(done.stdout == "3\nin.text.cache_read in.text.fresh out.text out.text.reasoning\n")
    }

    @Test("complaint 92: CSV and JSON per key, user and team, from the same query as the statement")
    func perTeam() throws {
        let options = "--month 2026-10 --by tenant,user,key,label:team"
        let csv = try run("tollbook report \(options) --format csv").stdout
        let json = try run("tollbook report \(options) --format json").stdout
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        let lines = csv.split(separator: "\n").dropFirst()
        #expect(rows.count == 4 && lines.count == 4)
        for (row, line) in zip(rows, lines) {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            #expect(cells[0] == row["tenant"] as? String && cells[3] == row["label:team"] as? String)
            #expect(cells[4] == "\(row["requests"] as? Int ?? -1)")
            let cost = try #require(row["cost"] as? [String: Any])
            #expect(cells.contains(cost["chargeback"] as? String ?? "?"))
        }
    }

    @Test(
        "complaint 93: the FOCUS file keeps every rule of its version",
        arguments: ["1.2", "1.4", "1.5-draft"])
    func focus(version: String) throws {
        let done = try run(
            """
            cd $(mktemp -d) && trap 'rm -rf "$PWD"' EXIT
            tollbook export focus --version \(version) --month 2026-10 --timezone Europe/Berlin > bill.csv
            tollbook export focus --check --version \(version) bill.csv
            """)
        #expect(done.stdout.contains("rules asked, nothing found"), "\(done.stdout)")
    }

    @Test(
        "complaint 94: the provider's counts beside ours by day, model and class, and what differs is named")
    func reconcile() throws {
        let rows = (0..<10).map { day -> String in
            let date = "2026-10-\(20 + day)"
            let tokens = day == 4 ? 2500 : 2400
            return #"{"date":"\#(date)","model":"small","usage":0.024,"requests":24,"prompt_tokens":0,"#
                + #""completion_tokens":\#(tokens),"reasoning_tokens":0}"#
        }
        let folder = try TemporaryFolder.make()
        try #"{"data":[\#(rows.joined(separator: ","))]}"#.write(
            toFile: folder + "/activity.json", atomically: true, encoding: .utf8)
        let done = try run(
            """
            tollbook reconcile import openrouter-activity --provider acme activity.json > /dev/null
            tollbook reconcile run --month 2026-10 --format json || test $? = 2
            """, in: folder)
        let found = try #require(
            try JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [[String: Any]])
        #expect(found.count == 1)
        #expect(found[0]["day"] as? String == "2026-10-24" && found[0]["meters"] as? String == "out")
        #expect(found[0]["class"] as? String == "missing_here" && found[0]["model"] as? String == "small")
    }
}
