// PgBouncer in transaction mode between everything and PostgreSQL: fewer server sessions than clients, each
// transaction on another one.
import Foundation
import Postgres
import Testing

@testable import Commands

enum Pooler {
    static let program: String? = {
        let path = "/usr/sbin/pgbouncer"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        return ProcessInfo.processInfo.environment["CI"] == "true" ? path : nil
    }()
}

extension Deployment {
    private var poolerDirectory: String { scratch + "/pooler" }
    var poolerConninfo: String { "host=\(poolerDirectory) port=6432 user=tollbook dbname=tollbook" }

    /// Starts a pooler that has so many sessions with the server, for any number of clients.
    func startPooler(sessions: Int) throws {
        let user = cluster.user.map { "runuser -u \($0) -- " } ?? ""
        try Self.shell("\(user)mkdir -p '\(poolerDirectory)'")
        let settings = """
            [databases]
            tollbook = host=\(scratch)/socket dbname=tollbook user=tollbook
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(poolerDirectory)
            auth_type = any
            pool_mode = transaction
            default_pool_size = \(sessions)
            max_client_conn = 200
            logfile = \(poolerDirectory)/log
            pidfile = \(poolerDirectory)/pid

            """
        try settings.write(toFile: poolerDirectory + "/ini", atomically: true, encoding: .utf8)
        try Self.shell(
            Self.closing + "; cd / && \(user)'\(Pooler.program ?? "")' -q -d '\(poolerDirectory)/ini' "
                + ">/dev/null 2>&1 </dev/null"
        )
        try waitUntil("the pooler accepts") { (try? Connection.open(self.poolerConninfo)) != nil }
    }

    func stopPooler() {
        let pid = (try? String(contentsOfFile: poolerDirectory + "/pid", encoding: .utf8)) ?? ""
        guard let pid = pid_t(pid.trimmingCharacters(in: .whitespacesAndNewlines)) else { return }
        Foundation.kill(pid, SIGKILL)
        try? FileManager.default.removeItem(atPath: poolerDirectory + "/pid")
    }
}

@Suite(
    .serialized,
    .enabled(if: Pooler.program != nil, "pgbouncer is not installed: scripts/test installs it"))
struct PoolerTests {
    @Test(
        "through PgBouncer in transaction mode: two sidecars, budgets, reports; killed sessions, a new pooler"
    )
    func transactions() throws {
        // A budget whose lease is over lets calls pass while the pooler is away, so that nothing is refused.
        let deployment = try Deployment(
            "pooler", extra: "budgets:\n  database_away: open", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.startPooler(sessions: 3)
        defer { deployment.stopPooler() }
        let pooler = deployment.poolerConninfo
        deployment.database = pooler
        try deployment.run([
            "budget", "set", "t1", "--tenant", "t1", "--limit", "1000", "--unit", "USD", "--window",
            "lifetime",
            "--database", pooler,
        ])
        try deployment.start()
        let other = try deployment.startBeside(database: pooler)
        let loads = [deployment.port, other.port].map { Load(port: $0, clients: 4) }
        func flow(_ count: Int) throws {
            let goals = loads.map { $0.completed + count }
            try waitUntil("\(count) more through both") {
                zip(loads, goals).allSatisfy { $0.completed >= $1 }
            }
        }
        try flow(60)
        let direct = try Connection.open(deployment.conninfo)
        for _ in 0..<5 {
            try direct.run(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND backend_type = 'client backend'
                """)
            try flow(10)
        }
        deployment.stopPooler()
        try flow(20)
        try deployment.startPooler(sessions: 3)
        try flow(20)
        for load in loads { try load.stop() }
        other.process.terminate()
        other.process.waitUntilExit()
        try deployment.stop()
        #expect(loads.allSatisfy { $0.broken == 0 && $0.refused == 0 })
        let sessions = try direct.run(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND backend_type = 'client backend'
            """
        ).withRow(0) { row throws(PostgresError) in try row.integer() }
        #expect(sessions <= 3)
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0)
        #expect(witness.complete == loads.reduce(0) { $0 + $1.completed })
        witness.tell("PgBouncer in transaction mode")
        // What is read through the pooler is what is there.
        let listing = ["records", "--format", "jsonl"]
        #expect(try deployment.run(listing + ["--database", pooler]) == deployment.run(listing))
        let shown = try deployment.run([
            "budget", "show", "t1", "--format", "json", "--database", pooler,
        ])
        let ones = loads.reduce(0) { $0 + $1.seen.values.filter { $0 == 1 }.count }
        // 1,000 tokens in and 200 out, each call 0.00027 USD.
        let spent = Decimal(string: "0.00027")! * Decimal(ones)
        #expect(shown.contains("\"spent\":\"\(spent)\""), "\(shown)")
        let probed = try deployment.run(["doctor", "--database", pooler], mayFail: true)
        for line in probed.split(separator: "\n") where line.contains("probe:") {
            #expect(!line.contains("FAIL") && !line.contains("fail"), "\(line)")
        }
        #expect(probed.contains("probe: lock of a transaction"))
    }
}
