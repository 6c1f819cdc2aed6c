// Clocks that jump. The sidecar's clock is set by libfaketime while it runs; PostgreSQL keeps the real one.
import Foundation
import Simulator
import Testing

enum FakeTime {
    /// What is loaded into the program before its own libraries. Its folder names the machine's kind.
    static let preload: String? = {
        let kinds = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        let paths = kinds.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        if let path = paths.first(where: FileManager.default.fileExists) { return path }
        return ProcessInfo.processInfo.environment["CI"] == "true" ? "libfaketime is not installed" : nil
    }()
}

@Suite(
    .serialized,
    .enabled(if: FakeTime.preload != nil, "libfaketime is not installed: scripts/test installs it"))
struct ClockTests {
    /// - Parameter steady: whether the monotonic clock stays true, as it does on a sound machine.
    private func environment(_ deployment: Deployment, steady: Bool = true) -> [String: String] {
        var variables = [
            "LD_PRELOAD": FakeTime.preload ?? "", "FAKETIME_TIMESTAMP_FILE": deployment.directory + "/clock",
            "FAKETIME_NO_CACHE": "1",
        ]
        if steady {
            variables["DONT_FAKE_MONOTONIC"] = "1"
            variables["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        }
        return variables
    }

    private func set(_ deployment: Deployment, seconds: Int) throws {
        try (seconds < 0 ? "\(seconds)" : "+\(seconds)").write(
            toFile: deployment.directory + "/clock", atomically: true, encoding: .utf8)
    }

    @Test(
        "an hour ahead, an hour back, weeks ahead, a day back: nothing lost, nothing twice, no wait for ever",
        arguments: [true, false])
    func jumps(steady: Bool) throws {
        let deployment = try Deployment("clock", hasFewPrices: true)
        defer { deployment.tearDown() }
        try set(deployment, seconds: 0)
        try deployment.start(environment: environment(deployment, steady: steady))
        let load = Load(port: deployment.port, clients: 3)
        for jump in [0, 3600, -3600, 40 * 86_400, -86_400] {
            try set(deployment, seconds: jump)
            let goal = load.completed + 20
            try waitUntil("traffic flows at \(jump)") { load.completed >= goal }
        }
        try load.stop()
        #expect(load.broken == 0 && load.refused == 0)
        try deployment.stop()
        // The time that the end may take goes by the monotonic clock. Where that one leaps as well, the
        // process may leave before it has posted everything; then the rest is in the spool.
        if !steady { try deployment.run(["spool", "drain"]) }
        let witness = try Witness.compare(deployment)
        #expect(witness.partial == 0 && witness.complete == load.completed)
        #expect(Set(try deployment.records().compactMap { $0["period"] as? String }).count >= 2)
        witness.tell(steady ? "clock jumps" : "jumps of both clocks")
    }

    @Test("a call that spans the end of the month belongs to the month in which it began")
    func monthEdge() throws {
        let deployment = try Deployment("edge", hasFewPrices: true)
        defer { deployment.tearDown() }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        let now = Date()
        let edge = try #require(calendar.dateInterval(of: .month, for: now)?.end)
        let toEdge = Int(edge.timeIntervalSince(now))
        try set(deployment, seconds: toEdge - 100)
        try deployment.start(environment: environment(deployment))
        let port = deployment.port
        let body = #"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#
        Thread.detachNewThread {
            _ = HTTPClient.post(
                port: port, path: "/openai/v1/chat/completions",
                headers: "x-sim-id: before\r\nX-Tollbook-Operation: before\r\nx-sim-hold: 2\r\n", body: body)
        }
        #expect(deployment.simulator.wait { $0.held == 1 })
        try set(deployment, seconds: toEdge + 100)
        deployment.simulator.releaseHeld()
        _ = HTTPClient.post(
            port: port, path: "/openai/v1/chat/completions",
            headers: "x-sim-id: after\r\nX-Tollbook-Operation: after\r\n", body: body)
        try waitUntil("both are posted") { try deployment.records().count == 2 }
        try deployment.stop()
        let periods = try deployment.records().reduce(into: [String: String]()) { periods, record in
            periods[record["operation_id"] as? String ?? ""] = record["period"] as? String
        }
        let month = DateFormatter()
        month.dateFormat = "yyyy-MM"
        month.timeZone = calendar.timeZone
        #expect(periods["before"] == month.string(from: now))
        #expect(periods["after"] == month.string(from: edge.addingTimeInterval(60)))
        _ = try Witness.compare(deployment)
    }
}
