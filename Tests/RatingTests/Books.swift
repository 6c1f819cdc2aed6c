// What the tests of this folder share: books from YAML text, usage from a few words.
import Documents
import Rating
import Terms
import Testing

enum Books {
    static func file(_ yaml: String, name: String = "test.yaml") throws -> PriceFile {
        try PriceFile(Document.yaml(yaml), name: name)
    }

    static func book(_ yaml: String..., zones: (String) -> TimeZoneRules? = Books.zone) throws -> PriceBook {
        let files = try yaml.enumerated().map { try file($0.element, name: "test-\($0.offset).yaml") }
        return try PriceBook(version: "test", files: files, zones: zones)
    }

    static func zone(_ name: String) -> TimeZoneRules? { name == "UTC" ? .utc : nil }

    /// The problems with which a text is refused, as a file or as a book.
    static func problems(_ yaml: String...) -> [PriceProblem] {
        do {
            let files = try yaml.enumerated().map { try file($0.element, name: "test-\($0.offset).yaml") }
            _ = try PriceBook(version: "test", files: files)
            return []
        } catch let error as PriceProblems {
            return error.problems
        } catch {
            Issue.record(error)
            return []
        }
    }

    /// A one-model file: `entries` are the YAML items under `prices`, indented by nothing.
    static func provider(_ entries: String) -> String {
        "provider: test\ncurrency: USD\nprices:\n\(entries)"
    }
}

extension Instant {
    init(_ text: String) { self = Instant(rfc3339: text)! }
}

extension Usage {
    /// One component of `provider: test`.
    static func of(
        _ model: String, _ readings: [String: Int64], provider: String = "test",
        _ select: (inout Selectors) -> Void = { _ in }
    ) -> Usage {
        var selectors = Selectors()
        select(&selectors)
        var usage = Usage()
        usage.provider = provider
        usage.model = model
        usage.status = .reported
        usage.components = [
            Component(
                model: model,
                readings: readings.sorted { $0.key < $1.key }.map {
                    MeterReading(Meter($0.key), Quantity($0.value))
                }, selectors: selectors)
        ]
        return usage
    }
}

extension PriceBook {
    func cost(_ usage: Usage, upstream: String = "up", at: String = "2026-11-20") -> String? {
        rate(usage, upstream: upstream, at: Instant(at)).cost.list?.plain
    }
}
