// The demo's traffic against the simulated provider itself, without a proxy between: the scenario must play
// as written, and its amounts must be what the price files of this repository make of its tokens.
import Documents
import Foundation
import Rating
import Simulator
import Terms
import Testing

@testable import Commands

@Suite struct DemoTests {
    @Test("every case ends as the scenario says, twice the same")
    func plays() throws {
        let simulator = try Simulator.start()
        defer { simulator.stop() }
        for _ in 0..<2 {
            var steps: [Int] = []
            let summary = DemoTraffic.send(port: simulator.port) { steps.append($0) }
            #expect(summary.surprises == [])
            #expect(summary.sent == DemoScenario.requests)
            #expect(summary.completed + summary.disturbed == summary.sent)
            #expect(summary.disturbed == 2 + 2 + 1 + 1 + 1 + 1)
            #expect(steps == Array(1...DemoScenario.requests))
        }
        #expect((60...200).contains(DemoScenario.requests))
    }

    @Test("a scenario that does not play is told")
    func surprises() throws {
        let simulator = try Simulator.start()
        var wrong = DemoScenario.cases[0]
        wrong.outcome = .refused(429)
        #expect(
            DemoTraffic.send(port: simulator.port, cases: [wrong]).surprises.first?
                .hasPrefix("chat: status 200, not 429") == true)
        wrong.outcome = .breaks
        #expect(
            DemoTraffic.send(port: simulator.port, cases: [wrong]).surprises.first
                == "chat: the answer came whole")
        let port = simulator.port
        simulator.stop()
        let summary = DemoTraffic.send(port: port, cases: [wrong])
        #expect(summary.surprises.count == wrong.times)
        #expect(summary.surprises[0].hasPrefix("chat: cannot connect to 127.0.0.1:"))
    }

    @Test("what the tenants owe is the sum of the cases")
    func prediction() {
        let totals = DemoTraffic.predicted(DemoScenario.cases).map { "\($0.tenant) \($0.amount.plain)" }
        // acme: 24 chats × 0.021 + 5 × 0.0675 + 5 × 0.40 + 5 × 0.41 + 10 × 0.01
        // globex: 10 × 0.45 + 10 × 0.1365 + 5 × 0.17 + 10 × 0.055 + 5 × 0.0415 + 5 × 0.055
        // initech: 11 × 0.021 + 10 × 0.0196 + 5 × 0.0322
        #expect(totals == ["acme 4.9915", "globex 7.7475", "initech 0.588", "unattributed 0.042"])
    }

    @Test(
        "amounts are those of the shipped price files",
        arguments: DemoScenario.cases.filter { $0.amount != nil })
    func amounts(demoCase: DemoCase) throws {
        guard case .refused = demoCase.outcome else {
            #expect(try Self.cost(of: demoCase) == demoCase.amount, "\(demoCase.name)")
            return
        }
        #expect(demoCase.amount == "0")
    }

    /// Rates the case's hints as the meters that they stand for.
    static func cost(of demoCase: DemoCase) throws -> String? {
        var hints: [String: Int64] = [:]
        for hint in demoCase.hints.split(separator: ",") {
            let parts = hint.split(separator: "=")
            hints[String(parts[0])] = Int64(parts[1])
        }
        func count(_ name: String) -> Int64 { hints[name] ?? 0 }
        let embeds = demoCase.path.hasSuffix("embeddings")
        var readings = [
            (Meter.freshInput, count("input") - count("cached") - count("write") - count("write1h")),
            (.cacheRead, count("cached")), (.cacheWrite5m, count("write")), (.cacheWrite1h, count("write1h")),
            (.output, embeds ? 0 : count("output") - count("reasoning")), (.reasoning, count("reasoning")),
            (.webSearch, count("searches")),
        ]
        readings.removeAll { $0.1 == 0 }
        let model =
            demoCase.body.firstMatch(of: /"model":"([^"]+)"/).map { String($0.output.1) }
            ?? demoCase.path.firstMatch(of: /models\/([^:]+):/).map { String($0.output.1) }
        var usage = Usage()
        usage.provider = demoCase.upstream
        usage.status = .reported
        usage.components = [
            Component(model: model, readings: readings.map { MeterReading($0.0, Quantity($0.1)) })
        ]
        return try book.get().rate(usage, upstream: demoCase.upstream, at: Instant(CivilDate("2026-11-21")!))
            .cost.list?.plain
    }

    static let book: Result<PriceBook, any Error> = Result {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "pricing")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let files = try names.filter { $0.hasSuffix(".yaml") }.map { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return try PriceFile(Document.yaml(text), name: name)
        }
        // No model of the scenario has prices by the hour, so that any zone's rules will do.
        return try PriceBook(version: "test", files: files, zones: { _ in .utc })
    }
}
