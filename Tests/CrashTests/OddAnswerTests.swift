// A database that answers in other shapes than it was asked for. Whatever runs against it says so, or goes
// on; it never ends in a trap, and a sidecar loses and doubles nothing by it.
import Foundation
import Testing

@testable import Commands

@Suite(.serialized) struct OddAnswerTests {
    /// Commands of all kinds that ask the ledger; RECORD stands for an id.
    private static let commands = [
        "report", "report --by user,day --format json", "report --by meter --timezone Europe/Berlin",
        "records --format jsonl", "records --limit 3", "explain RECORD",
        "explain RECORD --format json --considered",
        "statement --tenant t1", "statement --tenant t1 --format json", "verify", "instances",
        "instances --format json", "doctor", "doctor --format json", "budget list", "budget show all --bound",
        "budget history all", "budget simulate all", "tenant list", "key list", "audit", "seal heads",
        "prices list", "export focus", "export hledger", "suspense list", "rate --pending",
        "rerate --dry-run",
        "close --check --month 2026-10", "reconcile report --month 2026-10", "spool drain", "migrate",
        "archive list", "export entries", "export records", "export beancount", "tenant show t1",
        "tenant list --format json",
        "renormalize --since 2026-01-01 --dry-run", "spool replay --since 2000-01-01 --format json",
    ]

    /// What a command may end with; a signal is none of them.
    private static let codes: Set<Int32> = [0, 1, 2, 69, 78]

    @Test("no command ends in a trap, whatever comes back", .timeLimit(.minutes(20)))
    func commands() throws {
        let deployment = try Deployment("odd", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.run([
            "budget", "set", "all", "--everybody", "--limit", "1000", "--unit", "USD", "--window", "month",
        ])
        try deployment.run(["tenant", "create", "t1"])
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("40 responses are complete") { load.completed >= 40 }
        try load.stop()
        try deployment.stop()
        let record = try #require(try deployment.records().first?["record_id"] as? String)
        let wire = try OddWire(to: deployment.databaseSocket, in: deployment.scratch + "/odd")
        defer { wire.stop() }
        let database = "host=\(wire.directory) user=tollbook dbname=tollbook"
        let rounds = Int(ProcessInfo.processInfo.environment["TOLLBOOK_ODD_ROUNDS"] ?? "") ?? 2
        var ended: [String: Int] = [:]
        for round in 0..<rounds {
            for (number, command) in Self.commands.enumerated() {
                // The first answers as they are: otherwise little more than the schema is ever read.
                wire.set(seed: UInt64(round * 1000 + number), share: [100, 50, 20][round % 3])
                let words = command.replacing("RECORD", with: record).split(separator: " ").map(String.init)
                let (status, errors) = try deployment.runAside(
                    words, environment: ["TOLLBOOK_DATABASE": database])
                #expect(
                    Self.codes.contains(status) && !errors.contains("Fatal error"),
                    "round \(round), \(command): \(status)\n\(errors)")
                ended["exit \(status)", default: 0] += 1
            }
        }
        #expect(wire.changed > rounds * Self.commands.count / 2)
        // Commands about a tenant read what others must not have changed.
        #expect(try deployment.run(["verify"]).contains("nothing"))
        print("WITNESS odd answers: \(wire.changed) changed, \(ended)")
    }

    @Test("a sidecar goes on: nothing is lost or doubled")
    func serves() throws {
        let deployment = try Deployment("oddserve", hasFewPrices: true)
        defer { deployment.tearDown() }
        let wire = try OddWire(to: deployment.databaseSocket, in: deployment.scratch + "/odd")
        defer { wire.stop() }
        try deployment.run([
            "budget", "set", "all", "--everybody", "--limit", "1000", "--unit", "USD", "--window", "month",
        ])
        deployment.database = "host=\(wire.directory) user=tollbook dbname=tollbook"
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("responses are complete") { load.completed >= 40 }
        for round in 0..<8 {
            let before = wire.changed
            wire.set(seed: UInt64(round), share: [100, 40, 10, 3][round % 4])
            try waitUntil("answers were odd") {
                try #require(deployment.serve).isRunning == false || wire.changed >= before + 25
            }
            try #require(deployment.serve?.isRunning == true, "\(deployment.log.suffix(4000))")
            // As it should be again: the sidecar finds back.
            wire.set(seed: 0, share: 0)
            let goal = load.completed + 10
            try waitUntil("calls pass again") { load.completed >= goal }
        }
        try load.stop()
        try waitUntil("all of it is posted") { try deployment.backlog() == 0 }
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0)
        witness.tell("odd answers of the database (\(wire.changed))")
    }
}
