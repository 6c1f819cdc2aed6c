// A call that streams costs what the same call costs in one piece: the same work through both, with a price
// for each meter that no other has, so that a token in the wrong class is another amount.
import Documents
import Mediation
import Rating
import Terms
import Testing

@testable import Simulator

@Suite struct TwinTests {
    static let pairs: [(AgreementTests.Surface, AgreementTests.Surface)] = {
        let all = AgreementTests.surfaces
        func twins(_ upstream: String, _ plain: String, _ streamed: String) -> [(Int, Int)] {
            let first = all.indices.first { all[$0].upstream == upstream && all[$0].path == plain }!
            return all.indices.filter {
                $0 != first && all[$0].upstream == upstream && all[$0].path == streamed
            }
            .map { (first, $0) }
        }
        let chat = "/v1/chat/completions"
        let gemini = "/v1beta/models/m:"
        let found =
            twins("openai", chat, chat) + twins("openai", "/v1/completions", "/v1/completions")
            + twins("openai", "/v1/responses", "/v1/responses") + twins("deepseek", chat, chat)
            + twins("anthropic", "/v1/messages", "/v1/messages")
            + twins("google", gemini + "generateContent", gemini + "streamGenerateContent?alt=sse")
            + twins("google", gemini + "generateContent", gemini + "streamGenerateContent")
        return found.map { (all[$0], all[$1]) }
    }()

    static let book = Result { () throws -> PriceBook in
        let meters = [
            "in.text.fresh", "in.text.cache_read", "in.text.cache_read.implicit", "in.text.cache_write",
            "in.text.cache_write.5m", "in.text.cache_write.1h", "out.text", "out.text.reasoning",
            "web_search.request", "grounding.prompt", "grounding.query",
        ]
        let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31]
        let rates = zip(meters, primes).map { "\($0): {amount: '0.00000\($1)', per: 1}" }
        let files = try Set(AgreementTests.surfaces.map(\.upstream)).sorted().map { provider in
            let text = """
                provider: \(provider)
                currency: USD
                prices:
                - {id: \(provider)/m, models: [m], from: 2026-01-01, rates: {\(rates.joined(separator: ", "))}}
                """
            return try PriceFile(Document.yaml(text), name: "\(provider).yaml")
        }
        return try PriceBook(version: "test", files: files)
    }

    @Test("a stream costs what its twin costs", arguments: pairs.indices)
    func cost(of pair: Int) throws {
        let (plain, streamed) = Self.pairs[pair]
        var random = PartsTests.Random(state: UInt64(pair) + 5)
        for _ in 0..<25 {
            let hints = AgreementTests.hints(for: plain, &random)
            let costs = try [plain, streamed].map { surface in
                let (answer, bytes) = try AgreementTests.answer(surface, hints)
                let usage = AgreementTests.usage(surface, answer, bytes, cut: random.next(bytes.count + 1))
                let rated = try Self.book.get().rate(
                    usage, upstream: "up", at: Instant(rfc3339: "2026-11-20T12:00:00Z")!)
                #expect(rated.unpriced.isEmpty, "\(surface): \(rated.unpriced)")
                return try #require(rated.cost.list)
            }
            #expect(costs[0] == costs[1] && costs[0] > .zero, "\(streamed) \(hints)")
        }
    }

    @Test("every surface that streams has its twin here") func whole() { #expect(Self.pairs.count == 8) }
}
