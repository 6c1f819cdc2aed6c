// What a killed process had under way, and data directories that somebody else has.
import Foundation
import Simulator
import Testing

@Suite(.serialized) struct OpenExchangeTests {
    /// Begins a call whose answer stops half way, and kills the sidecar there.
    private func killMidStream(_ deployment: Deployment, _ id: String) throws {
        let held = deployment.simulator.statistics.held
        let body =
            #"{"model":"gpt-4o-mini","stream":true,"max_tokens":300,"#
            + #""messages":[{"role":"user","content":"hi"}]}"#
        let port = deployment.port
        Thread.detachNewThread {
            _ = HTTPClient.post(
                port: port, path: "/openai/v1/chat/completions",
                headers: "x-sim-id: \(id)\r\nX-Tollbook-Operation: \(id)\r\nX-Tollbook-Tenant: acme\r\n"
                    + "x-sim-hold: 2\r\n",
                body: body)
        }
        #expect(deployment.simulator.wait { $0.held > held })
        deployment.kill()
        deployment.simulator.releaseHeld()
    }

    @Test("an exchange that a killed process left is booked as open, with all that it may have used")
    func booked() throws {
        let deployment = try Deployment("open", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try killMidStream(deployment, "cut-1")
        #expect(try deployment.spoolStatus()["open"] as? Int == 1)
        let inspected = try deployment.run(["spool", "inspect", "--format", "json"])
        #expect(inspected.contains("\"upper_output_tokens\":300"))
        try deployment.start()
        try waitUntil("it is booked") { try deployment.records().count == 1 }
        let record = try #require(try deployment.records().first)
        #expect(record["completeness"] as? String == "open")
        #expect(record["usage_status"] as? String == "estimated")
        #expect(record["operation_id"] as? String == "cut-1" && record["tenant"] as? String == "acme")
        #expect(record["input_tokens"] is NSNull && record["output_tokens"] is NSNull)
        let estimate = try #require(record["estimate"] as? [String: Any])
        #expect(estimate["upper_output_tokens"] as? Int == 300)
        #expect(estimate["upper_input_tokens"] as? Int == 98)
        // 98 × 0.15 + 300 × 0.60 of a millionth.
        #expect((record["cost"] as? [String: Any])?["list"] as? String == "0.0001947")
        let report = try deployment.run(["report", "--format", "json"])
        #expect(report.contains("\"open\":1"))
        #expect(try deployment.run(["report"]).contains("1 open"))
        #expect(
            try deployment.run(["records", "--completeness", "open", "--format", "jsonl"]).contains("cut-1"))
        try deployment.stop()
        #expect(try deployment.spoolStatus()["open"] as? Int == 0)
    }

    @Test("before its age an open exchange is only noted, over restarts; drain books it when it is due")
    func age() throws {
        let deployment = try Deployment("openage", extra: "spool:\n  open_after: 1h", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try killMidStream(deployment, "cut-1")
        try deployment.start()
        #expect(try deployment.spoolStatus()["open"] as? Int == 1)
        try deployment.stop()
        #expect(try deployment.records().isEmpty)
        #expect(try deployment.spoolStatus()["open"] as? Int == 1)
        #expect(try deployment.run(["spool", "drain", "--format", "json"]).contains("\"open\":1"))
        setenv("TOLLBOOK_SPOOL__OPEN_AFTER", "0s", 1)
        defer { unsetenv("TOLLBOOK_SPOOL__OPEN_AFTER") }
        let drained = try deployment.run(["spool", "drain", "--format", "json"])
        #expect(drained.contains("\"posted\":1") && drained.contains("\"open\":0"))
        #expect(try deployment.records().first?["completeness"] as? String == "open")
    }

    @Test("two sidecars on one data directory: the second says who has it; with its own it runs beside")
    func shared() throws {
        let deployment = try Deployment("shared", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let pid = try #require(deployment.serve?.processIdentifier)
        let second = try deployment.runAside(
            ["serve"], environment: ["TOLLBOOK_LISTEN": "127.0.0.1:0", "TOLLBOOK_ADMIN": "off"])
        #expect(second.status == 69)
        #expect(second.errors.contains("spool.locked") && second.errors.contains("process \(pid)"))
        let drained = try deployment.run(["spool", "drain", "--format", "json"])
        #expect(drained.contains("\"records\":0"))
        let other = try deployment.startBeside()
        let loads = [deployment.port, other.port].map { Load(port: $0, clients: 2) }
        try waitUntil("both serve") { loads.allSatisfy { $0.completed >= 20 } }
        for load in loads { try load.stop() }
        other.process.terminate()
        other.process.waitUntilExit()
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.complete == loads.reduce(0) { $0 + $1.completed })
        #expect(Set(try deployment.records().compactMap { $0["instance"] as? String }).count == 2)
    }
}
