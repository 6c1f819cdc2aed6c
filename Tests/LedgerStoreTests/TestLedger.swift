// A ledger of its own for each test: a new database in the cluster that scripts/with-postgres started.
import Foundation
import Postgres
import Terms
import Testing

@testable import LedgerStore

enum TestDatabase {
    /// libpq's words for the cluster, such as `host=/tmp/x user=postgres dbname=postgres`.
    static let cluster = ProcessInfo.processInfo.environment["TOLLBOOK_TEST_DATABASE"]
    static let missing: Comment = "TOLLBOOK_TEST_DATABASE is not set: run scripts/with-postgres swift test"
    static var isThere: Bool { cluster != nil || ProcessInfo.processInfo.environment["CI"] == "true" }

    /// Makes an empty database; the cluster is thrown away as a whole, so nothing has to be dropped.
    static func create() throws -> String {
        let cluster = try #require(cluster, missing)
        let name = "t" + UUID().uuidString.lowercased().replacing("-", with: "")
        let connection = try Connection.open(cluster)
        try connection.runScript(Array("CREATE DATABASE \(name)".utf8))
        return "\(cluster) dbname=\(name)"
    }

    /// A migrated ledger.
    static func ledger() throws -> LedgerStore { try ledgerAndName().store }

    static func ledgerAndName() throws -> (store: LedgerStore, conninfo: String) {
        let conninfo = try create()
        let store = try LedgerStore.open(conninfo)
        try store.migrate()
        return (store, conninfo)
    }
}

extension LedgerStore {
    /// The first column of the first row as text, for looking behind the ledger's back.
    func look(_ sql: StaticString) throws -> String {
        try transaction { connection throws(PostgresError) in
            try connection.run(sql).withRow(0) { row throws(PostgresError) in try row.text() }
        }
    }

    func execute(_ sql: StaticString) throws {
        try transaction { connection throws(PostgresError) in _ = try connection.run(sql) }
    }
}

func zone(_ name: String) -> TimeZoneRules {
    if name == "UTC" { return .utc }
    let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") ?? Data()
    return TimeZoneRules(name: name, tzif: [UInt8](bytes))!
}

func instant(_ text: String) -> Instant { Instant(rfc3339: text)! }

func period(_ since: String, _ until: String) -> Period {
    Period(since: instant(since), until: instant(until))!
}
