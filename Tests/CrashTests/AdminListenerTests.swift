// The admin listener of `serve`: what it asks for, what it answers to whom, and the reasons it gives.
import Foundation
import Simulator
import Testing

@Suite(.serialized) struct AdminListenerTests {
    /// Asks a page with curl. - Returns: the status and the body.
    private func ask(
        _ deployment: Deployment, _ path: String, _ fields: [String] = []
    ) throws -> (status: Int, body: String) {
        let done = try Shell.run(
            "/usr/bin/curl",
            ["-sS", "--max-time", "60", "-w", "\n%{http_code}"] + fields.flatMap { ["-H", $0] }
                + ["http://127.0.0.1:\(deployment.adminPort)\(path)"])
        let lines = done.out.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.dropLast().joined(separator: "\n")
        return (Int(lines.last ?? "") ?? 0, body.trimmingCharacters(in: .newlines))
    }

    @Test("pages ask for the token of a file, health for none, and the details of readiness stay inside")
    func token() throws {
        let token = "0123456789abcdef-token"
        let file = NSTemporaryDirectory() + "tollbook-token-\(UUID().uuidString)"
        try "\(token)\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let deployment = try Deployment(
            "admin", extra: "admin_token: \"${file:\(file)}\"", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let bearer = ["Authorization: Bearer \(token)"]
        #expect(try ask(deployment, "/metrics", bearer).body.contains("tollbook_exchanges_total 0"))
        #expect(try ask(deployment, "/metrics", ["authorization: bearer \(token)"]).status == 200)
        let wrong: [[String]] = [
            [], ["Authorization: Bearer \(token.dropLast())"], ["Authorization: Bearer \(token)x"],
            ["Authorization: Bearer "], ["Authorization: Basic \(token)"], ["Authorization: \(token)"],
            ["Authorization: Bearer \(token.uppercased())"], ["X-Admin-Token: \(token)"],
        ]
        for fields in wrong {
            let answer = try ask(deployment, "/metrics", fields)
            #expect(answer.status == 401 && answer.body.contains("admin.unauthorized"), "\(fields)")
            #expect(!answer.body.contains(token))
            // Nobody learns which pages there are.
            #expect(try ask(deployment, "/other", fields).status == 401)
            #expect(try ask(deployment, "/readyz", fields).body == #"{"ready":true}"#)
            #expect(try ask(deployment, "/healthz", fields).body == #"{"healthy":true,"reasons":[]}"#)
        }
        let ready = try ask(deployment, "/readyz", bearer)
        #expect(ready.status == 200 && ready.body.contains(#""spool":{"records":0"#))
        #expect(try ask(deployment, "/other", bearer).status == 404)
        // The pages are not on the listener for traffic, whatever is shown.
        let traffic = try Shell.run(
            "/usr/bin/curl",
            [
                "-sS", "-H", bearer[0], "-o", "/dev/null", "-w", "%{http_code}",
                "http://127.0.0.1:\(deployment.port)/metrics",
            ])
        #expect(traffic.out == "404")
    }

    @Test("a full spool and a stop are reasons not to be ready")
    func reasons() throws {
        let deployment = try Deployment(
            "ready", extra: "drain_timeout: 30s\nspool: {max_bytes: 8 KiB}", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        #expect(try ask(deployment, "/readyz").body.contains(#""ready":true,"reasons":[]"#))
        try deployment.stopDatabase()
        try waitUntil("a full spool is a reason") {
            _ = HTTPClient.post(
                port: deployment.port, path: "/openai/v1/chat/completions", headers: "",
                body: #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}]}"#)
            let answer = try ask(deployment, "/readyz")
            return answer.status == 503 && answer.body.contains("the spool takes no more records")
        }
        #expect(try ask(deployment, "/healthz").status == 200)
        try deployment.startDatabase()
        try waitUntil("it is ready again") { try ask(deployment, "/readyz").status == 200 }
        // A stop, while a call is under way.
        let port = deployment.port
        Thread.detachNewThread {
            _ = HTTPClient.post(
                port: port, path: "/openai/v1/chat/completions", headers: "x-sim-hold: 2\r\n",
                body: #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"x"}]}"#)
        }
        #expect(deployment.simulator.wait { $0.held > 0 })
        deployment.signal(SIGTERM)
        try waitUntil("the stop is a reason") {
            let answer = try ask(deployment, "/readyz")
            return answer.status == 503 && answer.body.contains(#""ready":false"#)
                && answer.body.contains("was told to stop")
        }
        #expect(try ask(deployment, "/healthz").status == 200)
        deployment.simulator.releaseHeld()
        try waitUntil("it ends") { deployment.serve?.isRunning == false }
    }

    @Test("the admin listener speaks TLS where it is told to")
    func tls() throws {
        let pki = try Certificates()
        defer { pki.remove() }
        try pki.issue("server", subject: "a", names: "DNS:localhost")
        let deployment = try Deployment(
            "admin-tls",
            extra: """
                tls: {certificate: \(pki.path("server.pem")), key: \(pki.path("server.key"))}
                admin_tls: true
                """, hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let page = try Shell.run(
            "/usr/bin/curl",
            [
                "-sS", "--cacert", pki.path("ca.pem"), "https://localhost:\(deployment.adminPort)/metrics",
            ])
        #expect(page.status == 0 && page.out.contains("tollbook_exchanges_total"))
        #expect(try ask(deployment, "/metrics").status == 0)
    }
}
