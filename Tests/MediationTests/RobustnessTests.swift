import Terms
import Testing

@testable import Mediation

/// A small generator with a seed, so that a failing run can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct RobustnessTests {
    /// Whatever arrives, mediation answers; counts are never negative, and pieces do not matter.
    @Test("damaged bodies never trap and never depend on the cuts", arguments: try DialectFixture.all())
    func damaged(_ fixture: DialectFixture) {
        var random = Seeded(UInt64(fixture.replay.body.count) &* 31 &+ 7)
        for _ in 0..<12 {
            let body = Self.damage(fixture.replay.body, &random)
            let whole = fixture.replay.play([body])
            var pieces: [[UInt8]] = []
            var rest = body[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...64, using: &random))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            let cut = fixture.replay.play(pieces)
            #expect(cut.usage == whole.usage, "\(fixture.name)")
            #expect(cut.forwarded == whole.forwarded, "\(fixture.name)")
            for component in whole.usage.components {
                #expect(component.readings.allSatisfy { $0.quantity >= .zero }, "\(fixture.name)")
            }
            #expect((whole.usage.tokens.input ?? 0) >= 0 && (whole.usage.tokens.output ?? 0) >= 0)
        }
    }

    /// Flips, drops, doubles and swaps bytes.
    static func damage(_ body: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = body
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: at)
            case 2:
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 3:
                bytes.replaceSubrange(at..<at, with: Array("{}[],:\"\\-9e\r\n".utf8).shuffled(using: &random))
            default: bytes.removeSubrange(at..<min(bytes.count, at + 30))
            }
        }
        return bytes
    }

    @Test("what stands before the first event or document is no part of it, wherever the body is cut")
    func leadIn() {
        let event = #"data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}"# + "\n\n"
        let document = #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}"#
        let leadIns: [[UInt8]] = [[], [0xef, 0xbb, 0xbf], [0x20, 0x0a, 0xef, 0xbb, 0xbf], [0x03, 0x00]]
        for (text, type) in [(event, "text/event-stream"), (document, "application/json")] {
            for leadIn in leadIns {
                let body = leadIn + Array(text.utf8)
                for cut in 0...leadIn.count + 2 {
                    let replay = Replay(
                        headers: ["content-type": type], pieces: [Array(body[..<cut]), Array(body[cut...])])
                    #expect(replay.usage.tokens.input == 5, "\(leadIn) \(type) at \(cut)")
                    #expect(replay.usage.anomalies.contains(.malformedJSON) == false)
                    #expect(replay.forwarded == body)
                }
            }
        }
    }

    @Test func noiseOfEveryKindIsSurvived() {
        var random = Seeded(42)
        let paths = [
            "/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat", "/api/generate", "/x",
            "/v1beta/models/m:streamGenerateContent", "/v1beta/models/:generateContent", "/", "",
            "/openai/deployments/", "?", "/v1/embeddings?a=&=&", ":", "/models/:",
        ]
        let types = ["text/event-stream", "application/json", "application/x-ndjson", "audio/mpeg", ""]
        let alphabet = Array("{}[]:,\"\\ua0-+.eE01\n\r \tdata: event[DONE]nulltruefalse".utf8)
        for _ in 0..<3000 {
            let noise = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }
            let type = types.randomElement(using: &random)!
            let middle = noise.count / 2
            _ = Replay(
                path: paths.randomElement(using: &random)!, host: "h",
                request: String(decoding: noise, as: UTF8.self),
                headers: ["content-type": type], pieces: [Array(noise[..<middle]), Array(noise[middle...])],
                ending: .truncated, asksForUsage: true)
        }
    }

    @Test("what stands before a body does not decide how it is read, however it is cut")
    func bytesBefore() {
        let body: [UInt8] = [0x03, 0x00] + Array(#"{"i[sta"Q:Bs "="}]}"#.utf8)
        func usage(_ pieces: [[UInt8]]) -> Usage {
            Replay(
                path: "/model/m/converse-stream", host: "bedrock-runtime.x.amazonaws.com",
                headers: ["content-type": "application/json"], pieces: pieces
            ).usage
        }
        #expect(usage([body]) == usage([[0x03], Array(body[1...])]))
    }
}
