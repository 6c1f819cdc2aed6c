// What the tests do to the PostgreSQL of a deployment: with its own tools, as its own user.
import Foundation
import Postgres
import Testing

@testable import Commands

extension Deployment {
    var conninfo: String { cluster.conninfo }
    var databaseSocket: String { cluster.directory + "/socket/.s.PGSQL.5432" }
    private var data: String { cluster.directory + "/data" }
    private var replica: String { cluster.directory + "/replica" }
    var replicaConninfo: String { "host=\(replica)-socket user=tollbook dbname=tollbook" }

    /// A directory that the server's user may write to.
    var scratch: String { cluster.directory }

    private static let programs: String = {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap {
            Int($0)
        }
        return "\(root)/\(versions.max() ?? 15)/bin"
    }()

    /// A server that a shell starts must not inherit the descriptor by whose closing `Process` sees the end.
    static let closing =
        "for f in /proc/$$/fd/*; do n=${f##*/}; [ $n -le 2 ] || eval \"exec $n>&-\"; done"

    /// Runs one of PostgreSQL's programs against the server, or on its files.
    func tool(_ name: String, _ arguments: [String], socket: String? = nil) throws {
        let user = cluster.user.map { "runuser -u \($0) -- " } ?? ""
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        let place = socket ?? cluster.directory + "/socket"
        try Self.shell(
            Self.closing + "; cd / && \(user)env PGHOST='\(place)' PGUSER=tollbook "
                + "'\(Self.programs)/\(name)' \(words) >>'\(directory)/tools.log' 2>&1")
    }

    /// Stops the server without a checkpoint, as a crash does, and starts it again.
    func restartDatabaseAtOnce() throws {
        try tool("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data])
        try startDatabase()
    }

    func fillDatabase() throws {
        try Self.shell("dd if=/dev/zero of='\(cluster.directory)/filler' bs=64k 2>/dev/null || true")
    }

    func freeDatabase() { try? FileManager.default.removeItem(atPath: cluster.directory + "/filler") }

    // MARK: A replica

    /// A streaming replica, not awaited by commits.
    func makeReplica() throws {
        try tool("pg_basebackup", ["-D", replica, "-R", "-X", "stream", "-c", "fast"])
        try startReplica()
    }

    func startReplica() throws {
        let user = cluster.user.map { "runuser -u \($0) -- " } ?? ""
        let socket = replica + "-socket"
        try Self.shell("\(user)mkdir -p '\(socket)'")
        let settings = "-c listen_addresses= -c unix_socket_directories=\(socket)"
        try tool(
            "pg_ctl",
            ["start", "-w", "-D", replica, "-l", cluster.directory + "/replica.log", "-o", settings])
    }

    func replicaCount() throws -> Int {
        let connection = try Connection.open(replicaConninfo)
        return Int(
            try connection.run("SELECT count(*) FROM tollbook.usage_record").withRow(0) {
                row throws(PostgresError) in try row.integer()
            })
    }

    func stopReplica() throws { try tool("pg_ctl", ["stop", "-w", "-m", "fast", "-D", replica]) }

    /// The primary is gone for good; the replica takes its place and its address.
    func failOver() throws {
        try tool("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data])
        try Self.shell("mv '\(data)' '\(data).lost' && mv '\(replica)' '\(data)'")
        try startDatabase()
        try tool("pg_ctl", ["promote", "-w", "-D", data])
    }

    func tearDownReplica() {
        guard FileManager.default.fileExists(atPath: replica + "/postmaster.pid") else { return }
        try? tool("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", replica])
    }
}
