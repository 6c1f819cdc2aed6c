import Terms
import Testing

@testable import Mediation

@Suite struct RereadingTests {
    @Test("what a record keeps gives the same numbers again", arguments: try DialectFixture.all())
    func same(_ fixture: DialectFixture) throws {
        let usage = fixture.replay.play([fixture.replay.body]).usage
        guard usage.rawUsage != nil, usage.status != .absent else { return }
        let again: Usage
        do throws(RereadingProblem) {
            again = try reread(usage)
        } catch {
            // Never a guess: a surface that states counts elsewhere is refused by name.
            #expect(error == .stateElsewhere(dialect: usage.dialect), "\(fixture.name)")
            #expect(Self.elsewhere.contains(usage.dialect), "\(fixture.name)")
            return
        }
        #expect(again.tokens == usage.tokens, "\(fixture.name)")
        #expect(again.components == usage.components, "\(fixture.name)")
        #expect(again.status == usage.status, "\(fixture.name)")
        #expect(again.estimate == usage.estimate, "\(fixture.name)")
        #expect(Set(again.anomalies) == Set(usage.anomalies), "\(fixture.name)")
    }

    /// The surfaces whose records cannot be read again.
    static let elsewhere: Set<String> = [
        "aleph-alpha/complete", "openai/live", "openai/responses-socket", "batch/results", "bedrock/invoke",
        "bedrock/invoke-anthropic",
        "gemini/predict", "llamacpp/completion", "mistral/ocr", "openai/images", "openai/realtime",
        "tgi/generate", "watsonx/generation",
    ]

    @Test("a table that knows more finds more in the same object")
    func moreIsFound() throws {
        var usage = Usage()
        usage.provider = "openai"
        usage.dialect = "openai/chat"
        usage.dialectVersion = 0
        usage.model = "m"
        usage.httpStatus = 200
        usage.status = .reported
        usage.tokens.input = 100
        usage.tokens.output = 10
        usage.rawUsage =
            #"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":40}}"#
        let again = try reread(usage)
        #expect(again.dialectVersion == Dialect.openAIChat.version)
        #expect(again.tokens.cacheRead == 40)
        #expect(again.components.first?.model == "m")
        #expect(again.components.first?.readings.map(\.quantity.plain) == ["40", "60", "10"])
    }

    @Test("what cannot be read again says so")
    func refusals() {
        func problem(_ raw: String?, dialect: String = "openai/chat") -> RereadingProblem? {
            var usage = Usage()
            usage.dialect = dialect
            usage.rawUsage = raw
            do throws(RereadingProblem) {
                _ = try reread(usage)
                return nil
            } catch { return error }
        }
        #expect(problem(nil) == .nothingKept)
        #expect(problem("{}", dialect: "gone/away") == .unknownDialect("gone/away"))
        for raw in ["", "7", "[", "[1]", "[{]", "{", "{\"a\"", "null", "[]"] {
            #expect(problem(raw) == .unreadable, "\(raw)")
        }
    }
}
