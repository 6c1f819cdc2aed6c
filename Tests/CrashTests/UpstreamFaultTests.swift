// Providers and clients that do not behave: what was billed is in the ledger all the same, each attempt once.
import Foundation
import Simulator
import Synchronization
import Testing

@Suite(.serialized) struct UpstreamFaultTests {
    private static let stream =
        #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}"#

    private func call(
        _ deployment: Deployment, _ id: String, _ hints: String, leaveAfter: Int = .max,
        bytesAtOnce: Int = 16_384
    ) -> HTTPClient.Outcome {
        HTTPClient.post(
            port: deployment.port, path: "/openai/v1/chat/completions",
            headers:
                "x-sim-id: \(id)\r\nX-Tollbook-Operation: \(id)\r\nx-sim-input: 700\r\nx-sim-output: 30\r\n"
                + hints, body: Self.stream, leaveAfter: leaveAfter, bytesAtOnce: bytesAtOnce)
    }

    private func words(_ records: [[String: Any]], _ prefix: String) -> Set<String> {
        let own = records.filter { ($0["operation_id"] as? String ?? "").hasPrefix(prefix) }
        return Set(own.compactMap { $0["completeness"] as? String })
    }

    @Test(
        "complaints 25, 26, 34, 83: cut streams, error storms, clients that vanish, retries of one operation")
    func faults() throws {
        let deployment = try Deployment("upstream", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        for number in 0..<6 {
            guard case .broken = call(deployment, "cut-\(number)", "x-sim-cut: \(number)\r\n") else {
                Issue.record("a cut stream came to a clean end")
                continue
            }
        }
        for (number, status) in [429, 500, 503, 529].enumerated() {
            let outcome = call(deployment, "status-\(number)", "x-sim-status: \(status)\r\n")
            guard case .complete(status, _) = outcome else {
                Issue.record("not \(status)")
                continue
            }
        }
        for number in 0..<6 {
            _ = call(
                deployment, "gone-\(number)", "x-sim-frames: 80\r\nx-sim-pace: 2000\r\n",
                leaveAfter: 1 + number * 400)
        }
        guard case .complete(200, _) = call(deployment, "slow-1", "x-sim-frames: 40\r\n", bytesAtOnce: 1)
        else {
            Issue.record("a slow client did not get its answer")
            return
        }
        for attempt in 1...3 {
            _ = HTTPClient.post(
                port: deployment.port, path: "/openai/v1/chat/completions",
                headers: "x-sim-id: try-\(attempt)\r\nIdempotency-Key: same\r\nx-sim-input: 5\r\n"
                    + "x-sim-output: 5\r\n", body: Self.stream)
        }
        try waitUntil("nothing is under way") {
            let status = try deployment.spoolStatus()
            return status["open"] as? Int == 0 && status["records"] as? Int == 0
        }
        try deployment.stop()
        let records = try deployment.records()
        #expect(words(records, "cut-") == ["truncated"])
        #expect(words(records, "gone-") == ["client_aborted_drained"])
        #expect(words(records, "status-") == ["upstream_error"])
        let failed = records.filter { ($0["operation_id"] as? String ?? "").hasPrefix("status-") }
        #expect(failed.allSatisfy { ($0["cost"] as? [String: Any])?["list"] as? String == "0" })
        let tries = records.filter { $0["operation_id"] as? String == "same" }
        #expect(tries.compactMap { $0["attempt"] as? Int }.sorted() == [1, 2, 3])
        let witness = try Witness.compare(deployment)
        #expect(witness.complete == 10 && witness.partial == 6)
        witness.tell("upstream and client faults")
    }

    @Test("an upstream that takes the call and says nothing: the client gets an answer, and a record says so")
    func silent() throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try ScriptedUpstream { _ in
            gate.wait()
            return []
        }
        defer {
            gate.signal()
            upstream.stop()
        }
        let deployment = try Deployment(
            "silent",
            extra: "  mute:\n    url: http://127.0.0.1:\(upstream.port)\n    provider: openai\n"
                + "limits:\n  response_timeout: 1s", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let outcome = HTTPClient.post(
            port: deployment.port, path: "/mute/v1/chat/completions", headers: "", body: Self.stream)
        guard case .complete(504, _) = outcome else {
            Issue.record("not answered with 504")
            return
        }
        try deployment.stop()
        let records = try deployment.records()
        #expect(records.count == 1 && records[0]["completeness"] as? String == "upstream_error")
    }
}
