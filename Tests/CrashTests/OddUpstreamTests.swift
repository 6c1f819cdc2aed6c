// The built program before upstreams that do what they should not: compress although nobody asked, refuse a
// field that the sidecar put in.
import CBrotliEncoder
import CZstd
import Foundation
import Testing

@Suite(.serialized) struct OddUpstreamTests {
    static let request = #"{"model":"m-1","stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    static let events =
        #"data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{"content":"ho"},"#
        + #""finish_reason":"stop"}]}"# + "\n\n"
        + #"data: {"id":"c-1","model":"m-1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"#
        + #""total_tokens":10}}"# + "\n\ndata: [DONE]\n\n"

    /// Runs the sidecar before an upstream and asks once per body.
    private func run(
        _ script: @escaping ScriptedUpstream.Script, _ bodies: [String],
        check: (ScriptedUpstream, [HTTPClient.Outcome], [[String: Any]]) throws -> Void
    ) throws {
        let upstream = try ScriptedUpstream(script)
        defer { upstream.stop() }
        let deployment = try Deployment(
            "odd", extra: "  odd:\n    url: http://127.0.0.1:\(upstream.port)")
        defer { deployment.tearDown() }
        try deployment.start()
        let outcomes = bodies.map { body in
            HTTPClient.post(
                port: deployment.port, path: "/odd/v1/chat/completions", headers: "", body: body)
        }
        try deployment.stop()
        try check(upstream, outcomes, try deployment.records())
    }

    private static func answer(_ status: String, _ fields: String, _ body: [UInt8]) -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    private static func compressed(_ bytes: [UInt8], _ encoding: String) -> [UInt8] {
        var size = bytes.count + 1024
        var output = [UInt8](repeating: 0, count: size)
        if encoding == "br" {
            precondition(
                BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, bytes.count, bytes, &size, &output) != 0)
        } else {
            size = ZSTD_compress(&output, size, bytes, bytes.count, 3)
            precondition(ZSTD_isError(size) == 0)
        }
        return Array(output[..<size])
    }

    @Test(
        "an answer compressed without being asked is passed on as it is, and read", arguments: ["br", "zstd"])
    func compressed(encoding: String) throws {
        let body = Self.compressed(Array(Self.events.utf8), encoding)
        let fields = "Content-Type: text/event-stream\r\nContent-Encoding: \(encoding)\r\n"
        let script: ScriptedUpstream.Script = { _ in Self.answer("200 OK", fields, body) }
        try run(script, [Self.request]) { _, outcomes, records in
            guard case .complete(let status, let got) = outcomes[0] else {
                Issue.record("the client got no whole answer")
                return
            }
            #expect(status == 200 && got == body)
            #expect(records.count == 1)
            #expect(records[0]["usage_status"] as? String == "reported")
            #expect(records[0]["input_tokens"] as? Int == 7)
            #expect(records[0]["output_tokens"] as? Int == 3)
            #expect((records[0]["anomalies"] as? [String])?.contains("undecodable_body") == false)
        }
    }

    @Test("a refusal of the spliced field costs one more request, once; the client never sees it")
    func refusedSplice() throws {
        let refusal = #"{"error":{"message":"Unrecognized request argument: stream_options"}}"#
        let plain = Self.events.replacing(/data: \{"id":"c-1","model":"m-1","choices":\[\].*\n\n/, with: "")
        let script: ScriptedUpstream.Script = { body in
            body.contains("stream_options")
                ? Self.answer("400 Bad Request", "Content-Type: application/json\r\n", Array(refusal.utf8))
                : Self.answer("200 OK", "Content-Type: text/event-stream\r\n", Array(plain.utf8))
        }
        try run(script, [Self.request, Self.request, Self.request.replacing("m-1", with: "m-2")]) {
            upstream, outcomes, records in
            for outcome in outcomes {
                guard case .complete(200, let got) = outcome else {
                    Issue.record("the client got \(outcome)")
                    continue
                }
                #expect(String(decoding: got, as: UTF8.self) == plain)
            }
            // Model m-1: asked, refused, sent as it came; then never asked again. Model m-2 is another one.
            #expect(
                upstream.bodies.map { $0.contains("include_usage") } == [true, false, false, true, false])
            #expect(upstream.bodies[1] == Self.request && upstream.bodies[2] == Self.request)
            #expect(records.count == 3)
            for record in records {
                #expect(record["http_status"] as? Int == 200)
                #expect(record["usage_status"] as? String == "estimated")
                #expect(record["completeness"] as? String == "complete")
            }
        }
    }

    @Test("what reported answers teach is used for a silent one, after a restart as well; doctor shows it")
    func learnt() throws {
        let words = String(repeating: "word ", count: 200)
        func answer(_ usage: String) -> [UInt8] {
            let body =
                #"{"id":"c","model":"m-1","choices":[{"message":{"role":"assistant","content":"\#(words)"},"#
                + #""finish_reason":"stop"}],"usage":\#(usage)}"#
            return Self.answer("200 OK", "Content-Type: application/json\r\n", Array(body.utf8))
        }
        let reported = answer(#"{"prompt_tokens":50,"completion_tokens":200,"dream_tokens":1}"#)
        let silent = answer("null")
        let question = #"{"model":"m-1","max_tokens":900,"messages":[{"role":"user","content":"\#(words)"}]}"#
        let upstream = try ScriptedUpstream { $0.contains("silent") ? silent : reported }
        defer { upstream.stop() }
        let deployment = try Deployment(
            "learnt", extra: "  odd:\n    url: http://127.0.0.1:\(upstream.port)", hasFewPrices: true)
        defer { deployment.tearDown() }
        func ask(_ body: String) {
            let path = "/odd/v1/chat/completions"
            _ = HTTPClient.post(port: deployment.port, path: path, headers: "", body: body)
        }
        try deployment.start()
        for _ in 0..<12 { ask(question) }
        try deployment.stop()
        try deployment.start()
        ask(question.replacing("user\"", with: "user\",\"name\":\"silent\""))
        try deployment.stop()
        let record = try #require(
            try deployment.records().last { $0["usage_status"] as? String == "estimated" })
        let estimate = try #require(record["estimate"] as? [String: Any])
        #expect(estimate["method"] as? String == "tokens/byte")
        // 1,000 bytes of text were 200 tokens each time before: 204 per KiB, in the class from 180 to 215.
        #expect(estimate["output_tokens"] as? Int == 200)
        #expect(estimate["upper_output_tokens"] as? Int == 1000)
        let doctor = try deployment.run(["doctor"], mayFail: true)
        #expect(doctor.contains("m-1 output 200 tokens per 1,000 bytes (176 to 210)"), "\(doctor)")
        #expect(doctor.contains("not read: dream_tokens of unknown (12 answers)"), "\(doctor)")
    }

    @Test("a refusal of anything else reaches the client as it came, after one request")
    func otherRefusal() throws {
        let refusal = #"{"error":{"message":"max_tokens is too large"}}"#
        let script: ScriptedUpstream.Script = { _ in
            Self.answer("400 Bad Request", "X-Why: this\r\n", Array(refusal.utf8))
        }
        try run(script, [Self.request]) { upstream, outcomes, records in
            guard case .complete(400, let got) = outcomes[0] else {
                Issue.record("the client got \(outcomes[0])")
                return
            }
            #expect(String(decoding: got, as: UTF8.self) == refusal)
            #expect(upstream.bodies.count == 1)
            #expect(records.count == 1 && records[0]["http_status"] as? Int == 400)
            #expect(records[0]["billable"] as? Bool == false)
        }
    }

    @Test("a refusal too long to be judged, or cut short, is passed on as far as it goes")
    func longRefusal() throws {
        let long = Array((#"{"error":"stream_options"# + String(repeating: "x", count: 90_000) + #""}"#).utf8)
        let whole: ScriptedUpstream.Script = { _ in Self.answer("400 Bad Request", "", long) }
        try run(whole, [Self.request]) { upstream, outcomes, _ in
            guard case .complete(400, let got) = outcomes[0] else {
                Issue.record("the client got no whole answer")
                return
            }
            #expect(got == long)
            #expect(upstream.bodies.count == 1)
        }
        let half: ScriptedUpstream.Script = { _ in
            Array(Self.answer("400 Bad Request", "", long).prefix(600))
        }
        try run(half, [Self.request]) {
            _, outcomes, records in
            guard case .broken = outcomes[0] else {
                Issue.record("a cut answer looks whole")
                return
            }
            #expect(records[0]["http_status"] as? Int == 400)
        }
    }
}
