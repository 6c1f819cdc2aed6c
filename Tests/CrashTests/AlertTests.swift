// Alerts of the built program at a webhook: signed, sent again until it is taken, and each crossing once.
import Foundation
import Postgres
import Terms
import Testing

@testable import Commands

@Suite(.serialized) struct AlertTests {
    private static let secret = "0123456789abcdef0123456789abcdef"

    /// The value of a field in a request's head.
    private static func field(_ name: String, _ request: String) -> String? {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    @Test("a crossing reaches the webhook once, signed, also after refusals and a restart")
    func delivery() throws {
        let refusals = Refusals(2)
        let hook = try ScriptedUpstream { _ in
            let status = refusals.next() ? "503 Service Unavailable" : "204 No Content"
            return Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        }
        defer { hook.stop() }
        let deployment = try BudgetServeTests.deployment(
            "alerts",
            extra: "alerts:\n  webhooks: http://127.0.0.1:\(hook.port)/budgets\n  secret: \(Self.secret)")
        defer { deployment.tearDown() }
        try deployment.run([
            "budget", "set", "b", "--tenant", "acme", "--limit", "0.1", "--warn-at", "10,90", "--window",
            // Of a day there is a forecast besides, in the early hours.
            "lifetime",
        ])
        try deployment.start()
        try waitUntil("the budget is in force") {
            BudgetServeTests.call(deployment.port, BudgetServeTests.body("m-nobody-knows")).status == 400
        }
        #expect(BudgetServeTests.call(deployment.port).status == 200)
        try waitUntil("the webhook has refused it twice and taken it") { hook.bodies.count >= 3 }
        // Killed before it has noted that, it would send once more: that is why alerts have ids.
        try waitUntil("the outbox says that it was taken") {
            try Connection.open(deployment.conninfo).run(
                "SELECT count(*) FROM tollbook.alert_outbox WHERE delivered_at IS NULL"
            ).withRow(0) { row throws(PostgresError) in try row.integer() } == 0
        }
        deployment.kill()
        try deployment.start()
        try waitUntil("calls pass again") { BudgetServeTests.call(deployment.port).status == 200 }
        try deployment.stop()
        let sent = zip(hook.heads, hook.bodies).filter { $0.1.contains("budget_crossed") }
        #expect(sent.count == 3, "\(hook.bodies)")
        #expect(Set(sent.map(\.1)).count == 1, "what is sent again is the same")
        for (head, body) in sent {
            #expect(head.hasPrefix("POST /budgets HTTP/1.1\r\nHost: 127.0.0.1:\(hook.port)\r\n"))
            let signature = try #require(Self.field("tollbook-signature", head))
            let seconds = try #require(
                signature.dropFirst(2).split(separator: ",").first.flatMap { Int64($0) })
            let expected = AlertBody.signature(
                body, secret: Self.secret, at: .init(microseconds: seconds * 1_000_000))
            #expect(signature == expected)
        }
        let told = try #require(
            try JSONSerialization.jsonObject(with: Data(sent[0].1.utf8)) as? [String: Any])
        #expect(told["budget"] as? String == "b" && told["percent"] as? Int == 10)
        #expect(told["limit"] as? String == "0.1" && told["spent"] as? String == "0.015")
        #expect(told["unit"] as? String == "USD" && told["scope"] as? String == "tenant=acme")
        let lines = deployment.log.split(separator: "\n").filter { $0.contains("budget_crossed") }
        #expect(lines.count == 1)
    }

    @Test("the signature is HMAC-SHA-256 over seconds, dot and body, as openssl computes it")
    func signature() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
        #expect(
            AlertBody.signature("{}", secret: "key", at: .init(microseconds: 1_700_000_000_999_999))
                == "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae")
    }
}

/// Counts down.
private final class Refusals: @unchecked Sendable {
    // Guarded by the lock.
    private var left: Int
    private let lock = NSLock()
    init(_ count: Int) { left = count }
    func next() -> Bool {
        lock.withLock {
            left -= 1
            return left >= 0
        }
    }
}
