// Answers of another shape than the statement's: rows, columns and values that are not there, as while a
// database is being restored, behind a proxy that errs, or after somebody altered a table.
import Testing

@testable import LedgerStore
@testable import Postgres

@Suite(.enabled(if: TestDatabase.isThere))
struct MissingRowTests {
    private func refuses(
        _ sql: StaticString, _ words: String, _ body: (inout Row) throws(PostgresError) -> Void
    ) throws {
        let connection = try Connection.open(try #require(TestDatabase.cluster, TestDatabase.missing))
        do throws(PostgresError) {
            try connection.run(sql).withRow(0, body)
            Issue.record("\(sql) was read")
        } catch {
            #expect(error.message.contains(words), "\(sql): \(error.message)")
        }
    }

    @Test("a row or column that is not there is an error and no trap")
    func missing() throws {
        try refuses("SELECT 1 WHERE false", "no row 1") { row throws(PostgresError) in
            _ = try row.integer()
        }
        try refuses("SELECT 1::bigint", "no column 2") { row throws(PostgresError) in
            _ = try row.integer()
            _ = try row.integer()
        }
        // A statement without an answer has neither.
        try refuses("SET LOCAL jit = off", "no row 1") { row throws(PostgresError) in _ = try row.text() }
        try refuses("SELECT FROM generate_series(1, 2)", "no column 1") { row throws(PostgresError) in
            _ = try row.bool()
        }
    }

    @Test("a value of another type, null or empty is an error and no trap")
    func types() throws {
        try refuses("SELECT NULL::bigint", "null") { row throws(PostgresError) in _ = try row.integer() }
        try refuses("SELECT ''", "whole number") { row throws(PostgresError) in _ = try row.integer() }
        try refuses("SELECT 'long text'", "whole number") { row throws(PostgresError) in
            _ = try row.integer()
        }
        try refuses("SELECT 7::bigint", "boolean") { row throws(PostgresError) in _ = try row.bool() }
        try refuses("SELECT 7::integer", "uuid") { row throws(PostgresError) in _ = try row.uuid() }
        try refuses("SELECT 7::bigint", "list of texts") { row throws(PostgresError) in _ = try row.texts() }
        try refuses("SELECT ARRAY[[1, 2], [3, 4]]", "list of texts") { row throws(PostgresError) in
            _ = try row.texts()
        }
        for sql: StaticString in [
            "SELECT 'NaN'::numeric", "SELECT 'Infinity'::numeric", "SELECT 1e40::numeric",
            "SELECT 0.0000000000001::numeric", "SELECT 7::bigint", "SELECT ''",
        ] {
            try refuses(sql, "decimals") { row throws(PostgresError) in _ = try row.decimal(places: 12) }
        }
        for sql: StaticString in [
            "SELECT 'infinity'::timestamptz", "SELECT '-infinity'::timestamptz",
            "SELECT '294276-12-31'::timestamptz", "SELECT '4713-01-01 BC'::timestamptz",
            "SELECT '10000-01-01T00:00:00Z'::timestamptz", "SELECT current_date", "SELECT ''",
        ] {
            try refuses(sql, "a time") { row throws(PostgresError) in _ = try row.microseconds() }
        }
    }

    @Test("times of the years 1 to 9999 are read exactly")
    func times() throws {
        let connection = try Connection.open(try #require(TestDatabase.cluster, TestDatabase.missing))
        let read = try connection.run(
            """
            SELECT '0001-01-01T00:00:00Z'::timestamptz, '1970-01-01T00:00:00.000001Z'::timestamptz,
                '9999-12-31T23:59:59.999999Z'::timestamptz
            """
        ).withRow(0) { row throws(PostgresError) in
            [try row.microseconds(), try row.microseconds(), try row.microseconds()]
        }
        #expect(read == [-62_135_596_800_000_000, 1, 253_402_300_799_999_999])
    }

    @Test("a ledger that connects by itself looks first whether there is a whole one")
    func looksFirst() throws {
        let conninfo = try TestDatabase.create()
        let store = LedgerStore.lazily(conninfo)
        #expect(throws: LedgerError.schema(.missing)) { try store.accessVersion() }
        let maker = try LedgerStore.open(conninfo)
        try maker.migrate()
        #expect(try store.accessVersion() == 0)
        // As a restore leaves it for a while: all tables, and no rows in this one.
        try maker.execute("DELETE FROM tollbook.schema_version")
        let other = LedgerStore.lazily(conninfo)
        #expect(throws: LedgerError.schema(.missing)) { try other.accessVersion() }
        #expect(throws: LedgerError.schema(.missing)) { try other.priceBookInForce() }
        // A session that has begun finds out when the ledger is taken away, and looks again.
        try maker.execute("ALTER SCHEMA tollbook RENAME TO aside")
        #expect(throws: LedgerError.self) { try store.accessVersion() }
        #expect(throws: LedgerError.schema(.missing)) { try store.accessVersion() }
        try maker.execute("ALTER SCHEMA aside RENAME TO tollbook")
        try maker.execute("INSERT INTO tollbook.schema_version SELECT 1, 'other', '', clock_timestamp()")
        #expect(throws: LedgerError.schema(.altered(1))) { try store.accessVersion() }
    }

    @Test("a price book is not put into a ledger whose tables have no keys yet")
    func keys() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        let maker = try LedgerStore.open(conninfo)
        try maker.execute("ALTER TABLE tollbook.price_file DROP CONSTRAINT price_file_ordinal_fkey")
        try maker.execute("ALTER TABLE tollbook.price_book DROP CONSTRAINT price_book_pkey")
        let file = StoredPriceFile(name: "a.yaml", text: "provider: a")
        #expect(throws: LedgerError.self) {
            try store.storePriceBook(
                version: "1", files: [file], recordedAt: instant("2026-11-01T00:00:00Z"), onlyIntoNone: true)
        }
        try maker.execute("ALTER TABLE tollbook.price_book ADD PRIMARY KEY (ordinal)")
        let (mark, stored) = try store.storePriceBook(
            version: "1", files: [file], recordedAt: instant("2026-11-01T00:00:00Z"), onlyIntoNone: true)
        #expect(stored && mark.ordinal == 1)
    }
}
