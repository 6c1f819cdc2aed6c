import Bookkeeping
import Foundation
import Rating
import Reporting
import Terms
import Testing

@Suite struct RecordJSONTests {
    /// The public contract's fields in their order.
    private static let fields = [
        "record_id", "operation_id", "attempt", "instance", "seq", "occurred_at", "booked_at", "period",
        "tenant", "user", "labels", "key_id", "upstream", "provider", "dialect", "dialect_version", "api",
        "model_requested", "model", "response_id", "provider_request_id", "stream", "http_status",
        "finish_reason", "service_tier", "usage_status", "completeness", "billable", "not_billable_reason",
        "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
        "audio_input_tokens", "image_input_tokens", "tool_prompt_tokens", "output_tokens",
        "reasoning_tokens", "audio_output_tokens", "web_searches", "provider_cost_usd", "components",
        "estimate", "charges", "cost", "anomalies", "raw_usage", "timing", "bytes",
    ]

    private static func record(_ usage: Usage) -> UsageRecord {
        UsageRecord(
            id: RecordID("019aa3e5-7c00-7000-8000-000000000001")!, operationID: "o", instance: "i",
            sequence: 3,
            occurredAt: Instant(rfc3339: "2026-10-31T23:59:59.999999Z")!, upstream: "u",
            attribution: Attribution(), usage: usage, timing: UsageRecord.Timing())
    }

    private static func keys(of json: String) -> [String] {
        // Top-level keys: those that follow a brace or comma at depth one.
        var keys: [String] = []
        var depth = 0
        var inString = false
        var word = ""
        var previous: Character = " "
        for character in json {
            if character == "\"" && previous != "\\" {
                inString.toggle()
                if inString { word = "" }
            } else if inString {
                word.append(character)
            } else if "{[".contains(character) {
                depth += 1
            } else if "}]".contains(character) {
                depth -= 1
            } else if character == ":" && depth == 1 {
                keys.append(word)
            }
            previous = character
        }
        return keys
    }

    @Test("records have the contract's fields in the contract's order, known or not")
    func order() throws {
        let record = Self.record(Usage())
        var json = JSONWriter()
        json.record(StoredRecord(record: record, bookedAt: record.occurredAt, entries: []))
        #expect(Self.keys(of: json.text) == Self.fields)
        #expect(
            RecordCSV.header.count
                == RecordCSV.fields(
                    of: StoredRecord(record: record, bookedAt: record.occurredAt, entries: [])
                ).count)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(object["user"] is NSNull)
        #expect(object["http_status"] is NSNull)
        #expect(object["input_tokens"] is NSNull)
        #expect(object["period"] as? String == "2026-10")
    }

    @Test("normalize says what follows from the exchange alone, in the same order")
    func normalized() {
        var json = JSONWriter()
        json.normalized(id: "x", usage: Usage(), rated: nil)
        let minted = [
            "record_id", "operation_id", "attempt", "instance", "seq", "occurred_at", "booked_at", "period",
            "tenant", "user", "labels", "key_id", "upstream", "charges", "cost", "timing", "bytes",
        ]
        #expect(Self.keys(of: json.text) == ["id"] + Self.fields.filter { !minted.contains($0) })
        json.removeAll()
        json.normalized(id: "x", usage: Usage(), rated: Rated())
        #expect(Self.keys(of: json.text).contains("cost"))
    }

    @Test("a pretty-printed report keeps its digits and becomes one line")
    func rawUsage() {
        var usage = Usage()
        usage.rawUsage = "{\r\n\t\"n\": 1.50\n}"
        var json = JSONWriter()
        json.normalized(id: "a\"\n", usage: usage, rated: nil)
        #expect(json.text.hasPrefix(#"{"id":"a\"\n","provider":"unknown""#))
        #expect(json.text.hasSuffix(#""raw_usage":{"n": 1.50}}"#))
        #expect(!json.bytes.contains(UInt8(ascii: "\n")))
    }

    @Test("an unreadable line says so with the id that it had")
    func unreadable() {
        var json = JSONWriter()
        json.unreadable(id: nil, code: "normalize.not-json", problem: "the line is no JSON object")
        #expect(
            json.text
                == #"{"id":null,"error":{"code":"normalize.not-json","#
                + #""problem":"the line is no JSON object"}}"#
        )
    }
}
