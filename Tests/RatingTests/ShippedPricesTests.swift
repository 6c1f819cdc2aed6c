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

    @Test("the check finds nothing on the day of its newest entry")
    func check() throws {
        let book = try Self.book.get()
        let findings = book.findings(today: CivilDate("2026-11-21")!)
        #expect(findings.map { "\($0.file):\($0.line) \($0.id): \($0.text)" } == [])
    }
}
