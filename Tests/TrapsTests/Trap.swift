import Documents
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

/// One entry of the collection of traps: an exchange that is easily metered wrong, with prices and what has
/// to come out of them.
struct Trap: CustomTestStringConvertible, @unchecked Sendable {
    let object: [String: Any]

    static let path = ProcessInfo.processInfo.environment["TOLLBOOK_TRAPS"]

    /// The collection, or nothing without it.
    static let all: [Trap] = {
        guard let path, let data = try? Data(contentsOf: URL(fileURLWithPath: path)),
            let objects = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
        else { return [] }
        return objects.map { Trap(object: $0) }
    }()

    var testDescription: String { id }
    var id: String { object["id"] as! String }
    var expected: [String: Any] { object["expected"] as! [String: Any] }
    var context: [String: Any] { object["context"] as? [String: Any] ?? [:] }
    private var request: [String: Any] { object["request"] as! [String: Any] }

    /// The model that the request names where the trap leaves its body out.
    private var expectedModel: String {
        (expected["components"] as! [[String: Any]])[0]["model"] as? String ?? ""
    }

    // MARK: Playing it

    /// The exchanges of the trap, each through mediation.
    func play() -> [Usage] {
        let pieces = self.pieces
        // Hops and polls are exchanges of their own; of polls the last one carries the usage.
        if id == "gem-continuation-hops-sum" { return pieces.map { play([$0]) } }
        if request["method"] as? String == "GET", request["upgrade"] == nil { return [play([pieces.last!])] }
        return [play(pieces)]
    }

    private var pieces: [[UInt8]] {
        if let frames = object["wire_frames_base64"] as? [String] {
            return frames.map { Array(Data(base64Encoded: $0)!) }
        }
        // Frames of a WebSocket are lines here.
        let end = request["upgrade"] == nil ? "" : "\n"
        return (object["response_fragments"] as! [String]).map { fragment in
            let payload = fragment.hasPrefix("[aws-eventstream") ? Self.frame(fragment) : nil
            return payload ?? Array((fragment + end).utf8)
        }
    }

    /// A message of which only the text is given.
    private static func frame(_ fragment: String) -> [UInt8] {
        let payload = fragment.split(separator: "] ", maxSplits: 1)[1]
        return eventStreamMessage(
            [(":event-type", "chunk"), (":message-type", "event")], Array(payload.utf8))
    }

    private func play(_ pieces: [[UInt8]]) -> Usage {
        var opening = ExchangeOpening(
            method: request["method"] as? String ?? "POST", path: request["path"] as! String,
            host: request["host"] as! String, provider: provider)
        let upload = audioUpload
        opening.requestContentType = upload == nil ? nil : "multipart/form-data; boundary=b"
        var mediator = Mediator(opening, estimator: estimator)
        let refused = context["refused_attempt_usage"] as? [String: Any]
        mediator.refusedCacheRead = (refused?["cache_read_input_tokens"] as? Int).map(Int64.init)
        let sent = upload ?? body
        mediator.requestBody(sent.span)
        mediator.requestEnd()
        let headers = object["response_headers"] as? [String: String] ?? [:]
        mediator.responseHead(status: 200) { name in
            headers.first { $0.key.lowercased() == name }?.value
        }
        for piece in pieces { _ = mediator.responseBody(piece.span) }
        return mediator.finish(ending)
    }

    private var provider: String? {
        let name = object["provider"] as! String
        return Provider.named(name == "aws-bedrock" ? "bedrock" : name)?.name
    }

    private var ending: ExchangeEnding {
        switch expected["completeness"] as! String {
        case "aborted_by_client": .clientGone(drained: false)
        case "client_aborted_drained": .clientGone(drained: true)
        default: .complete
        }
    }

    private var body: [UInt8] {
        var object = request["body"] as? [String: Any] ?? [:]
        if object["model"] == nil, !expectedModel.isEmpty { object["model"] = expectedModel }
        return Array(try! JSONSerialization.data(withJSONObject: object))
    }

    /// A recording of the length that the trap gives, as the form that uploads it.
    private var audioUpload: [UInt8]? {
        guard let seconds = context["audio_duration_seconds"] as? Int else { return nil }
        return AudioForm.body(model: expectedModel, seconds: seconds)
    }

    private var estimator: Estimator {
        let numbers = context["estimator"] as? [String: Int] ?? [:]
        return Estimator(
            method: "given", version: 1,
            input: { _ in EstimatedTokens(point: Int64(numbers["input_tokens"] ?? 0), upper: 0) },
            output: { _ in EstimatedTokens(point: Int64(numbers["output_tokens"] ?? 0), upper: 0) })
    }

    // MARK: Its prices

    var instant: Instant {
        Instant(rfc3339: context["request_time"] as? String ?? "2026-11-20T12:00:00Z")!
    }

    /// The trap's rows as a price file: what stands behind the `@` of a row is when it holds.
    func book(for provider: String) throws -> PriceBook {
        let rows = object["prices"] as! [String: [String: [String: Any]]]
        var text = "provider: \(provider)\ncurrency: USD\nprices:\n"
        for (row, rates) in rows.sorted(by: { $0.key < $1.key }) {
            let sides = row.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            // A model of Cloudflare begins with the sign.
            let isPlain = sides.count == 1 || sides[0].isEmpty
            let model = isPlain ? row : String(sides[0])
            let name = row == "reported" ? "*" : model
            text += "- id: \"trap/\(row)\"\n  models: [\"\(name)\"\(name == "*" ? "" : ", \"\(name)-*\"")]\n"
            text += "  from: 2020-01-01\n"
            if !isPlain { text += "  when: {\(Self.condition(String(sides[1])))}\n" }
            text += "  rates: {\(rates.map { rate($0, $1) }.sorted().joined(separator: ", "))}\n"
        }
        let document = try Document.yaml(Array(text.utf8))
        return try PriceBook(version: "trap", files: [PriceFile(document, name: "traps.yaml")])
    }

    private static func condition(_ text: String) -> String {
        switch text {
        case "priority": "service_tier: priority"
        case ">100k": "input_over: 100000"
        case ">272k": "input_over: 272000"
        case "0-256k": "input_to: 256000"
        case "256k-1m": "input_over: 256000"
        case "off_peak": "window: [{days: sat-sun, from: \"00:00\", to: \"24:00\"}]"
        default: "unknown: \(text)"
        }
    }

    /// One rate, multiplied as the trap's charge line for it says.
    private func rate(_ meter: String, _ rate: [String: Any]) -> String {
        let lines = expected["charge_lines"] as! [[String: Any]]
        let line = lines.first { $0["meter"] as? String == meter }
        let factor = Decimal(string: line?["mult"] as? String ?? "1")!
        let amount = Decimal(string: rate["usd"] as! String)! * factor
        return "\"\(meter)\": {amount: \"\(amount)\", per: \(rate["per"]!)}"
    }
}
