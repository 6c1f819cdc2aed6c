// Rating again is cut short by SIGKILL in the middle of its work, and run again: what was booked is not
// booked a second time, what was missing is, and a third run finds nothing.
import Bookkeeping
import Foundation
import LedgerStore
import Postgres
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct RerateKillTests {
    /// Of three batches; the last one meets a row that somebody else holds.
    private static let count = LedgerLimits.recordsPerBatch * 5 / 2

    private static func ledger() throws -> String {
        let database = try LedgerFixture.ownLedger()
        let store = try LedgerStore.open(database)
        let book = try LedgerFixture.book()
        let start = Instant(rfc3339: "2026-10-10T00:00:00Z")!
        for first in stride(from: 0, to: count, by: LedgerLimits.recordsPerBatch) {
            let batch = (first..<min(count, first + LedgerLimits.recordsPerBatch)).map { number in
                let time = start.advanced(bySeconds: Int64(number) * 60)
                let record = LedgerFixture.record(
                    UInt64(10_000 + number), time.rfc3339, "initech", user: "", []
                ) { usage in
                    usage.model = "small"
                    usage.components = [
                        Component(model: "small", readings: [MeterReading(.output, Quantity(1000))])
                    ]
                }
                return RatedRecord(
                    record: record,
                    rated: book.rate(record.usage, upstream: "acme", at: record.occurredAt))
            }
            #expect(try store.post(batch, bookedAt: start).inserted == batch.count)
        }
        let dearer = LedgerFixture.prices.replacing(
            #"{amount: "10", per: 1000000}"#, with: #"{amount: "20", per: 1000000}"#)
        try store.storePriceBook(
            version: "fixture-2", files: [StoredPriceFile(name: "acme.yaml", text: dearer)],
            recordedAt: Instant(rfc3339: "2026-11-03T00:00:00Z")!)
        return database
    }

    private static func number(_ sql: StaticString, _ connection: borrowing Connection) throws -> Int {
        Int(
            try connection.run(sql).withRow(0) { row throws(PostgresError) in
                try row.integer()
            })
    }

    private static let command = "tollbook rerate --month 2026-10 --tenant initech --format csv"

    private func rerate(_ database: String) throws -> Program {
        try Program.shell(Self.command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database])
    }

    @Test("killed in the middle, run again: everything is corrected, and once", .timeLimit(.minutes(2)))
    func kill() throws {
        let database = try Self.ledger()
        let watch = try Connection.open(database)
        do {
            // The last record's row of sums: the batch that has it waits here.
            let holder = try Connection.open(database)
            try holder.runScript(
                Array(
                    """
                    BEGIN;
                    SELECT FROM tollbook.rollup WHERE tenant = 'initech'
                        AND bucket = (SELECT max(bucket) FROM tollbook.rollup WHERE tenant = 'initech') FOR UPDATE
                    """.utf8))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.binary)
            process.arguments = Self.command.split(separator: " ").dropFirst().map(String.init)
            process.environment = ["TOLLBOOK_DATABASE": database]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            let waiting: StaticString = """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            try waitUntil("it waits for a lock") {
                try Self.number(waiting, watch) > 0 || !process.isRunning
            }
            #expect(process.isRunning, "it waits for the row that is held")
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let others: StaticString = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        try waitUntil("its sessions have ended") { try Self.number(others, watch) == 0 }
        let replaced: StaticString = "SELECT count(*) FROM tollbook.entry WHERE kind = 'replacement'"
        let done = try Self.number(replaced, watch)
        #expect(done >= LedgerLimits.recordsPerBatch * 2, "two batches were booked before")

        let again = try rerate(database)
        #expect(
            again.stderr.replacing(",", with: "")
                == "price book fixture-2: \((Self.count - done) * 2) entries booked\n")
        #expect(again.stdout.contains("initech,USD,\(Self.count),\(Self.count - done),0,0,"))
        #expect(try Self.number(replaced, watch) == Self.count)
        #expect(try rerate(database).stderr == "price book fixture-2: 0 entries booked\n")
        let report = try Program.shell(
            "tollbook report --month 2026-10 --tenant initech --format json; tollbook verify", in: "/tmp",
            environment: ["TOLLBOOK_DATABASE": database])
        #expect(report.status == 0, "\(report.stdout)")
        #expect(report.stdout.contains(#""contracted":"\#(Self.count / 50)""#), "records of 0.02 each")
    }
}
