import CZlib
import Terms
import Testing
import Wire

@testable import Mediation

/// The tap as the relay sees it: compressed bodies, odd heads, bounded memory.
@Suite struct TapTests {
    static func mediator(_ headers: [String: String], asks: Bool = false) -> Mediator {
        var mediator = Mediator(
            ExchangeOpening(method: "POST", path: "/v1/chat/completions", host: "llm.example"))
        mediator.requestBody(Array(OpenAIChatTests.request.utf8).span)
        mediator.requestEnd()
        if asks { mediator.usageAsked() }
        mediator.responseHead(status: 200) { headers[$0] }
        return mediator
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(UInt(bytes.count)) + 64
        var output = [UInt8](repeating: 0, count: Int(count))
        compress(&output, &count, bytes, UInt(bytes.count))  // zlib's wrapper, as `deflate` has it
        return Array(output[..<Int(count)])
    }

    @Test func compressedStreamsAreReadAndHeldWhole() {
        let body = Self.gzip(OpenAIChatTests.body(OpenAIChatTests.stream))
        var mediator = Self.mediator(
            ["content-type": "text/event-stream", "content-encoding": "deflate"], asks: true)
        let middle = body.count / 2
        let first = mediator.responseBody(Array(body[..<middle]).span)
        #expect(first.cut == nil)
        let second = mediator.responseBody(Array(body[middle...]).span)
        #expect(second.holdFrom == 0)
        #expect(second.cut == nil)
        let hasWithheld = mediator.hasWithheld
        #expect(!hasWithheld)
        let usage = mediator.finish(.complete)
        #expect(usage.tokens.input == 11)
        #expect(usage.status == .reported)
    }

    @Test func anUnknownEncodingIsRemarked() {
        var mediator = Self.mediator(["content-type": "application/json", "content-encoding": "compress"])
        _ = mediator.responseBody(Array("xyz".utf8).span)
        let usage = mediator.finish(.complete)
        #expect(usage.anomalies.contains(.undecodableBody))
        #expect(usage.status == .estimated)
    }

    @Test func aSizedResponseIsNeverShortened() {
        var mediator = Self.mediator(
            ["content-type": "text/event-stream", "content-length": "900"], asks: true)
        let verdict = mediator.responseBody(OpenAIChatTests.body(OpenAIChatTests.stream).span)
        #expect(verdict.cut == nil)
        #expect(verdict.holdFrom != nil)
    }

    @Test func aHugeBodyIsReadWithoutBeingKept() {
        var mediator = Self.mediator(["content-type": "application/json"])
        _ = mediator.responseBody(Array(#"{"id":"c","choices":[{"message":{"content":""#.utf8).span)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<64 { _ = mediator.responseBody(piece.span) }
        _ = mediator.responseBody(
            Array(#""}}],"usage":{"prompt_tokens":5,"completion_tokens":6}}"#.utf8).span)
        let usage = mediator.finish(.complete)
        #expect(usage.tokens.output == 6)
        #expect(usage.anomalies == [])
    }

    @Test func anOversizedReportIsRemarkedAndNotBelievedHalf() {
        var mediator = Self.mediator(["content-type": "application/json"])
        let pad = String(repeating: "y", count: 100_000)
        _ = mediator.responseBody(
            Array(#"{"usage":{"prompt_tokens":5,"pad":"\#(pad)","completion_tokens":6}}"#.utf8).span)
        let usage = mediator.finish(.complete)
        #expect(usage.anomalies.contains(.tapLimit))
        #expect(usage.tokens.input == nil)
        #expect(usage.status == .estimated)
    }

    @Test func refusedAndUnansweredExchangesCostNothing() {
        var refused = Mediator(ExchangeOpening(method: "POST", path: "/v1/chat/completions", host: "h"))
        let usage = refused.finish(.refused)
        #expect(usage.notBillable == .refused)
        #expect(usage.completeness == .refused)
        var failed = Mediator(ExchangeOpening(method: "POST", path: "/v1/chat/completions", host: "h"))
        #expect(failed.finish(.upstreamFailed).notBillable == .providerError)
    }
}
