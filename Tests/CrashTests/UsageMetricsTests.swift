// The metrics page after real traffic, read by a strict reader: numbers that agree with the ledger, names
// that try to break out of their quotes, and more models than may have lines of their own.
import Foundation
import Testing

@Suite(.serialized) struct UsageMetricsTests {
    private func call(
        _ deployment: Deployment, tenant: String, model: String, fields: String = ""
    ) {
        let body =
            #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#
        _ = HTTPClient.post(
            port: deployment.port, path: "/openai/v1/chat/completions",
            headers: "X-Tollbook-Tenant: \(tenant)\r\n" + fields, body: body)
    }

    private func page(_ deployment: Deployment) throws -> PrometheusText {
        try PrometheusText(try deployment.metrics())
    }

    private func posted(_ deployment: Deployment) throws -> Double {
        var sum = 0.0
        for sample in try page(deployment).samples where sample.name == "tollbook_requests_total" {
            sum += sample.value
        }
        return sum
    }

    @Test("requests, tokens and cost are those of the ledger, and every line is strictly well formed")
    func agrees() throws {
        let deployment = try Deployment("usage-metrics", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        _ = try page(deployment)
        for _ in 0..<3 { call(deployment, tenant: "acme", model: "gpt-4o-mini") }
        call(deployment, tenant: "globex", model: "nobody-priced-this")
        call(deployment, tenant: "a%22%7D%20b%5C1", model: "gpt-4o-mini")
        call(deployment, tenant: "acme", model: "gpt-4o-mini", fields: "x-sim-status: 500\r\n")
        _ = HTTPClient.post(port: deployment.port, path: "/nowhere/x", headers: "", body: "{}")
        try waitUntil("all is posted") {
            try posted(deployment) == 6
        }
        let served = try page(deployment)
        let acme = ["tenant": "acme", "upstream": "openai", "model": "gpt-4o-mini"]
        let expected: [(name: String, labels: [String: String], value: Double)] = [
            ("requests_total", acme, 3), ("requests_total", ["tenant": "acme", "model": ""], 1),
            ("unpriced_total", ["tenant": "globex"], 1), ("refusals_total", ["code": "upstream.unknown"], 1),
            ("records_total", ["completeness": "complete"], 5),
            ("records_total", ["completeness": "upstream_error"], 1),
            ("observations_total", ["what": "started"], 1),
        ]
        for line in expected {
            let value = served.value("tollbook_" + line.name, line.labels)
            #expect(value == line.value, "\(line.name) \(line.labels)")
        }
        let syncs = served.value("tollbook_spool_syncs_total")
        #expect(served.value("tollbook_spool_sync_seconds_count") == syncs)
        // A name that would end its quotes is one label.
        let requests = served.samples.filter { $0.name == "tollbook_requests_total" }
        #expect(requests.count == 4)
        let tenants: [String] = requests.compactMap { $0.labels["tenant"] }
        #expect(Set(tenants).count == 3)
        let report = try deployment.run(["report", "--by", "tenant,model", "--format", "json"])
        let whole = try #require(
            try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let rows = try #require(whole["rows"] as? [[String: Any]])
        let row = try #require(
            rows.first { $0["tenant"] as? String == "acme" && $0["model"] as? String == "gpt-4o-mini" })
        func tokens(_ kinds: [String]) -> Double {
            var sum = 0.0
            for kind in kinds {
                var labels = acme
                labels["kind"] = kind
                sum += served.value("tollbook_tokens_total", labels) ?? 0
            }
            return sum
        }
        let input = (row["input_tokens"] as? NSNumber)?.doubleValue
        #expect(tokens(["input", "cache_read", "cache_write"]) == input)
        let output = (row["output_tokens"] as? NSNumber)?.doubleValue
        #expect(tokens(["output", "reasoning"]) == output)
        let cost = try #require(row["cost"] as? [String: Any])
        for book in ["list", "contracted", "chargeback"] {
            var labels = acme
            labels["book"] = book
            labels["currency"] = "USD"
            let amount = try #require(served.value("tollbook_cost_total", labels))
            #expect(amount == Double(cost[book] as? String ?? ""))
        }
    }

    @Test("beyond the limit of combinations all is counted as `other`, and nothing is lost")
    func limited() throws {
        let deployment = try Deployment("many-models", extra: "metrics: {series: 3}", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        for number in 0..<10 { call(deployment, tenant: "acme", model: "model-\(number)") }
        call(deployment, tenant: "acme", model: "model-0")
        try waitUntil("all is posted") {
            try posted(deployment) == 11
        }
        let served = try page(deployment)
        #expect(served.samples.filter { $0.name == "tollbook_requests_total" }.count == 4)
        let other = ["tenant": "other", "upstream": "openai", "model": "other"]
        #expect(served.value("tollbook_requests_total", other) == 7)
        #expect(served.value("tollbook_series_other_total") == 7)
        #expect(served.value("tollbook_series_limit") == 3)
        #expect(served.value("tollbook_requests_total", ["model": "model-0"]) == 2)
    }

    @Test("the log is written in words, from the level that is asked for")
    func textLog() throws {
        let deployment = try Deployment(
            "text-log", extra: "log: {format: text, level: warn}", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        try deployment.stopDatabase()
        call(deployment, tenant: "acme", model: "gpt-4o-mini")
        try waitUntil("the outage is told") { deployment.log.contains("database_lost") }
        // Whole lines: the last one may be on its way.
        let log = deployment.log
        let lines = log[..<(log.lastIndex(of: "\n") ?? log.startIndex)].split(separator: "\n")
        let others = lines.filter { $0.firstMatch(of: /^[0-9TZ:.-]+ (warning|error) [a-z_]+( |$)/) == nil }
        #expect(others == [])
        #expect(lines.contains { $0.contains(" warning database_lost reason=\"") })
        try deployment.startDatabase()
    }
}
