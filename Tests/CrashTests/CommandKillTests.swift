// Commands that change the ledger, killed on their way again and again: run once more, they come to the
// state of one undisturbed run.
import Foundation
import Testing

@Suite(.serialized) struct CommandKillTests {
    @Test("rerate, import and prices load, killed at any moment and run again, book what one clean run books")
    func converges() throws {
        let deployment = try Deployment("commands", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let load = Load(port: deployment.port, clients: 8)
        try waitUntil("there is something to rate") { load.completed >= 400 }
        try load.stop()
        try deployment.stop()
        // The provider's input price doubles: 1,000 tokens of each call cost 0.00015 USD more.
        let file = deployment.directory + "/prices-2.yaml"
        try Deployment.fewPrices(input: "0.30").write(toFile: file, atomically: true, encoding: .utf8)
        for milliseconds in [10, 30, 50] {
            try deployment.runAndKill(["prices", "load", "--prices", file], after: milliseconds)
        }
        try deployment.run(["prices", "load", "--prices", file])
        let rerate = ["rerate", "--since", "2026-01-01"]
        for milliseconds in [20, 40, 60, 80, 100, 150, 200] {
            try deployment.runAndKill(rerate, after: milliseconds)
        }
        try deployment.run(rerate)
        let expected = Decimal(string: "0.00042")! * Decimal(load.completed)
        func total() throws -> (requests: Int, list: String) {
            let text = try deployment.run(["report", "--format", "json", "--by", "tenant"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let total = try #require(object["total"] as? [String: Any])
            let cost = try #require((total["cost"] as? [String: Any])?["list"] as? String)
            return (try #require(total["requests"] as? Int), cost)
        }
        #expect(try total().list == "\(expected)")
        // What was rated again is not rated a second time.
        try deployment.run(rerate)
        #expect(try total().list == "\(expected)")
        #expect(try total().requests == load.completed)

        let rows = (1...300).map { number in
            #"{"record_id":"old-\#(number)","occurred_at":"2026-03-01T00:00:00Z","tenant":"old","#
                + #""provider":"openai","model":"gpt-4o-mini","input_tokens":1000,"output_tokens":0}"#
        }
        let imported = deployment.directory + "/old.jsonl"
        try (rows.joined(separator: "\n") + "\n").write(toFile: imported, atomically: true, encoding: .utf8)
        for milliseconds in [20, 40, 60, 80, 120] {
            try deployment.runAndKill(["import", "jsonl", imported], after: milliseconds)
        }
        try deployment.run(["import", "jsonl", imported])
        try deployment.run(["import", "jsonl", imported])
        let old = try deployment.run(["records", "--tenant", "old", "--format", "jsonl"])
        #expect(old.split(separator: "\n").count == 300)
        #expect(try deployment.run(["verify"]).contains("nothing was found"))
    }
}
