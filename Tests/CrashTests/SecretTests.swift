// Secrets of the operator: given by every way there is, used by real traffic, and found nowhere afterwards —
// not in the log, the pages, the answers, what commands print, the spool, the database, or a crash's leavings.
import Foundation
import Simulator
import Testing

@Suite(.serialized) struct SecretTests {
    private static let path = "/openai/v1/chat/completions"

    @Test("secrets of files, variables and systemd's credentials are used, and are found nowhere")
    func nowhere() throws {
        let canary = "CANARY\(UUID().uuidString.prefix(8))"
        let secrets = NSTemporaryDirectory() + "tollbook-secrets-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: secrets) }
        for name in ["admin", "pepper", "seal", "jwt", "header"] {
            try "\(canary)\(name)-0123456789abcdef0123456789abcdef\n".write(
                toFile: "\(secrets)/\(name)", atomically: true, encoding: .utf8)
        }
        setenv("CREDENTIALS_DIRECTORY", secrets, 1)
        setenv("CANARY_KEY", "sk-\(canary)UPSTREAM", 1)
        defer {
            unsetenv("CREDENTIALS_DIRECTORY")
            unsetenv("CANARY_KEY")
        }
        let deployment = try Deployment(
            "secrets",
            extra: """
                admin_token: "${credential:admin}"
                keys: {pepper: "${file:\(secrets)/pepper}"}
                seal: {key: "${credential:seal}"}
                jwt: {secret: "${credential:jwt}"}
                alerts: {webhooks: "http://127.0.0.1:1/\(canary)HOOK", secret: \(canary)ALERT0123456789}
                """, hasFewPrices: true)
        defer { deployment.tearDown() }
        // The upstream's key and a header, put in where the upstream stands.
        let file = deployment.directory + "/tollbook.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8).replacing(
            "    provider: openai",
            with: "    provider: openai\n    api_key: \"${CANARY_KEY}\"\n"
                + "    headers: {X-Extra: \"${credential:header}\"}", maxReplacements: 1)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        deployment.database = deployment.conninfo + " password=\(canary)DATABASE"
        try deployment.start()
        // They are in use: the token opens the page, the pepper makes keys.
        let created = try deployment.run(["key", "create", "--tenant", "acme", "--format", "json"])
        let key = try #require(
            (try JSONSerialization.jsonObject(with: Data(created.utf8)) as? [String: Any])?["secret"]
                as? String)
        let token = "\(canary)admin-0123456789abcdef0123456789abcdef"
        var seen = ""
        func page(_ name: String, _ fields: String = "") throws -> String {
            let done = try Shell.run(
                "/usr/bin/curl", ["-sS", "-H", fields, "http://127.0.0.1:\(deployment.adminPort)\(name)"])
            return done.out
        }
        #expect(try page("/metrics").contains("admin.unauthorized"))
        #expect(try page("/metrics", "Authorization: Bearer \(token)").contains("tollbook_exchanges_total"))
        // A new key reaches the sidecar within seconds.
        let plain = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}]}"#
        try waitUntil("the key is known") {
            let outcome = HTTPClient.post(
                port: deployment.port, path: Self.path, headers: "Authorization: Bearer \(key)\r\n",
                body: plain)
            guard case .complete(200, _) = outcome else { return false }
            return true
        }
        // Real calls: answered, refused upstream, without a key that is known, malformed, cut off.
        let body =
            #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"\#(canary)ASK"}]}"#
        for fields in [
            "Authorization: Bearer \(key)", "Authorization: Bearer \(key)\r\nx-sim-status: 500",
            "Authorization: Bearer tb_\(canary)UNKNOWN", "x-sim-status: 429", "Cookie: \(canary)COOKIE",
            "Authorization: Bearer \(canary).\(canary).\(canary)", "Upgrade: \(canary)UPGRADE",
            "Transfer-Encoding: \(canary)CODING",
        ] {
            let outcome = HTTPClient.post(
                port: deployment.port, path: Self.path + "?key=\(canary)QUERY", headers: fields + "\r\n",
                body: body)
            // What the sidecar says itself must not repeat what it was shown.
            guard case .complete(let status, let bytes) = outcome, status != 200 else { continue }
            let answer = String(decoding: bytes, as: UTF8.self)
            if answer.contains("\"effect\"") || answer.contains("tollbook") { seen += answer }
        }
        // The provider was shown the credential that the environment gave.
        try waitUntil("an answered call is booked") {
            try deployment.run(["records", "--format", "jsonl"]).contains("\"http_status\":200")
        }
        // A crash with a call under way.
        let port = deployment.port
        Thread.detachNewThread {
            _ = HTTPClient.post(
                port: port, path: Self.path, headers: "Authorization: Bearer \(key)\r\nx-sim-hold: 2\r\n",
                body: body)
        }
        #expect(deployment.simulator.wait { $0.held > 0 })
        let process = try #require(deployment.serve?.processIdentifier)
        let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2, "\(core)")
        deployment.kill()
        deployment.simulator.releaseHeld()
        try deployment.start()
        try waitUntil("the open exchange is booked") {
            try deployment.run(["records", "--completeness", "open", "--format", "jsonl"]).contains("open")
        }
        for name in ["/metrics", "/readyz", "/healthz"] {
            seen += try page(name, "Authorization: Bearer \(token)") + page(name)
        }
        for command in [
            ["config", "show"], ["config", "show", "--format", "json"], ["doctor"],
            ["records", "--format", "jsonl"],
            ["spool", "inspect", "--format", "jsonl"], ["key", "list", "--format", "json"], ["audit"],
            ["export", "otel", "--month", String(Date.now.ISO8601Format().prefix(7))],
        ] { seen += try deployment.run(command, mayFail: true) }
        #expect(seen.contains("admin_token") && seen.contains("chat_completions"))
        #expect(!seen.contains(canary), "\(seen.components(separatedBy: canary)[0].suffix(200))")
        try deployment.stop()
        try deployment.tool("pg_dump", ["-f", deployment.scratch + "/dump.sql", "tollbook"])
        for place in ["/data", "/serve.log"].map({ deployment.directory + $0 })
            + [deployment.scratch + "/dump.sql"]
        {
            // The address of a webhook is in the database, so that any sidecar can deliver.
            let found = try deployment.grep(canary, in: place).split(separator: "\n")
            #expect(found.filter { !$0.contains("HOOK") } == [], "\(place)")
        }
        // Nobody else may read what is on the disk.
        let open = try Shell.run(
            "/usr/bin/find",
            [deployment.directory + "/data", "-perm", "/077", "-not", "-path", "*/postgresql*"])
        #expect(open.out == "")
    }

    @Test("a broken connection text is not repeated by what complains of it")
    func brokenAddress() throws {
        let canary = "CANARY\(UUID().uuidString.prefix(8))"
        let deployment = try Deployment("broken-address", hasFewPrices: true)
        defer { deployment.tearDown() }
        for conninfo in [
            "postgresql://me:\(canary)@[::1/ledger", "postgresql://me:\(canary)@host:port:9/ledger",
            "host=/nowhere password=\(canary)", "postgresql://me:\(canary)@127.0.0.1:1/ledger",
            "password='\(canary)",
        ] {
            for command in [["report"], ["doctor"], ["config", "show"], ["migrate"]] {
                let done = try Shell.run(
                    Deployment.binary, command + ["--config", deployment.directory + "/tollbook.yaml"],
                    environment: ["TOLLBOOK_DATABASE": conninfo])
                #expect(!done.out.contains(canary), "\(command): \(done.out)")
            }
        }
    }
}
