import Terms
import Testing

@testable import Mediation

/// Forms that upload a file: what their first bytes say.
@Suite struct MultipartTests {
    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(value >> (8 * $0) & 255) }
    }

    /// A header of a WAV file with `bytesPerSecond`, and as many bytes of sound as `size` says.
    static func wav(_ bytesPerSecond: Int, _ size: Int, claimed: Int? = nil, before: [UInt8] = []) -> [UInt8]
    {
        var bytes = Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVE".utf8) + before
        bytes += Array("fmt ".utf8) + little(16, 4) + little(1, 2) + little(1, 2) + little(8000, 4)
        bytes += little(bytesPerSecond, 4) + little(1, 2) + little(8, 2)
        bytes += Array("data".utf8) + little(claimed ?? size, 4)
        return bytes + [UInt8](repeating: 128, count: size)
    }

    static func form(_ file: [UInt8], model: String = "whisper-1", boundary: String = "b") -> [UInt8] {
        let fields =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\(model)\r\n"
            + "--\(boundary)\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n"
            + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
            + "Content-Type: audio/wav\r\n\r\n"
        return Array(fields.utf8) + file + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    static func facts(
        _ body: [UInt8], type: String = "multipart/form-data; boundary=b", cut: Int? = nil
    ) -> RequestFacts {
        let opening = ExchangeOpening(
            method: "POST", path: "/v1/audio/transcriptions", host: "api.groq.com", requestContentType: type)
        var mediator = Mediator(opening)
        let middle = cut ?? body.count
        mediator.requestBody(Array(body[..<middle]).span)
        mediator.requestBody(Array(body[middle...]).span)
        mediator.requestEnd()
        return mediator.request
    }

    @Test("model, stream and length, wherever the body is cut")
    func fields() {
        let body = Self.form(Self.wav(8000, 2000))
        for cut in stride(from: 0, through: body.count, by: 7) {
            let facts = Self.facts(body, cut: cut)
            #expect(facts.model == "whisper-1")
            #expect(facts.stream == true)
            #expect(facts.audioLength?.plain == "0.25")
        }
    }

    @Test func aQuotedBoundaryAndOtherChunksBeforeTheSound() {
        let list = Array("LIST".utf8) + Self.little(3, 4) + [1, 2, 3, 0]
        let body = Self.form(Self.wav(16_000, 8000, before: list), boundary: "a b")
        #expect(Self.facts(body, type: "Multipart/Form-Data; boundary=\"a b\"").audioLength?.plain == "0.5")
    }

    @Test("a header that cannot be true gives no length")
    func untrueHeaders() {
        #expect(Self.facts(Self.form(Self.wav(0, 100))).audioLength == nil)
        #expect(Self.facts(Self.form(Self.wav(8000, 100, claimed: 1 << 30))).audioLength == nil)
        #expect(Self.facts(Self.form(Self.wav(8000, 100, claimed: 0))).audioLength == nil)
        #expect(Self.facts(Self.form(Array("ID3 sound".utf8))).audioLength == nil)
        for count in 0..<44 {
            _ = Self.facts(Self.form(Array(Self.wav(8000, 100)[..<count])))
        }
    }

    @Test("a body far beyond the limit is read without being kept")
    func largeBodies() {
        let facts = Self.facts(Self.form(Self.wav(8000, 4_000_000)))
        #expect(facts.audioLength?.plain == "500")
        #expect(facts.bodyBytes > 4_000_000)
    }

    @Test("what is no form says nothing")
    func noForms() {
        for type in ["audio/wav", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"] {
            let facts = Self.facts(Self.form(Self.wav(8000, 100)), type: type)
            #expect(facts.audioLength == nil)
            #expect(facts.model == nil)
        }
    }

    @Test("a second less than ten is charged for as ten where the provider says so")
    func leastLength() {
        let opening = ExchangeOpening(
            method: "POST", path: "/openai/v1/audio/transcriptions", host: "api.groq.com",
            requestContentType: "multipart/form-data; boundary=b")
        var mediator = Mediator(opening)
        mediator.requestBody(Self.form(Self.wav(8000, 2000)).span)
        mediator.requestEnd()
        mediator.responseHead(status: 200) { $0 == "content-type" ? "application/json" : nil }
        _ = mediator.responseBody(Array(#"{"text":"Tea."}"#.utf8).span)
        let usage = mediator.finish(.complete)
        #expect(usage.status == .derived)
        #expect(
            usage.components.map(\.readings) == [
                [MeterReading(.audioSeconds, Quantity(10), status: .derived)]
            ])
        #expect(usage.components.map(\.model) == ["whisper-1"])
    }
}
