// Tenants whose ledger is another database: each record in exactly one of them, whatever dies meanwhile.
import Foundation
import Postgres
import Testing

@testable import Commands

@Suite(.serialized) struct RoutingTests {
    private func listing(_ deployment: Deployment, _ arguments: [String]) throws -> [[String: Any]] {
        try deployment.run(["records", "--format", "jsonl"] + arguments).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test(
        "each tenant's records are in its own database, once, without a gap in either, through kills"
    )
    func routes() throws {
        let deployment = try Deployment("routes", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.tool("createdb", ["eu"])
        let eu = deployment.conninfo.replacing("dbname=tollbook", with: "dbname=eu")
        let file = try #require(FileHandle(forWritingAtPath: deployment.directory + "/tollbook.yaml"))
        file.seekToEndOfFile()
        file.write(Data("tenant_databases: {t1: \"\(eu)\", t3: \"\(eu)\"}\n".utf8))
        try file.close()
        #expect(try deployment.run(["migrate"]).contains("applied 0001"))
        try deployment.start()
        let load = Load(port: deployment.port, clients: 8)
        for _ in 0..<4 {
            let goal = load.completed + 40
            try waitUntil("\(goal) responses are complete") { load.completed >= goal }
            deployment.kill()
            try deployment.start()
        }
        // Sessions of both databases end at once: a batch may be in one and not yet in the other.
        let other = try Connection.open(deployment.conninfo)
        for _ in 0..<10 {
            try other.run(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname IN ('tollbook', 'eu') AND pid <> pg_backend_pid()
                """)
            let goal = load.completed + 10
            try waitUntil("\(goal) responses are complete") { load.completed >= goal }
        }
        try load.stop()
        try deployment.stop()

        let here = try listing(deployment, ["--database", deployment.conninfo])
        let there = try listing(deployment, ["--database", eu])
        #expect(Set(here.compactMap { $0["tenant"] as? String }).isDisjoint(with: ["t1", "t3"]))
        #expect(Set(there.compactMap { $0["tenant"] as? String }) == ["t1", "t3"])
        let all = here + there
        let found = Dictionary(grouping: all.compactMap { $0["response_id"] as? String }, by: { $0 })
        #expect(found.allSatisfy { $0.value.count == 1 })
        #expect(load.completed > 160 && load.seen.keys.allSatisfy { found[$0] != nil })
        let billed = try deployment.billed()
        #expect(found.keys.allSatisfy { billed[$0] != nil })
        for database in [deployment.conninfo, eu] {
            let instances = try deployment.run(["instances", "--format", "json", "--database", database])
            #expect(instances.contains("\"gaps\":[]") && !instances.contains("\"gaps\":[{"), "\(instances)")
            #expect(
                try deployment.run(["verify", "--database", database], mayFail: true).contains("nothing"))
        }
        // A command about a tenant finds its ledger.
        #expect(
            try listing(deployment, ["--tenant", "t1"]).count
                == there.count { $0["tenant"] as? String == "t1" })
        #expect(
            try listing(deployment, ["--tenant", "t0"]).count
                == here.count { $0["tenant"] as? String == "t0" })
        let statement = try deployment.run(["statement", "--tenant", "t3"])
        #expect(statement.contains("Statement of t3"))
        let refused = try deployment.runAside([
            "budget", "set", "x", "--tenant", "t1", "--limit", "1", "--unit", "USD", "--window", "day",
        ])
        #expect(refused.status == 78 && refused.errors.contains("budget.elsewhere"))

        // Posted again from the spool, nothing changes in either.
        let replayed = try deployment.run(["spool", "replay", "--since", "2000-01-01", "--format", "json"])
        #expect(replayed.contains("\"posted\":0") && replayed.contains("\"conflicts\":0"), "\(replayed)")
        #expect(try listing(deployment, ["--database", eu]).count == there.count)
        print("WITNESS two databases: billed \(billed.count), here \(here.count), there \(there.count)")
    }
}
