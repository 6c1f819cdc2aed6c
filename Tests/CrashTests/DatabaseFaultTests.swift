// Everything that PostgreSQL, its disk and the way to it can do to a batch. Clients notice none of it.
import Foundation
import Postgres
import Testing

@Suite(.serialized) struct DatabaseFaultTests {
    /// Lets traffic flow until so many more responses are complete.
    private func flow(_ load: Load, _ count: Int = 30) throws {
        let goal = load.completed + count
        try waitUntil("\(count) more responses are complete") { load.completed >= goal }
    }

    @Test(
        "restarted at once, backends killed, tables locked, set read-only, stopped: nothing lost or doubled")
    func server() throws {
        let deployment = try Deployment("server", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try flow(load)
        for _ in 0..<2 {
            try deployment.restartDatabaseAtOnce()
            try flow(load)
        }
        let other = try Connection.open(deployment.conninfo)
        for _ in 0..<15 {
            try other.run(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            try flow(load, 5)
        }
        try other.run("BEGIN")
        try other.run("LOCK TABLE tollbook.rollup IN ACCESS EXCLUSIVE MODE")
        try flow(load, 100)
        try other.run("COMMIT")
        // A primary that was set back: sessions that it has already refuse every write.
        try other.run("ALTER DATABASE tollbook SET default_transaction_read_only = on")
        try other.run(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        try flow(load, 100)
        try waitUntil("a write was refused") { deployment.log.contains("read-only") }
        try other.run("SET default_transaction_read_only = off")
        try other.run("ALTER DATABASE tollbook RESET default_transaction_read_only")
        try flow(load)
        // The process itself: stopped, and going on as if no time had passed.
        deployment.signal(SIGSTOP)
        try deployment.restartDatabaseAtOnce()
        deployment.signal(SIGCONT)
        try flow(load)
        try load.stop()
        try deployment.stop()
        #expect(load.broken == 0 && load.refused == 0)
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0 && witness.complete == load.completed)
        witness.tell("PostgreSQL's faults")
    }

    @Test("the cable to PostgreSQL cut, silent, slow, and losing the answer to a commit")
    func cable() throws {
        let deployment = try Deployment("cable", hasFewPrices: true)
        defer { deployment.tearDown() }
        let wire = try Wire(
            to: deployment.databaseSocket, in: deployment.directory + "/w")
        defer { wire.stop() }
        deployment.database = "host=\(wire.directory) user=tollbook dbname=tollbook"
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try flow(load)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<8 {
            let hits = wire.hits
            wire.set(.cut(after: Int.random(in: 0...600, using: &random)))
            try waitUntil("the cable was cut") { wire.hits > hits }
            try flow(load, 5)
        }
        for _ in 0..<5 {
            let hits = wire.hits
            wire.set(.loseCommit)
            try waitUntil("the answer to a commit was lost") { wire.hits > hits }
            wire.set(.pass)
            try flow(load, 10)
        }
        for mode in [Wire.Mode.refuse, .silent] {
            let hits = wire.hits
            wire.set(mode)
            try waitUntil("\(mode) had its effect") { wire.hits > hits }
            try flow(load, 60)
            // What was silent breaks, as when a firewall forgets a connection.
            wire.set(.refuse)
            try flow(load, 10)
            wire.set(.pass)
        }
        let slow = wire.hits
        wire.set(.dribble)
        try waitUntil("answers came byte by byte") { wire.hits > slow + 3 }
        try load.stop()
        try deployment.stop()
        #expect(load.broken == 0 && load.refused == 0)
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0 && witness.complete == load.completed)
        #expect(deployment.log.contains("database_back"))
        witness.tell("the cable's faults")
    }

    @Test(
        "PostgreSQL's disk full: records wait in the spool, and are posted when there is room",
        .enabled(if: geteuid() == 0, "mounting a small file system takes root"))
    func fullDisk() throws {
        let deployment = try Deployment("pgdisk", databaseMegabytes: 160, hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try flow(load)
        try deployment.fillDatabase()
        try waitUntil("posting failed") { deployment.log.contains("database_lost") }
        try flow(load, 100)
        deployment.freeDatabase()
        // A server that could not write its log has stopped.
        try deployment.startDatabase()
        try flow(load)
        try load.stop()
        try deployment.stop()
        #expect(load.broken == 0 && load.refused == 0)
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0 && witness.complete == load.completed)
        witness.tell("PostgreSQL's disk full")
    }
}
