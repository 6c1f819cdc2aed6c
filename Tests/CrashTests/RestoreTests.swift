// A ledger that lost its last transactions gets them again from the spools of the sidecars.
import Foundation
import Postgres
import Testing

@Suite(.serialized) struct RestoreTests {
    private func traffic(_ deployment: Deployment, _ count: Int) throws {
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("\(count) responses are complete") { load.completed >= count }
        try load.stop()
        try waitUntil("all of it is posted") { try deployment.backlog() == 0 }
    }

    private func replay(_ deployment: Deployment, since: String) throws -> [String: Int] {
        let text = try deployment.run(["spool", "replay", "--since", since, "--format", "json"])
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Int])
    }

    private func count(_ deployment: Deployment) throws -> Int {
        let connection = try Connection.open(deployment.conninfo)
        return Int(
            try connection.run("SELECT count(*) FROM tollbook.usage_record").withRow(0) {
                row throws(PostgresError) in try row.integer()
            })
    }

    @Test("restored from a dump, replay brings back what was posted since; once more, it changes nothing")
    func dump() throws {
        let deployment = try Deployment("restore", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try traffic(deployment, 60)
        let before = ISO8601DateFormatter().string(from: Date())
        try deployment.tool("pg_dump", ["-Fc", "-f", deployment.scratch + "/dump", "tollbook"])
        let dumped = try count(deployment)
        try traffic(deployment, 80)
        let all = try count(deployment)
        #expect(all > dumped)
        // The sidecar stays up, and goes on posting into whatever is there.
        try deployment.tool("dropdb", ["--force", "tollbook"])
        try deployment.tool("createdb", ["tollbook"])
        try deployment.tool("pg_restore", ["-d", "tollbook", deployment.scratch + "/dump"])
        #expect(try count(deployment) == dumped)
        // Killed on its way, again and again, it converges.
        for milliseconds in [30, 60, 90, 150] {
            try deployment.runAndKill(["spool", "replay", "--since", before], after: milliseconds)
        }
        _ = try replay(deployment, since: before)
        #expect(try count(deployment) == all)
        let again = try replay(deployment, since: "2000-01-01")
        #expect(again["posted"] == 0 && again["duplicates"] == all && again["conflicts"] == 0)
        try traffic(deployment, 10)
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0)
        witness.tell("restore and replay")
    }

    @Test("restored piece by piece under a serving sidecar: it waits for the whole, and posts then")
    func pieces() throws {
        let deployment = try Deployment("pieces", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.run([
            "budget", "set", "all", "--everybody", "--limit", "1000", "--unit", "USD", "--window", "month",
        ])
        try deployment.start()
        try traffic(deployment, 40)
        try deployment.tool("pg_dump", ["-Fc", "-f", deployment.scratch + "/dump", "tollbook"])
        let dumped = try count(deployment)
        try deployment.tool("dropdb", ["--force", "tollbook"])
        try deployment.tool("createdb", ["tollbook"])
        func restore(_ options: [String]) throws {
            try deployment.tool("pg_restore", ["-d", "tollbook"] + options + [deployment.scratch + "/dump"])
        }
        // Calls go on: what may not pass without its budget waits or is refused, and is no record.
        let load = Load(port: deployment.port, clients: 2)
        for options in [
            [], ["--section=pre-data"], ["--data-only", "-t", "price_book"],
            ["--data-only", "-t", "access_version"],
        ] {
            if !options.isEmpty { try restore(options) }
            // Two failures from now on: the second was met after all of this was there.
            let before = try failures(deployment)
            try waitUntil("the sidecar has looked at it") { try failures(deployment) >= before + 2 }
            let word = try #require(deployment.serve)
            #expect(word.isRunning, "after \(options)")
        }
        let rest = try tables(deployment).filter { $0 != "price_book" && $0 != "access_version" }
        for table in rest { try restore(["--data-only", "-t", table]) }
        try restore(["--section=post-data"])
        let goal = load.completed + 20
        try waitUntil("calls pass again") { load.completed >= goal }
        try load.stop()
        try waitUntil("all of it is posted") { try deployment.backlog() == 0 }
        try deployment.run(["spool", "replay", "--since", "2000-01-01"])
        try deployment.stop()
        #expect(try count(deployment) > dumped)
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0)
        witness.tell("restored piece by piece")
        let verified = try deployment.run(["verify"])
        #expect(verified.contains("nothing"))
    }

    private func failures(_ deployment: Deployment) throws -> Int {
        let name = "\ntollbook_posting_failures_total "
        let text = try deployment.metrics()
        let line = try #require(text.range(of: name), "\(text)")
        return Int(text[line.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    /// Those of the dump that have rows, in its order.
    private func tables(_ deployment: Deployment) throws -> [String] {
        try deployment.tool(
            "pg_restore", ["-l", "-f", deployment.scratch + "/list", deployment.scratch + "/dump"])
        return try String(contentsOfFile: deployment.scratch + "/list", encoding: .utf8)
            .split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "DATA"), words.count > place + 2 else { return nil }
                return String(words[place + 2])
            }
    }

    @Test("failed over to a replica that missed the last transactions, replay completes it")
    func failover() throws {
        let deployment = try Deployment("failover", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try traffic(deployment, 40)
        try deployment.makeReplica()
        try waitUntil("the replica follows") { try deployment.replicaCount() == (try count(deployment)) }
        let before = ISO8601DateFormatter().string(from: Date())
        // From here on the replica gets nothing: what the primary commits now is acknowledged and lost.
        try deployment.stopReplica()
        try traffic(deployment, 50)
        let all = try count(deployment)
        try deployment.failOver()
        #expect(try count(deployment) < all)
        let replayed = try replay(deployment, since: before)
        #expect(replayed["conflicts"] == 0)
        #expect(try count(deployment) == all)
        try traffic(deployment, 10)
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0)
        witness.tell("failover and replay")
    }
}
