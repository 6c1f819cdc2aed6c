// What the tests do to the PostgreSQL of a deployment: with its own tools, as its own user.
import Foundation
import Postgres
import Testing

@testable import Commands

extension Deployment {
    var conninfo: String { cluster.conninfo }
    var databaseSocket: String { cluster.directory + "/socket/.s.PGSQL.5432" }
    private var data: String { cluster.directory + "/data" }

    /// A directory that the server's user may write to.
    var scratch: String { cluster.directory }

    private static let programs: String = {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap {
            Int($0)
        }
        return "\(root)/\(versions.max() ?? 15)/bin"
    }()

    /// Runs one of PostgreSQL's programs against the server, or on its files.
    func tool(_ name: String, _ arguments: [String], socket: String? = nil) throws {
        let user = cluster.user.map { "runuser -u \($0) -- " } ?? ""
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        let place = socket ?? cluster.directory + "/socket"
        // A server that a tool starts must not inherit the descriptor by whose closing `Process` sees the
        // end.
        let closing = "for f in /proc/$$/fd/*; do n=${f##*/}; [ $n -le 2 ] || eval \"exec $n>&-\"; done"
        try Self.shell(
            closing + "; cd / && \(user)env PGHOST='\(place)' PGUSER=tollbook "
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
}
