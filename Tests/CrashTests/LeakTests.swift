// Words that must not be kept: what users ask and are answered, and whatever lets somebody spend.
import Foundation
import Simulator
import Testing

@Suite(.serialized) struct LeakTests {
    @Test("prompts, answers and credentials are in no file of the sidecar, in no log and in no table")
    func canaries() throws {
        let deployment = try Deployment("leaks", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let canary = "CANARY\(UUID().uuidString.prefix(8))"
        let body =
            #"{"model":"gpt-4o-mini","stream":true,"user":"alice","#
            + #""messages":[{"role":"user","content":"\#(canary)PROMPT"}]}"#
        let fields = [
            "Authorization: Bearer sk-\(canary)BEARER", "x-api-key: \(canary)APIKEY",
            "Cookie: \(canary)COOKIE",
            "x-goog-api-key: \(canary)GOOGLE", "X-Tollbook-Tenant: acme",
        ].map { $0 + "\r\n" }.joined()
        let path = "/openai/v1/chat/completions"
        for extra in ["", "x-sim-status: 500\r\n", "x-sim-status: 401\r\n", "Upgrade: \(canary)UPGRADE\r\n"] {
            _ = HTTPClient.post(
                port: deployment.port, path: path + "?key=\(canary)QUERY", headers: fields + extra, body: body
            )
        }
        // Refused, malformed, and cut off by a kill with its note still open.
        _ = HTTPClient.post(
            port: deployment.port, path: "/nowhere/\(canary)PATH", headers: fields, body: "{\(canary)BROKEN")
        _ = HTTPClient.post(port: deployment.port, path: path, headers: fields, body: "{\"\(canary)BROKEN")
        let port = deployment.port
        Thread.detachNewThread {
            _ = HTTPClient.post(port: port, path: path, headers: fields + "x-sim-hold: 2\r\n", body: body)
        }
        #expect(deployment.simulator.wait { $0.held > 0 })
        deployment.kill()
        deployment.simulator.releaseHeld()
        try deployment.start()
        try waitUntil("the open exchange is booked") {
            try deployment.run(["records", "--completeness", "open", "--format", "jsonl"]).contains(
                "\"open\"")
        }
        _ = try deployment.metrics()
        let records = try deployment.run(["records", "--format", "jsonl"])
        #expect(records.split(separator: "\n").count >= 6)
        try deployment.stop()
        try deployment.tool("pg_dump", ["-f", deployment.scratch + "/dump.sql", "tollbook"])
        var hits: [String] = []
        for place in [
            deployment.directory + "/data", deployment.directory + "/serve.log",
            deployment.scratch + "/dump.sql",
        ] {
            let found = try deployment.grep(canary, in: place)
            if !found.isEmpty { hits.append("\(place): \(found.prefix(300))") }
        }
        #expect(hits == [])
        #expect(try !deployment.grep("chat_completions", in: deployment.scratch + "/dump.sql").isEmpty)
    }
}

extension Deployment {
    /// What `grep` finds in a file or a directory, binary or not.
    func grep(_ word: String, in path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/grep")
        process.arguments = ["-a", "-r", "-o", ".\\{0,40\\}\(word).\\{0,20\\}", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
