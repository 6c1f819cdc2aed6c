// The price files of this repository: they load together, and every price names its source.
import Documents
import Foundation
import Rating
import Terms
import Testing

@Suite struct ShippedPricesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "pricing")

    static let book = Result { () throws -> PriceBook in
        let urls = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        let files = try urls.map {
            try PriceFile(Document.yaml(Array(Data(contentsOf: $0))), name: "pricing/\($0.lastPathComponent)")
        }
        return try PriceBook(version: "shipped", files: files)
    }

    @Test("they load as one book, and every price has a source and the day it was checked")
    func load() throws {
        let book: PriceBook
        do { book = try Self.book.get() } catch let error as PriceProblems {
            Issue.record("\(error.problems.prefix(20).map { "\($0.file):\($0.line): \($0.text)" })")
            return
        }
        #expect(
            Set(book.entries.map(\.provider)).sorted()
                == [
                    "alibaba", "anthropic", "azure", "bedrock", "cerebras", "cohere", "deepseek", "fireworks",
                    "google", "groq", "local", "mistral", "moonshot", "openai", "openrouter", "perplexity",
                    "together",
                    "vertex", "xai", "zai",
                ])
        for entry in book.entries {
            #expect(entry.source?.hasPrefix("https://") == true && entry.checked != nil, "\(entry.id)")
        }
    }

    @Test(
        "a second of sora-2-pro costs by its size, and of sora-2 the same in each",
        arguments: [
            ("openai", "sora-2-pro", "video.seconds.1280x720", "2.4"),
            ("openai", "sora-2-pro", "video.seconds.1024x1792", "4"),
            ("openai", "sora-2-pro", "video.seconds.1920x1080", nil),
            ("openai", "sora-2", "video.seconds.720x1280", "0.8"),
            ("azure", "sora-2-pro", "video.seconds.1792x1024", "4"),
            ("azure", "sora-2-pro", "video.seconds.1280x720", "2.4"),
        ] as [(String, String, String, String?)])
    func videos(provider: String, model: String, meter: String, cost: String?) throws {
        let usage = Usage.of(model, [meter: 8], provider: provider)
        #expect(try Self.book.get().cost(usage, at: "2026-06-01") == cost)
    }

    @Test("grok-code-fast-1 costs what it did until it was retired, and then what its successor does")
    func retired() throws {
        let readings: [String: Int64] = [
            "in.text.fresh": 24, "in.text.cache_read": 192, "out.text": 578, "out.text.reasoning": 253,
        ]
        let usage = Usage.of("grok-code-fast-1", readings, provider: "xai")
        let book = try Self.book.get()
        #expect(book.cost(usage, at: "2026-05-15T18:59:59Z") == "0.00125514")
        #expect(book.cost(usage, at: "2026-05-15T19:00:00Z") == "0.0017244")
    }

    @Test("the check finds nothing on the day of its newest entry")
    func check() throws {
        let book = try Self.book.get()
        let findings = book.findings(today: CivilDate("2026-11-21")!)
        #expect(findings.map { "\($0.file):\($0.line) \($0.id): \($0.text)" } == [])
    }
}
