// Days in zones west of UTC: what happened in the evening belongs to that day.
import Foundation
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing)) struct EveningTests {
    @Test(
        "complaint 67: an evening west of UTC is in its own day, and the days add up to the month",
        arguments: [
            ("America/Los_Angeles", 4), ("America/St_Johns", 4), ("Pacific/Honolulu", 4), ("UTC", 3),
            ("Asia/Kathmandu", 2),
        ])
    func evenings(zone: String, calls: Int) throws {
        let database = try LedgerFixture.shared.get()
        func report(_ options: String) throws -> [[String]] {
            let done = try Program.shell(
                "tollbook report \(options) --timezone \(zone) --format csv", in: "/tmp",
                environment: ["TOLLBOOK_DATABASE": database], input: "")
            #expect(done.status == 0, "\(done.stderr)")
            return done.stdout.split(separator: "\n").dropFirst().map { line in
                line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
        }
        let days = try report("--by day --since 2026-10-01 --until 2026-11-08")
        // The call of one minute past midnight UTC on 1 November.
        let evening = days.first { $0[0] == "2026-10-31" }
        #expect(evening?[1] == String(calls), "\(days)")
        let months = try report("--by month --since 2026-10-01 --until 2026-11-08")
        func requests(_ rows: [[String]]) -> Int { rows.compactMap { Int($0[1]) }.reduce(0, +) }
        #expect(requests(days) == 6 && requests(months) == 6)
        let single = try report("--by tenant --since 2026-10-31 --until 2026-11-01")
        #expect(requests(single) == calls)
    }
}
