// Which of PostgreSQL's answers are tried again, which set a record apart, and which wait for somebody.
import Postgres
import Testing

@Suite struct RemedyTests {
    static let table: [(state: String, remedy: PostgresError.Remedy)] = [
        // Connections: lost, refused, too many.
        ("08000", .retry), ("08003", .retry), ("08006", .retry), ("53300", .retry),
        // Transactions that lost against others.
        ("40001", .retry), ("40P01", .retry), ("40003", .retry), ("55P03", .retry), ("55006", .retry),
        // A standby takes no writes; its successor does.
        ("25006", .retry), ("25P03", .retry),
        // Resources: disk, memory.
        ("53100", .retry), ("53200", .retry), ("53400", .retry), ("58030", .retry),
        // Somebody stopped the statement or the server.
        ("57014", .retry), ("57P01", .retry), ("57P02", .retry), ("57P03", .retry), ("57P05", .retry),
        // What is in the record.
        ("22003", .data), ("22021", .data), ("22P05", .data), ("22008", .data), ("23502", .data),
        ("23505", .data), ("23514", .data), ("54000", .data),
        // Schema, privileges, bugs: tried again too, but told as work for somebody.
        ("28P01", .administrator), ("3D000", .administrator), ("42501", .administrator),
        ("42P01", .administrator), ("42703", .administrator), ("0A000", .administrator),
        ("XX000", .administrator), ("XX001", .administrator), ("P0001", .administrator),
    ]

    @Test("each condition has the remedy of its class", arguments: table.map(\.state))
    func remedies(state: String) {
        let error = PostgresError.refused(state: SQLState(state), message: "", detail: "")
        #expect(error.remedy == Self.table.first { $0.state == state }?.remedy)
    }

    @Test("whatever happens to the session is tried again")
    func sessions() {
        #expect(PostgresError.unreachable(reason: "").remedy == .retry)
        #expect(PostgresError.connectionLost(reason: "").remedy == .retry)
        #expect(PostgresError.timedOut(milliseconds: 1).remedy == .retry)
        #expect(PostgresError.unexpected("").remedy == .administrator)
    }
}
