// Sessions with PostgreSQL: exact values both ways, errors by their class, and no call that hangs.
import Foundation
import Glibc
import Terms
import Testing

@testable import Postgres

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct ConnectionTests {
    func open(_ limits: SessionLimits = SessionLimits()) throws -> Connection {
        try Connection.open(try #require(TestDatabase.cluster), limits: limits)
    }

    @Test("scalars arrive as they were sent, null and empty apart")
    func scalars() throws {
        let connection = try open()
        var parameters = Parameters()
        parameters.add("naïve ✓ \\ ' \"")
        parameters.add("")
        parameters.add(nil as String?)
        parameters.add(Int64.min)
        parameters.add(microseconds: -62_135_596_800_000_000)
        parameters.add(true)
        parameters.add(uuid: (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210))
        let answer = try connection.run(
            """
            SELECT $1::text, $2::text, $3::text, $4::bigint, $5::timestamptz, $6::boolean, $7::uuid, $7::text
            """, parameters)
        try answer.withRow(0) { row throws(PostgresError) in
            #expect(try row.text() == "naïve ✓ \\ ' \"")
            #expect(try row.optionalText() == "")
            #expect(try row.optionalText() == nil)
            #expect(try row.integer() == Int64.min)
            #expect(try row.microseconds() == -62_135_596_800_000_000)
            #expect(try row.bool())
            let uuid = try row.uuid()
            #expect(uuid.high == 0x0123_4567_89ab_cdef && uuid.low == 0xfedc_ba98_7654_3210)
            #expect(try row.text() == "01234567-89ab-cdef-fedc-ba9876543210")
        }
    }

    @Test("amounts of every size are exact both ways, as PostgreSQL itself spells them")
    func numerics() throws {
        let connection = try open()
        var generator = SeededGenerator(seed: 5)
        var values: [Int128] = [0, 1, -1, 9999, 10_000, 10_001, .max, .min + 1, 1_000_000_000_000]
        for digits in 0..<38 {
            let limit = (0..<digits).reduce(1 as Int128) { power, _ in power * 10 }
            values += [limit, -limit, Int128.random(in: -limit...limit, using: &generator)]
        }
        let column = ArrayParameter(.numeric)
        for value in values { column.append(picos: value) }
        var parameters = Parameters()
        parameters.add(column)
        let answer = try connection.run(
            "SELECT n, trim_scale(n)::text FROM unnest($1::numeric[]) WITH ORDINALITY AS u(n, o) ORDER BY o",
            parameters)
        #expect(answer.rowCount == values.count)
        for (index, value) in values.enumerated() {
            try answer.withRow(index) { row throws(PostgresError) in
                #expect(try row.decimal(places: 12) == value)
                #expect(try row.text() == Money(picos: value).plain)
            }
        }
    }

    @Test("an amount with more places than asked for, or beyond range, is an error and not another amount")
    func unfitNumerics() throws {
        let connection = try open()
        for text: StaticString in [
            "SELECT 0.0000000000001", "SELECT 'NaN'::numeric", "SELECT 1e30::numeric",
            "SELECT 'Infinity'::numeric",
        ] {
            let answer = try connection.run(text)
            #expect(throws: PostgresError.self) {
                try answer.withRow(0) { row throws(PostgresError) in try row.decimal(places: 12) }
            }
        }
        let answer = try connection.run("SELECT 1.50::numeric, NULL::numeric, 'x'::text")
        try answer.withRow(0) { row throws(PostgresError) in
            #expect(try row.decimal(places: 12) == 1_500_000_000_000)
            #expect(try row.optionalDecimal(places: 12) == nil)
            #expect(throws: PostgresError.unexpected("column 3 is not a whole number")) {
                try row.integer()
            }
        }
    }

    @Test("arrays keep nulls and order, also when they are used again")
    func arrays() throws {
        let connection = try open()
        let texts = ArrayParameter(.text)
        for round in 0..<2 {
            texts.removeAll()
            texts.append("a\(round)")
            texts.append(nil as String?)
            texts.append(String(repeating: "é", count: 1000))
            texts.append("")
            var parameters = Parameters()
            parameters.add(texts)
            parameters.add(ArrayParameter(.int8))
            let answer = try connection.run(
                """
                SELECT ($1::text[])[1], ($1::text[])[2], length(($1::text[])[3]), $1::text[],
                    cardinality($2::bigint[])
                """, parameters)
            try answer.withRow(0) { row throws(PostgresError) in
                #expect(try row.text() == "a\(round)")
                #expect(try row.optionalText() == nil)
                #expect(try row.integer() == 1000)
                #expect(try row.texts() == ["a\(round)", "", String(repeating: "é", count: 1000), ""])
                #expect(try row.integer() == 0)
            }
        }
    }

    @Test("a refused statement says why, and the session goes on")
    func refusal() throws {
        let connection = try open()
        let error = #expect(throws: PostgresError.self) { try connection.run("SELECT 1 / 0") }
        #expect(error == .refused(state: SQLState("22012"), message: "division by zero", detail: ""))
        #expect(error?.remedy == .data)
        #expect(try connection.run("SELECT 1").rowCount == 1)
    }

    @Test("a pipeline stops at its first failure, and what it began can be rolled back")
    func pipeline() throws {
        let connection = try open()
        let none = Parameters()
        var seen: [Int] = []
        #expect(throws: PostgresError.self) {
            try connection.pipeline([
                ("BEGIN", none), ("SELECT 1", none), ("SELECT 1 / 0", none), ("COMMIT", none),
            ]) { index, _ in seen.append(index) }
        }
        #expect(seen == [0, 1])
        let open = connection.inTransaction
        #expect(open)
        try connection.run("ROLLBACK")
        let stillOpen = connection.inTransaction
        #expect(!stillOpen)
    }

    @Test("a stream may be stopped early, and the session goes on")
    func stream() throws {
        let connection = try open()
        var sum: Int64 = 0
        try connection.stream("SELECT generate_series(1, 100000000)") {
            row throws(PostgresError) in
            sum += try row.integer()
            return sum < 5050
        }
        #expect(sum == 5050)
        #expect(try connection.run("SELECT 1").rowCount == 1)
    }

    @Test("nobody there is an error that may pass")
    func unreachable() {
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection.open("host=/nonexistent dbname=x")
        }
        #expect(error?.remedy == .retry)
    }

    @Test("a server process that is stopped is given up on after the time allowed")
    func stoppedServer() throws {
        var limits = SessionLimits()
        limits.statementMilliseconds = 100
        limits.graceMilliseconds = 100
        let connection = try open(limits)
        let process = try connection.run("SELECT pg_backend_pid()").withRow(0) { row throws(PostgresError) in
            try row.integer()
        }
        #expect(kill(pid_t(process), SIGSTOP) == 0)
        defer { kill(pid_t(process), SIGCONT) }
        let error = #expect(throws: PostgresError.self) { try connection.run("SELECT 1") }
        #expect(error == .timedOut(milliseconds: 200))
        #expect(error?.remedy == .retry)
    }

    @Test("a session that was terminated is lost, not wrong")
    func terminated() throws {
        let connection = try open()
        let other = try open()
        let process = try connection.run("SELECT pg_backend_pid()").withRow(0) { row throws(PostgresError) in
            try row.integer()
        }
        var parameters = Parameters()
        parameters.add(process)
        try other.run("SELECT pg_terminate_backend($1::integer, 10000)", parameters)
        let error = #expect(throws: PostgresError.self) { try connection.run("SELECT 1") }
        #expect(error?.remedy == .retry)
        let isOpen = connection.isOpen
        #expect(!isOpen)
    }
}
