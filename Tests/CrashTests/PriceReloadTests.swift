// Prices that are loaded while the built program serves: the next call is rated with them, and what was
// booked before keeps its charges.
import Foundation
import Testing

@Suite(.serialized) struct PriceReloadTests {
    private static func prices(_ id: String, _ amount: String) -> String {
        "provider: openai\ncurrency: USD\nprices:\n- id: \(id)\n  models: [m-1]\n  from: 2026-01-01\n"
            + "  source: https://example.com\n  checked: 2026-01-01\n  rates:\n"
            + "    in.text.fresh: {amount: \"\(amount)\", per: 1000000}\n"
            + "    out.text: {amount: \"\(amount)\", per: 1000000}\n"
    }

    private static let recording =
        #"{"id":"x0","stream":false,"response":{"status":200,"headers":{"content-type":"application/json"},"#
        + #""body":"{\"id\":\"c-1\",\"object\":\"chat.completion\",\"model\":\"m-1\","#
        + #"\"choices\":[{\"index\":0,"#
        + #"\"message\":{\"role\":\"assistant\",\"content\":\"At four.\"},\"finish_reason\":\"stop\"}],"#
        + #"\"usage\":{\"prompt_tokens\":600,\"completion_tokens\":400,\"total_tokens\":1000}}"}}"#

    @Test(
        "complaint 85: the call after prices load has the new price; a bad file leaves the old one in force")
    func reload() throws {
        let deployment = try Deployment("reload", recordings: Self.recording + "\n")
        defer { deployment.tearDown() }
        func load(_ id: String, _ text: String, mayFail: Bool = false) throws {
            let file = deployment.directory + "/\(id).yaml"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            try deployment.run(["prices", "load", "--prices", file], mayFail: mayFail)
        }
        func call(_ count: Int) throws {
            let outcome = HTTPClient.post(
                port: deployment.port, path: "/openai/v1/chat/completions",
                headers: "x-sim-exchange: x0\r\n",
                body: #"{"model":"m-1","messages":[{"role":"user","content":"When is tea?"}]}"#)
            guard case .complete(let status, _) = outcome else {
                Issue.record("the answer broke")
                return
            }
            #expect(status == 200)
            try waitUntil("the record is booked") { try deployment.records().count == count }
        }
        try load("one", Self.prices("one", "1"))
        try deployment.start()
        try call(1)
        try load("two", Self.prices("two", "2"))
        try call(2)
        try load("bad", Self.prices("bad", "dear"), mayFail: true)
        try call(3)
        try deployment.stop()
        let charges = try deployment.records().map { try #require($0["charges"] as? [[String: Any]]) }
        #expect(
            charges.map { $0.compactMap { $0["rate_id"] as? String } }
                == [["one", "one"], ["two", "two"], ["two", "two"]])
        let versions = charges.compactMap { $0.first?["price_version"] as? String }
        #expect(versions.count == 3 && versions[0] != versions[1] && versions[1] == versions[2])
        let costs = try deployment.records().map { ($0["cost"] as? [String: Any])?["list"] as? String }
        #expect(costs == ["0.001", "0.002", "0.002"])
    }
}
