// Answers without the row that a statement always has, as while a database is being restored.
import Testing

@testable import Postgres

@Suite(.enabled(if: TestDatabase.isThere))
struct MissingRowTests {
    @Test("a row that is not there is an error and no trap")
    func missing() throws {
        let connection = try Connection.open(try TestDatabase.create())
        #expect(throws: PostgresError.self) {
            try connection.run("SELECT 1 WHERE false").withRow(0) { row throws(PostgresError) in
                try row.integer()
            }
        }
    }
}
