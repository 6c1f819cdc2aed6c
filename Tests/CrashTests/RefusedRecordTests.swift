// Records that the ledger will not take, or takes for something else.
import Foundation
import Postgres
import Testing

@Suite(.serialized) struct RefusedRecordTests {
    private func post(_ deployment: Deployment, _ id: String, model: String = "gpt-4o-mini") {
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#
        let outcome = HTTPClient.post(
            port: deployment.port, path: "/openai/v1/chat/completions",
            headers:
                "x-sim-id: \(id)\r\nX-Tollbook-Operation: \(id)\r\nx-sim-input: 10\r\nx-sim-output: 5\r\n",
            body: body)
        guard case .complete(200, _) = outcome else {
            Issue.record("\(id) was not answered")
            return
        }
    }

    private func ids(_ deployment: Deployment) throws -> Set<String> {
        Set(try deployment.records().compactMap { $0["operation_id"] as? String })
    }

    @Test("a poisoned record is set apart with its reason, the rest is posted, and it can be posted later")
    func poison() throws {
        let deployment = try Deployment("poison", hasFewPrices: true)
        defer { deployment.tearDown() }
        let connection = try Connection.open(deployment.conninfo)
        try connection.run(
            "ALTER TABLE tollbook.usage_record ADD CONSTRAINT no_poison CHECK (model_requested <> 'poison')")
        try deployment.start()
        for number in 1...5 { post(deployment, "good-\(number)") }
        post(deployment, "bad-1", model: "poison")
        for number in 6...9 { post(deployment, "good-\(number)") }
        try waitUntil("the spool is empty") { try deployment.backlog() == 0 }
        #expect(try ids(deployment) == Set((1...9).map { "good-\($0)" }))
        let listed = try deployment.run(["spool", "quarantine", "--format", "jsonl"])
        #expect(listed.contains("no_poison") && listed.contains("\"operation_id\":\"bad-1\""))
        #expect(try deployment.run(["doctor"], mayFail: true).contains("quarantine"))
        #expect(try deployment.metrics().contains("tollbook_quarantined_total 1\n"))
        // Killed before it is set apart: it is not lost, and set apart once.
        deployment.kill()
        try deployment.start(environment: ["TOLLBOOK_FAILPOINT": "record-refused"])
        post(deployment, "bad-2", model: "poison")
        try waitUntil("the process ends") { deployment.serve?.isRunning == false }
        deployment.kill()
        try deployment.start()
        try waitUntil("the spool is empty") { try deployment.backlog() == 0 }
        var again = try deployment.run(["spool", "quarantine", "--replay", "--format", "json"])
        #expect(again.contains("\"posted\":0") && again.contains("\"records\":2"))
        try connection.run("ALTER TABLE tollbook.usage_record DROP CONSTRAINT no_poison")
        again = try deployment.run(["spool", "quarantine", "--replay", "--format", "json"])
        #expect(again.contains("\"posted\":2") && again.contains("\"records\":0"))
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.complete == 11)
    }

    @Test("a refused record that cannot be set apart stays in the spool until it can")
    func noRoom() throws {
        let deployment = try Deployment("norefuse", hasFewPrices: true)
        defer { deployment.tearDown() }
        try Connection.open(deployment.conninfo).run(
            "ALTER TABLE tollbook.usage_record ADD CONSTRAINT no_poison CHECK (model_requested <> 'poison')")
        try deployment.start()
        let place = deployment.directory + "/data/spool/quarantine"
        try Data().write(to: URL(fileURLWithPath: place))
        post(deployment, "bad-1", model: "poison")
        post(deployment, "good-1")
        try waitUntil("the failure is told") { deployment.log.contains("spool.unusable") }
        #expect(try deployment.backlog() > 0)
        try FileManager.default.removeItem(atPath: place)
        try waitUntil("the spool is empty") { try deployment.backlog() == 0 }
        #expect(try deployment.run(["spool", "quarantine", "--format", "jsonl"]).contains("bad-1"))
        #expect(try ids(deployment) == ["good-1"])
    }

    @Test("the same id with other content: the first stays, and metrics and doctor tell")
    func conflict() throws {
        let deployment = try Deployment("conflict", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        for number in 1...3 { post(deployment, "call-\(number)") }
        try waitUntil("the spool is empty") { try deployment.backlog() == 0 }
        try Connection.open(deployment.conninfo).run(
            "UPDATE tollbook.usage_record SET output_tokens = 6 WHERE operation_id = 'call-2'")
        let replay = try deployment.run(["spool", "replay", "--since", "2000-01-01", "--format", "json"])
        #expect(replay.contains("\"duplicates\":2,\"conflicts\":1"))
        let found = try deployment.run(["doctor", "--format", "json"], mayFail: true)
        #expect(found.contains("came again with other content"))
        let records = try deployment.records()
        #expect(records.count == 3)
        #expect(
            records.first { $0["operation_id"] as? String == "call-2" }?["output_tokens"] as? Int == 6)
        // The sidecar that meets one says so too.
        deployment.kill()
        try FileManager.default.removeItem(atPath: deployment.directory + "/data/spool/cursor")
        try deployment.start()
        try waitUntil("it posted again") { try deployment.backlog() == 0 }
        #expect(try deployment.metrics().contains("tollbook_conflicts_total 1\n"))
        #expect(deployment.log.contains("record_conflict"))
    }
}
