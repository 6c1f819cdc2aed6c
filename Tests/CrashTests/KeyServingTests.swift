// Gateway keys at the running program: what callers may and may not, with PostgreSQL there and away. The
// upstream sees every byte that is sent on, so that a key that travelled would be seen.
import Foundation
import Synchronization
import Testing

@testable import Commands

@Suite(.serialized) struct KeyServingTests {
    /// A sidecar before an upstream that keeps the heads of all requests, and the keys that were made.
    final class Gate {
        let deployment: Deployment
        let upstream: ScriptedUpstream

        init(_ name: String, _ extra: String = "") throws {
            upstream = try ScriptedUpstream { _ in
                let body =
                    #"{"id":"c-1","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":"#
                    + #"{"role":"assistant","content":"At four."},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":6,"completion_tokens":4,"total_tokens":10}}"#
                return Array(
                    ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
            }
            deployment = try Deployment(
                name,
                extra: """
                      keyed:
                        url: http://127.0.0.1:\(upstream.port)
                        provider: openai
                        api_key: the-providers-key
                      open:
                        url: http://127.0.0.1:\(upstream.port)
                        provider: openai
                      claude:
                        url: http://127.0.0.1:\(upstream.port)
                        provider: anthropic
                        api_key: the-providers-key
                    \(extra)
                    """)
        }

        func key(_ options: String) throws -> (id: String, secret: String) {
            let words = options.split(separator: " ").map(String.init)
            let text = try deployment.run(["key", "create", "--format", "json"] + words)
            let made = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            return (try #require(made["key_id"] as? String), try #require(made["secret"] as? String))
        }

        func call(
            _ headers: String, path: String = "/keyed/v1/chat/completions", body: String = standard
        ) -> (status: Int, text: String) {
            guard
                case .complete(let status, let bytes) = HTTPClient.post(
                    port: deployment.port, path: path, headers: headers, body: body)
            else { return (0, "broken") }
            return (status, String(decoding: bytes, as: UTF8.self))
        }

        /// Calls until the status is the wanted one.
        func until(_ status: Int, _ headers: String) throws -> Duration {
            let start = ContinuousClock.now
            try waitUntil("the answer is \(status)") { call(headers).status == status }
            return ContinuousClock.now - start
        }

        func tearDown() {
            deployment.tearDown()
            upstream.stop()
        }

        static let standard = #"{"model":"m-1","messages":[{"role":"user","content":"When is tea?"}]}"#
    }

    @Test("a key is taken from every place where an SDK puts its own, and never travels upstream")
    func places() throws {
        let gate = try Gate("keyplaces")
        defer { gate.tearDown() }
        let key = try gate.key("--tenant acme --user alice --label team=search")
        try gate.deployment.start()
        let secret = key.secret
        let places = [
            ("Authorization: Bearer \(secret)\r\n", ""), ("authorization: bearer  \(secret)\r\n", ""),
            ("x-api-key: \(secret)\r\n", ""), ("api-key: \(secret)\r\n", ""),
            ("x-goog-api-key: \(secret)\r\n", ""), ("", "?key=\(secret)"),
            ("", "?alt=sse&k%65y=%74b_\(secret.dropFirst(3))"),
        ]
        for upstream in ["keyed", "open"] {
            for (header, query) in places {
                let answer = gate.call(header, path: "/\(upstream)/v1/chat/completions\(query)")
                #expect(answer.status == 200, "\(upstream) \(header)\(query): \(answer.text)")
            }
        }
        // A caller's own key beside ours goes on, ours does not.
        let both = gate.call(
            "x-api-key: \(secret)\r\nAuthorization: Bearer sk-own\r\n", path: "/open/v1/chat/completions")
        #expect(both.status == 200)
        let heads = gate.upstream.heads
        #expect(heads.count == 15)
        #expect(!heads.contains { $0.lowercased().contains("tb_") || $0.contains(secret.dropFirst(11)) })
        #expect(heads.last?.contains("Bearer sk-own") == true)
        try gate.deployment.stop()
        let records = try gate.deployment.records()
        #expect(records.count == 15)
        for record in records {
            #expect(record["tenant"] as? String == "acme" && record["user"] as? String == "alice")
            #expect(record["key_id"] as? String == key.id)
            #expect(record["labels"] as? [String: String] == ["team": "search"])
        }
        #expect(!gate.deployment.log.contains(secret.dropFirst(11)))
    }

    @Test("whoever tries to spend for somebody else is refused, and it is recorded as refused")
    func spoofing() throws {
        let gate = try Gate("keyspoof", "attribution:\n  require_key: true")
        defer { gate.tearDown() }
        let acme = try gate.key("--tenant acme --user alice --model m-* --upstream keyed,claude")
        let globex = try gate.key("--tenant globex")
        try gate.deployment.start()
        let mine = "Authorization: Bearer \(acme.secret)\r\n"
        let tenant = #"{"model":"m-1","metadata":{"tenant_id":"globex"},"messages":[]}"#
        let twice = #"{"model":"m-1","model":"gpt-5","messages":[]}"#
        let forged = String(acme.secret.dropLast(4)) + "AAAA"
        let attempts: [(String, String, String, Int, String)] = [
            ("no key", "", Gate.standard, 401, "key-required"),
            ("a wrong key", "Authorization: Bearer \(forged)\r\n", Gate.standard, 401, "key-unknown"),
            (
                "a key cut short", "x-api-key: \(acme.secret.prefix(11))\r\n", Gate.standard, 401,
                "key-unknown"
            ),
            ("a header's tenant", mine + "X-Tollbook-Tenant: globex\r\n", Gate.standard, 403, "other-tenant"),
            ("a body's tenant", mine, tenant, 403, "other-tenant"),
            ("two keys", mine + "x-api-key: \(globex.secret)\r\n", Gate.standard, 401, "keys-differ"),
            (
                "two keys in one field twice", mine + "Authorization: Bearer \(globex.secret)\r\n",
                Gate.standard, 401, "keys-differ"
            ),
            ("another model", mine, #"{"model":"gpt-5","messages":[]}"#, 403, "model-not-allowed"),
            ("no model", mine, #"{"messages":[]}"#, 403, "model-unknown"),
            ("two models", mine, twice, 400, "duplicate-model"),
        ]
        for (what, headers, body, status, code) in attempts {
            let answer = gate.call(headers, body: body)
            #expect(
                answer.status == status && answer.text.contains("attribution.\(code)"), "\(what): \(answer)")
        }
        let elsewhere = gate.call(mine, path: "/open/v1/chat/completions")
        #expect(elsewhere.status == 403 && elsewhere.text.contains("upstream-not-allowed"))
        let claude = gate.call("x-api-key: \(forged)\r\n", path: "/claude/v1/messages")
        #expect(claude.status == 401 && claude.text.contains(#""type":"authentication_error""#))
        #expect(gate.upstream.heads.isEmpty)
        // The same tenant said again is no contradiction, and a user is the key's own whatever is said.
        let same = gate.call(mine + "X-Tollbook-Tenant: acme\r\nX-Tollbook-User: mallory\r\n")
        #expect(same.status == 200)
        try gate.deployment.stop()
        let records = try gate.deployment.records()
        #expect(records.count == attempts.count + 3)
        let refused = records.filter { $0["completeness"] as? String == "refused" }
        #expect(refused.count == attempts.count + 2)
        #expect(!refused.contains { $0["tenant"] as? String == "globex" })
        #expect(refused.filter { $0["key_id"] as? String == acme.id }.count == 6)
        let passed = try #require(records.first { $0["completeness"] as? String == "complete" })
        #expect(passed["tenant"] as? String == "acme" && passed["user"] as? String == "alice")
    }

    @Test("new keys, rotated, expired, revoked ones and archived tenants are known within five seconds")
    func changes() throws {
        let gate = try Gate("keychange", "attribution:\n  require_key: true")
        defer { gate.tearDown() }
        try gate.deployment.start()
        let limit = Duration.seconds(AccessKeeper.promise)
        let first = try gate.key("--tenant acme --name a")
        let old = "x-api-key: \(first.secret)\r\n"
        #expect(try gate.until(200, old) <= limit)
        let text = try gate.deployment.run(["key", "rotate", "acme/a", "--format", "json"])
        let made = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let new = "x-api-key: \(try #require(made?["secret"] as? String))\r\n"
        #expect(try gate.until(200, new) <= limit)
        #expect(gate.call(old).status == 401)
        try gate.deployment.run(["tenant", "archive", "acme"])
        #expect(try gate.until(403, new) <= limit)
        try gate.deployment.run(["tenant", "archive", "acme", "--undo"])
        #expect(try gate.until(200, new) <= limit)
        try gate.deployment.run(["key", "revoke", "acme/a"])
        #expect(try gate.until(401, new) <= limit)
        let second = try gate.key("--tenant acme --name b")
        #expect(try gate.until(200, "x-api-key: \(second.secret)\r\n") <= limit)
        try gate.deployment.run(["key", "expire", "acme/b"])
        #expect(try gate.until(401, "x-api-key: \(second.secret)\r\n") <= limit)
        try gate.deployment.stop()
    }

    @Test(
        "with PostgreSQL away keys work from the signed copy, also after a restart; a changed copy does not")
    func away() throws {
        let gate = try Gate("keyaway")
        defer { gate.tearDown() }
        let key = "x-api-key: \(try gate.key("--tenant acme").secret)\r\n"
        try gate.deployment.start()
        #expect(gate.call(key).status == 200)
        try gate.deployment.stopDatabase()
        #expect(gate.call(key).status == 200)
        gate.deployment.kill()
        try gate.deployment.start()
        #expect(gate.call(key).status == 200)
        gate.deployment.kill()
        let copy = gate.deployment.directory + "/data/access.snapshot"
        let text = try String(contentsOfFile: copy, encoding: .utf8)
        try text.replacingOccurrences(of: #""tenant":"acme""#, with: #""tenant":"evil""#)
            .write(toFile: copy, atomically: true, encoding: .utf8)
        try gate.deployment.start()
        let refused = gate.call(key)
        #expect(refused.status == 503 && refused.text.contains("keys-not-known"))
        #expect(gate.deployment.log.contains("keys.copy-unsigned"))
        try gate.deployment.startDatabase()
        _ = try gate.until(200, key)
        try gate.deployment.stop()
        #expect(
            Set(try gate.deployment.records().compactMap { $0["tenant"] as? String }) == [
                "acme", "unattributed",
            ])
    }

    @Test("with keys in use and their pepper empty or not here, nothing starts: exit 78")
    func pepper() throws {
        let gate = try Gate("keypepper")
        defer { gate.tearDown() }
        _ = try gate.key("--tenant acme")
        let data = gate.deployment.directory + "/data"
        try FileManager.default.moveItem(atPath: data + "/key-pepper", toPath: data + "/elsewhere")
        func exit(_ environment: [String: String]) throws -> (Int32, String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Deployment.binary)
            process.arguments = ["serve", "--config", gate.deployment.directory + "/tollbook.yaml"]
            process.environment = environment
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            let words = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: words, as: UTF8.self))
        }
        let missing = try exit([:])
        #expect(missing.0 == 78 && missing.1.contains("[keys.pepper-missing]"))
        let empty = try exit(["TOLLBOOK_KEYS__PEPPER": ""])
        #expect(empty.0 == 78 && empty.1.contains("[keys.pepper-empty]"))
        let wrong = try exit(["TOLLBOOK_KEYS__PEPPER": "another"])
        #expect(wrong.0 == 78 && wrong.1.contains("[keys.pepper-missing]"))
    }
}
