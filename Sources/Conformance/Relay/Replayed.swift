// One recorded exchange on its way through the proxy: the request as it was recorded, and what the client
// must see of the answer.

import Mediation
import Terms
import Wire

/// How the simulated provider sends a body.
enum Delivery: String, CaseIterable {
    /// In one piece.
    case whole
    /// In pieces of random length, a few dozen bytes at most, cut anywhere.
    case pieces
}

/// An exchange of the corpus that is replayed.
struct Replayed {
    let expectation: Expectation
    let recorded: RecordedExchange

    /// - Returns: nil when the line is not one to replay: no success.
    init?(line: borrowing Span<UInt8>) throws(ReplayFailure) {
        guard let expectation = Expectation(line: line) else {
            throw ReplayFailure(problem: "a line of the corpus is no JSON")
        }
        self.expectation = expectation
        do throws(RecordedExchangeError) {
            recorded = try RecordedExchange(line: line)
        } catch { throw ReplayFailure(problem: "\(expectation.id): \(error.diagnosis.problem)") }
        guard (200..<300).contains(recorded.status) else { return nil }
    }

    /// The recorded request as it goes out on a socket.
    ///
    /// - Parameter prefix: stands before the recorded path: `/NAME` of the upstream, or nothing.
    func request(prefix: String, host: String, delivery: Delivery) -> [UInt8] {
        var lines = ["\(recorded.method) \(prefix)\(recorded.path) HTTP/1.1", "host: \(host)"]
        for header in recorded.requestHeaders where !Self.ownFields.contains(header.name) {
            lines.append("\(header.name): \(header.value)")
        }
        lines.append("x-sim-exchange: \(recorded.id)")
        if delivery == .pieces { lines.append("x-sim-pieces: 7") }
        lines.append(
            "x-tollbook-labels: exchange=\(Self.escaped(recorded.id)),delivery=\(delivery.rawValue)")
        if !recorded.requestBody.isEmpty || recorded.method == "POST" {
            lines.append("content-length: \(recorded.requestBody.count)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + recorded.requestBody
    }

    /// Fields that belong to the connection this client makes, not to the recording.
    private static let ownFields: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect",
    ]

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }

    /// The request streams and does not ask for usage itself, so the sidecar may ask and withhold.
    var mayWithhold: Bool {
        var streams = false
        var asks = false
        for (key, value) in JSONMembers(recorded.requestBody[...]) {
            if key == "stream" { streams = value.elementsEqual("true".utf8) }
            guard key == "stream_options" else { continue }
            for (option, value) in JSONMembers(value) where option == "include_usage" {
                asks = value.elementsEqual("true".utf8)
            }
        }
        return streams && !asks
    }
}

/// What a client saw, judged.
struct Judged {
    /// In words, one for each thing that is not as recorded.
    var differences: [String] = []
    /// An event that exists only because the sidecar asked for usage was withheld.
    var isWithheld = false

    /// - Parameters:
    ///   - proxied: the answer through the sidecar.
    ///   - direct: the same answer from the simulated provider itself.
    init(_ exchange: Replayed, proxied: Reply, direct: Reply) {
        let recorded = exchange.recorded
        if proxied.status != recorded.status {
            differences.append("status: recorded \(recorded.status), is \(proxied.status)")
        }
        let own = proxied.fields.filter { $0.name.lowercased() == "x-tollbook-record" }
        if own.count != 1 { differences.append("x-tollbook-record stands \(own.count) times") }
        let fields = Self.endToEnd(proxied, besides: ["x-tollbook-record"])
        if fields != Self.endToEnd(direct) {
            differences.append("fields: sent \(Self.endToEnd(direct)), is \(fields)")
        }
        // The simulated provider must not hide a difference by its own.
        let framing: Set<String> = ["content-length", "content-encoding"]
        let replayed = recorded.responseHeaders.filter {
            !Self.hopByHop.contains($0.name) && !framing.contains($0.name)
        }.map { "\($0.name): \($0.value)" }
        if replayed != Self.endToEnd(direct, besides: framing) {
            differences.append("the simulated provider changed the recorded fields")
        }
        guard proxied.body != recorded.responseBody else { return }
        if exchange.mayWithhold, Self.isWithheld(from: recorded.responseBody, leaving: proxied.body) {
            isWithheld = true
        } else {
            differences.append(
                "body: recorded \(recorded.responseBody.count) bytes, is \(proxied.body.count)")
        }
    }

    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func endToEnd(_ reply: Reply, besides: Set<String> = []) -> [String] {
        reply.fields.filter { field in
            let name = field.name.lowercased()
            return !hopByHop.contains(name) && !besides.contains(name)
        }.map { "\($0.name): \($0.value)" }
    }

    /// Whether `rest` is `body` without one whole event that has no choices and states usage.
    private static func isWithheld(from body: [UInt8], leaving rest: [UInt8]) -> Bool {
        let count = body.count - rest.count
        guard count > 0 else { return false }
        let common = zip(body, rest).prefix { $0 == $1 }.count
        guard body[(common + count)...] == rest[common...] else { return false }
        // Neighbouring events begin alike, so the gap may lie a little before where the bytes part.
        var start = common
        while true {
            let event = body[start..<start + count]
            if endsLines(body[..<start]), endsLines(event), isUsageOnly(event) { return true }
            guard start > 0, body[start - 1] == body[start - 1 + count] else { return false }
            start -= 1
        }
    }

    /// Whether the bytes are empty or end with an empty line.
    private static func endsLines(_ bytes: ArraySlice<UInt8>) -> Bool {
        let tail = bytes.suffix(4).filter { $0 != 13 }.suffix(2)
        return bytes.isEmpty || tail.elementsEqual([10, 10])
    }

    private static func isUsageOnly(_ event: ArraySlice<UInt8>) -> Bool {
        let data = event.split(separator: 10).filter { $0.starts(with: "data:".utf8) }
        guard data.count == 1 else { return false }
        let object = data[0].dropFirst(5).drop { $0 == 32 }
        var hasNoChoices = false
        var statesUsage = false
        for (key, value) in JSONMembers(object) {
            if key == "choices" { hasNoChoices = value.filter { $0 > 32 }.elementsEqual("[]".utf8) }
            if key == "usage" { statesUsage = value.first == UInt8(ascii: "{") }
        }
        return hasNoChoices && statesUsage
    }
}
