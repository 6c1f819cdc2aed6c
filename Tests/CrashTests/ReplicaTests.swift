// Reports from a streaming replica: never older than what the primary had when they were asked for.
import Foundation
import Postgres
import Testing

@Suite(.serialized) struct ReplicaTests {
    private func requests(_ deployment: Deployment, _ arguments: [String] = []) throws -> Int {
        let text = try deployment.run(["report", "--format", "json", "--by", "tenant"] + arguments)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return try #require((object["total"] as? [String: Any])?["requests"] as? Int)
    }

    private func traffic(_ deployment: Deployment, _ count: Int) throws {
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("\(count) responses are complete") { load.completed >= count }
        try load.stop()
        try waitUntil("all of it is posted") { try deployment.backlog() == 0 }
    }

    @Test("a report waits until its replica has what the primary had, or says that it is behind")
    func minimumPosition() throws {
        let deployment = try Deployment("replica", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try traffic(deployment, 20)
        try deployment.makeReplica()
        let file = try #require(FileHandle(forWritingAtPath: deployment.directory + "/tollbook.yaml"))
        file.seekToEndOfFile()
        file.write(Data("replica: \"\(deployment.replicaConninfo)\"\n".utf8))
        try file.close()
        try traffic(deployment, 30)
        let primary = ["--database", deployment.conninfo]
        let all = try requests(deployment, primary)
        #expect(all >= 50)
        #expect(try requests(deployment) == all)

        // A replica that replays nothing any more: what it lacks is never left out silently.
        let replica = try Connection.open(deployment.replicaConninfo)
        try replica.run("SELECT pg_wal_replay_pause()")
        try waitUntil("it has stopped") {
            try replica.run("SELECT pg_get_wal_replay_pause_state()").withRow(0) {
                row throws(PostgresError) in try row.text()
            } == "paused"
        }
        let before = try replica.run("SELECT pg_last_wal_replay_lsn()::text").withRow(0) {
            row throws(PostgresError) in try row.text()
        }
        try traffic(deployment, 20)
        let more = try requests(deployment, primary)
        #expect(more > all)
        let refused = try deployment.runAside(["report"])
        #expect(refused.status == 69 && refused.errors.contains("ledger.replica-behind"), "\(refused.errors)")
        #expect(try requests(deployment, ["--min-position", "any"]) == all)
        #expect(try requests(deployment, ["--min-position", before]) == all)
        #expect(
            try deployment.run(["records", "--format", "jsonl", "--min-position", "any"])
                .split(separator: "\n").count == all)
        try replica.run("SELECT pg_wal_replay_resume()")
        #expect(try requests(deployment) == more)
        let wrong = try deployment.runAside(["report", "--min-position", "here"])
        #expect(wrong.status == 64)
        try deployment.stop()
        #expect(try Witness.compare(deployment).partial == 0)
    }
}
