// Promise 1, by counting: whatever a client saw complete is in the ledger, once.
import Foundation
import Testing

@Suite(.serialized) struct KillTests {
    /// Kills per run; `TOLLBOOK_KILLS` asks for more.
    static let kills = ProcessInfo.processInfo.environment["TOLLBOOK_KILLS"].flatMap { Int($0) } ?? 24

    @Test("kill -9 under load, again and again: nothing lost, nothing twice")
    func killed() throws {
        let deployment = try Deployment("kill", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let load = Load(port: deployment.port, clients: 8)
        var early = 0
        for kill in 1...Self.kills {
            if try Self.waitForSomething(deployment, load) { early += 1 }
            deployment.kill()
            try deployment.begin()
            if kill.isMultiple(of: Self.killsBetweenLooks), kill < Self.kills {
                try deployment.waitUntilItAccepts()
                try load.hold()
                try deployment.stop()
                let witness = try Witness.compare(deployment)
                witness.tell("\(kill) kills so far")
                try deployment.begin()
                try load.resume()
            }
        }
        try deployment.waitUntilItAccepts()
        try load.stop()
        try deployment.stop()
        try Ledger.check(deployment, load)
        #expect(load.broken > 0, "no kill met a request in flight")
        let witness = try Witness.compare(deployment)
        witness.tell(
            "\(Self.kills) kills, \(early) before it served, \(load.completed) answers seen whole, "
                + "\(load.broken) broken")
    }

    /// The two sides are compared after so many kills, and at the end.
    private static let killsBetweenLooks = 250

    /// Lets the sidecar come to some point of its work: anywhere from its start over what it does with what
    /// the last run left to serving some more calls.
    ///
    /// - Returns: whether that may be before it serves.
    private static func waitForSomething(_ deployment: Deployment, _ load: Load) throws -> Bool {
        switch Int.random(in: 0..<4) {
        case 0:
            // Loading, looking at the schema, reading the spool, listening: some tens of milliseconds.
            var none: [pollfd] = []
            poll(&none, 0, Int32.random(in: 0...60))
            return true
        case 1:
            try deployment.waitUntilItAccepts()
            return true
        default:
            let goal = load.completed + Int.random(in: 1...40)
            try waitUntil("\(goal) responses are complete") { load.completed >= goal }
            return false
        }
    }

    @Test("PostgreSQL stopped under load: clients notice nothing, nothing is missing")
    func outage() throws {
        let deployment = try Deployment("outage", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let load = Load(port: deployment.port, clients: 8)
        try waitUntil("traffic flows") { load.completed >= 100 }
        try deployment.stopDatabase()
        let seconds = ProcessInfo.processInfo.environment["TOLLBOOK_OUTAGE_SECONDS"].flatMap { Int($0) } ?? 0
        let end = Date().addingTimeInterval(TimeInterval(seconds))
        let goal = load.completed + 1000
        try waitUntil("a thousand responses came without a database") {
            load.completed >= goal && Date() >= end
        }
        try deployment.startDatabase()
        let after = load.completed + 100
        try waitUntil("traffic goes on") { load.completed >= after }
        try load.stop()
        try deployment.stop()
        #expect(load.broken == 0 && load.refused == 0)
        try Ledger.check(deployment, load)
    }

    @Test("a full spool: calls are refused, what was served is recorded")
    func spoolFull() throws {
        let deployment = try Deployment("full", extra: "spool:\n  max_bytes: 256 KiB", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.stopDatabase()  // nothing leaves the spool
        try deployment.start()
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("calls are refused") { load.refused + load.broken >= 20 }
        try load.stop()
        deployment.kill()
        try deployment.startDatabase()
        try deployment.start()
        try deployment.stop()
        try Ledger.check(deployment, load)
    }

    @Test(
        "a full disk: calls are refused, what was served is recorded",
        .enabled(if: geteuid() == 0, "mounting a small file system takes root"))
    func diskFull() throws {
        let deployment = try Deployment("disk", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.mountData(megabytes: 50)
        try deployment.stopDatabase()
        try deployment.start()
        try deployment.fillData()
        let load = Load(port: deployment.port, clients: 4)
        try waitUntil("calls are refused") { load.refused + load.broken >= 20 }
        #expect(load.completed == 0)
        deployment.freeData()
        try waitUntil("calls are served again") { load.completed >= 50 }
        try load.stop()
        try deployment.startDatabase()
        try deployment.stop()
        try Ledger.check(deployment, load)
    }
}

enum Ledger {
    /// Compares what the clients saw with what the ledger holds, and the ledger with the provider's journal.
    static func check(_ deployment: Deployment, _ load: Load) throws {
        let records = try deployment.records()
        let billed = try deployment.billed()
        var byResponse: [String: [[String: Any]]] = [:]
        for record in records {
            if let id = record["response_id"] as? String { byResponse[id, default: []].append(record) }
        }
        #expect(load.completed > 0)
        for (id, tenant) in load.seen {
            let found = byResponse[id] ?? []
            #expect(found.count == 1, "\(id) is \(found.count) times in the ledger")
            #expect(found.first?["tenant"] as? String == "t\(tenant)")
            #expect(found.first?["completeness"] as? String == "complete")
            #expect(found.first?["input_tokens"] as? Int == 1000)
            #expect(found.first?["output_tokens"] as? Int == 200)
        }
        let twice = byResponse.filter { $0.value.count > 1 }.keys
        #expect(twice.isEmpty)
        // No record without a response that the provider made.
        #expect(byResponse.keys.allSatisfy { billed[$0] != nil })
        // The instance's numbers have no gap.
        let numbers = Dictionary(grouping: records) { $0["instance"] as? String ?? "" }
            .mapValues { Set($0.compactMap { $0["seq"] as? Int }) }
        for (instance, sequence) in numbers {
            #expect(sequence == Set(1...sequence.count), "\(instance) has a gap")
        }
        let report = try deployment.run(["report", "--by", "tenant", "--format", "json", "--month", month])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let total = try #require(object["total"] as? [String: Any])
        #expect(total["requests"] as? Int == records.count)
    }

    static let month: String = {
        var time = time(nil)
        var parts = tm()
        gmtime_r(&time, &parts)
        return "\(parts.tm_year + 1900)-\(parts.tm_mon < 9 ? "0" : "")\(parts.tm_mon + 1)"
    }()
}
