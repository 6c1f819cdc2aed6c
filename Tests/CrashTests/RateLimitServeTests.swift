// Rate limits in the built program: requests, tokens and calls under way, shared by several sidecars.
import Foundation
import Synchronization
import Testing

@Suite(.serialized) struct RateLimitServeTests {
    /// A whole answer: status, head, body.
    private static func ask(
        _ port: UInt16, _ headers: String, options: [String] = []
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments =
            ["-s", "-i"] + options + ["-X", "POST", "http://127.0.0.1:\(port)/openai/v1/chat/completions"]
            + headers.split(separator: "\r\n").flatMap { ["-H", String($0)] }
            + ["-H", "Content-Type: application/json", "-d", BudgetServeTests.body()]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private static func field(_ name: String, _ answer: String) -> String? {
        answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    private static func isInForce(_ port: UInt16) -> Bool {
        BudgetServeTests.call(port, BudgetServeTests.body("m-nobody-knows")).status == 400
    }

    @Test("requests: the limit passes at once, the next is told when it fits, and passes then")
    func requests() throws {
        let deployment = try BudgetServeTests.deployment("rate-requests")
        defer { deployment.tearDown() }
        // Tells when budgets are in force without a request that counts.
        try deployment.run(["budget", "set", "money", "--tenant", "acme", "--limit", "1000"])
        try deployment.run([
            "budget", "set", "rpm", "--tenant", "acme", "--unit", "requests", "--limit", "3", "--window",
            "rolling:6s",
        ])
        try deployment.start()
        try waitUntil("the budgets are in force") { Self.isInForce(deployment.port) }
        for number in 0..<3 {
            let answer = try Self.ask(deployment.port, BudgetServeTests.used)
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(number): \(answer)")
            #expect(Self.field("ratelimit-policy", answer) == #""rpm";q=3;w=6"#)
        }
        let refused = try Self.ask(deployment.port, BudgetServeTests.used)
        #expect(refused.hasPrefix("HTTP/1.1 429"), "\(refused)")
        #expect(refused.contains(#""code":"rate_limit_exceeded""#) && refused.contains(#""type":"requests""#))
        let delay = try #require(Self.field("retry-after", refused).flatMap { Int($0) })
        #expect((1...2).contains(delay), "one of three in six seconds fits after two")
        #expect(Self.field("ratelimit", refused) == #""rpm";r=0;t=\#(delay)"#)
        #expect(Self.field("x-should-retry", refused) == nil)
        // curl waits as long as it is told, as SDKs do.
        let retried = try Self.ask(deployment.port, BudgetServeTests.used, options: ["--retry", "1"])
        #expect(retried.contains("HTTP/1.1 200"), "\(retried)")
        try deployment.stop()
    }

    @Test("tokens: a call holds what it may use, is counted with what it used, and one too large never fits")
    func tokens() throws {
        let deployment = try BudgetServeTests.deployment("rate-tokens")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "money", "--tenant", "acme", "--limit", "1000"])
        try deployment.run([
            "budget", "set", "tpm", "--tenant", "acme", "--unit", "tokens", "--limit", "1000", "--window",
            "rolling:60s",
        ])
        try deployment.start()
        try waitUntil("the budgets are in force") { Self.isInForce(deployment.port) }
        // Each uses 155 tokens and holds fewer than 300 in all.
        var passed = 0
        var last = ""
        for _ in 0..<10 {
            last = try Self.ask(deployment.port, BudgetServeTests.used)
            guard last.hasPrefix("HTTP/1.1 200") else { break }
            passed += 1
        }
        #expect((4...6).contains(passed), "\(passed): \(last)")
        #expect(last.contains(#""type":"tokens""#) && last.contains("rate_limit_exceeded"), "\(last)")
        let delay = try #require(Self.field("retry-after", last).flatMap { Int($0) })
        #expect((1...60).contains(delay))
        let large = BudgetServeTests.call(deployment.port, BudgetServeTests.body(maximum: 5000))
        #expect(large.status == 429 && large.text.contains("insufficient_quota"), "\(large)")
        try deployment.stop()
    }

    @Test("calls under way: three sidecars together let so many pass at a time, also when one is killed")
    func concurrent() throws {
        let deployment = try BudgetServeTests.deployment("rate-concurrent", extra: "budgets:\n  lease: 1s")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "money", "--tenant", "acme", "--limit", "1000"])
        try deployment.run([
            "budget", "set", "at-once", "--tenant", "acme", "--unit", "concurrent-requests", "--limit", "4",
        ])
        let fleet = try Fleet(deployment, count: 3)
        defer { fleet.stop() }
        for sidecar in fleet.sidecars {
            try waitUntil("the budgets are in force") { Self.isInForce(sidecar.port) }
        }
        let slow = BudgetServeTests.used + "x-sim-first: 4000\r\n"
        let outcomes = Mutex<[String]>([])
        let ports = fleet.sidecars.map(\.port)
        for number in 0..<9 {
            Thread.detachNewThread {
                let answer = (try? Self.ask(ports[number % 3], slow)) ?? ""
                outcomes.withLock { $0.append(answer) }
            }
        }
        try waitUntil("five were refused") { outcomes.withLock { $0.count } >= 5 }
        let refused = outcomes.withLock { $0 }
        #expect(refused.allSatisfy { $0.hasPrefix("HTTP/1.1 429") }, "\(refused)")
        #expect(refused.allSatisfy { Self.field("retry-after", $0) == "1" })
        #expect(
            refused.allSatisfy {
                Self.field("ratelimit-policy", $0) == #""at-once";q=4;qu="concurrent-requests""#
            })
        // One dies with its calls: what it had is free again when its lease is over.
        fleet.kill(0)
        try waitUntil("all others are answered") { outcomes.withLock { $0.count } == 9 }
        let passed = outcomes.withLock { $0.filter { $0.hasPrefix("HTTP/1.1 200") }.count }
        #expect((1...4).contains(passed))
        try waitUntil("the dead one's share is free") {
            let standing = try fleet.budget("at-once")
            return standing["remaining"] as? String == "4" || standing["held"] as? String == "0"
        }
        for _ in 0..<6 {
            #expect(try Self.ask(ports[1], BudgetServeTests.used).hasPrefix("HTTP/1.1 200"))
        }
        #expect(try fleet.budget("at-once")["spent"] as? String == "0")
    }
}
