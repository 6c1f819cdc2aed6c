import Terms
import Testing

@testable import Mediation

/// What is learnt of tokens per byte, and what an estimate makes of it.
@Suite struct EstimatorTests {
    static let key = TokenRatios.Key(provider: "p", model: "m", side: .output)

    static func ratios(_ counts: [(tokens: Int64, bytes: Int64)]) -> TokenRatios {
        var ratios = TokenRatios()
        for count in counts {
            ratios.learn(
                TokenLesson(
                    provider: key.provider, model: key.model,
                    output: .init(tokens: count.tokens, bytes: count.bytes)))
        }
        return ratios
    }

    @Test("nothing is concluded from few exchanges or few bytes")
    func needsEnough() {
        #expect(Self.ratios(Array(repeating: (300, 1000), count: 7))[Self.key]?.isKnown == false)
        #expect(Self.ratios(Array(repeating: (300, 1000), count: 8))[Self.key]?.isKnown == true)
        #expect(Self.ratios(Array(repeating: (3, 10), count: 400))[Self.key]?.isKnown == false)
        #expect(Self.ratios([])[Self.key] == nil)
    }

    @Test("the point is the ratio of the sums, rounded up; nine of ten lie between the bounds")
    func pointAndBounds() throws {
        // 90 exchanges at 0.25 tokens per byte, 10 at 0.5: 22,500 + 5,000 tokens of 100,000 bytes.
        let known = Self.ratios(
            Array(repeating: (250, 1000), count: 90) + Array(repeating: (500, 1000), count: 10))
        let ratio = try #require(known[Self.key])
        #expect(ratio.tokens(for: 1000) == 275)
        #expect(ratio.tokens(for: 1) == 1)
        #expect(ratio.tokens(for: 0) == 0)
        // Classes are quarter octaves of tokens per KiB: 256 begins one, 512 another that ends at 608.
        #expect(ratio.likely(for: 1024) == 256...608)
        #expect(ratio.tokens(for: .max) > 0)
    }

    @Test("what is new outweighs what is old, and no sum grows without end")
    func forgets() throws {
        var ratio = TokenRatio()
        for _ in 0..<100_000 { ratio.learn(tokens: 100, bytes: 1000) }
        for _ in 0..<20_000 { ratio.learn(tokens: 400, bytes: 1000) }
        #expect((399...400).contains(ratio.tokens(for: 1000)))
        #expect(ratio.exchanges < TokenRatio.memory)
        for _ in 0..<10_000 { ratio.learn(tokens: 1 << 40, bytes: 1) }
        ratio.learn(tokens: .max, bytes: .max)
        ratio.learn(tokens: -1, bytes: 5)
        #expect(ratio.tokens > 0)
    }

    @Test("a point beyond the bound is the bound; an unknown model counts bytes by four")
    func estimates() {
        let known = Self.ratios(Array(repeating: (5000, 1000), count: 10))
        let estimator = Estimator { known[$0] }
        var basis = Estimator.Basis()
        basis.provider = "p"
        basis.model = "m"
        basis.inputTextBytes = 401
        basis.inputBodyBytes = 500
        basis.outputTextBytes = 100
        #expect(estimator.method(basis) == Estimator.Method("tokens/byte", version: 1))
        #expect(estimator.output(basis) == EstimatedTokens(point: 100, upper: 100))
        #expect(estimator.input(basis) == EstimatedTokens(point: 101, upper: 500))
        basis.maximumOutput = 4096
        #expect(estimator.output(basis) == EstimatedTokens(point: 500, upper: 4096))
        basis.model = "other"
        #expect(estimator.method(basis) == Estimator.Method("bytes/4", version: 1))
        #expect(estimator.output(basis) == EstimatedTokens(point: 25, upper: 4096))
    }

    @Test("what was learnt survives being kept, and damage teaches nothing")
    func kept() {
        var known = Self.ratios(Array(repeating: (250, 1000), count: 90))
        known.learn(
            TokenLesson(provider: "q\"", model: "ü\n", input: .init(tokens: 7, bytes: 30)))
        #expect(TokenRatios(text: known.text) == known)
        var random = Seeded(11)
        for _ in 0..<300 {
            let damaged = TokenRatios(text: RobustnessTests.damage(known.text, &random))
            #expect(damaged.ratios.count <= 3)
            for ratio in damaged.ratios.values { #expect(ratio.tokens(for: 1 << 40) >= 0) }
        }
        let absurd =
            #"{"provider":"p","model":"m","side":"input","exchanges":9,"tokens":9223372036854775807,"#
        #expect(TokenRatios(text: Array((absurd + #""bytes":1,"spread":"1"}"#).utf8)).ratios.isEmpty)
    }

    @Test("the table is bounded")
    func bounded() {
        var known = TokenRatios()
        for index in 0..<TokenRatios.limit + 10 {
            known.learn(
                TokenLesson(provider: "p", model: "m\(index)", input: .init(tokens: 1, bytes: 4)))
        }
        #expect(known.ratios.count == TokenRatios.limit)
    }

    @Test("only whole reports teach, and media do not")
    func lessons() {
        func lesson(_ body: String, ending: ExchangeEnding = .complete) -> TokenLesson? {
            var mediator = Mediator(
                ExchangeOpening(method: "POST", path: "/v1/chat/completions", host: "llm.example"))
            mediator.requestBody(
                Array(#"{"model":"m","messages":[{"role":"user","content":"twelve bytes"}]}"#.utf8).span)
            mediator.requestEnd()
            mediator.responseHead(status: 200) { $0 == "content-type" ? "application/json" : nil }
            _ = mediator.responseBody(Array(body.utf8).span)
            let usage = mediator.finish(ending)
            return mediator.lesson(of: usage)
        }
        let answer = #"{"id":"c","model":"m","choices":[{"message":{"content":"eight by"}}],"usage":"#
        let whole = answer + #"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}"#
        #expect(
            lesson(whole)
                == TokenLesson(
                    provider: "unknown", model: "m", input: .init(tokens: 9, bytes: 12),
                    output: .init(tokens: 4, bytes: 8)))
        #expect(lesson(whole, ending: .clientGone(drained: false)) == nil)
        #expect(lesson(answer + "null}") == nil)
        let image =
            #"{"prompt_tokens":900,"completion_tokens":4,"prompt_tokens_details":{"image_tokens":800}}}"#
        let seen = lesson(answer + image)
        #expect(seen?.input == nil)
        #expect(seen?.output == .init(tokens: 4, bytes: 8))
    }

    @Test("each lesson goes to its model, whatever the one before it was about")
    func lessonsInTurn() {
        var known = TokenRatios()
        for turn in 0..<60 {
            let model = "m\(turn % 3)"
            // The second model is taught about one side, then the other.
            let hasInput = turn % 3 != 1 || turn < 30
            let hasOutput = turn % 3 != 1 || turn >= 30
            known.learn(
                TokenLesson(
                    provider: "p", model: model, input: hasInput ? .init(tokens: 2, bytes: 8) : nil,
                    output: hasOutput ? .init(tokens: 3, bytes: 6) : nil))
        }
        func ratio(_ model: String, _ side: TokenRatios.Side) -> [Int64]? {
            known[TokenRatios.Key(provider: "p", model: model, side: side)].map {
                [$0.exchanges, $0.tokens, $0.bytes]
            }
        }
        for model in ["m0", "m2"] {
            #expect(ratio(model, .input) == [20, 40, 160])
            #expect(ratio(model, .output) == [20, 60, 120])
        }
        #expect(ratio("m1", .input) == [10, 20, 80])
        #expect(ratio("m1", .output) == [10, 30, 60])
    }
}
