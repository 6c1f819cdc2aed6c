// Prices that are left out before a file is parsed: only those that surely name other models.
import Documents
import Foundation
import Rating
import Terms
import Testing

@testable import Commands

@Suite struct PriceTextTests {
    @Test("what is left of the shipped files has every price of a model")
    func shipped() throws {
        let all = try PriceSources.builtIn.flatMap { source in
            try PriceFile(try Document.yaml(source.bytes), name: source.name).entries
        }
        var models: Set<String> = []
        for (index, entry) in all.enumerated() where index.isMultiple(of: 60) {
            for pattern in entry.models.prefix(2) { models.insert(pattern.text.replacing("*", with: "-x")) }
        }
        #expect(models.count > 30)
        for model in models.sorted() {
            let expected = all.filter { entry in entry.models.contains { $0.matches(model) } }.map(\.id)
                .sorted()
            let found = try PriceSources.entries(PriceSources.builtIn, naming: model).map(\.id)
            #expect(found == expected, "\(model)")
        }
    }

    @Test("a list of models in lines is looked through; where it is odd the price is kept")
    func lists() {
        let kept = [
            "  models:\n  - a\n  - wanted\n  - b", "  models:\n  - \"want*\"", "  models:\n    - a\n    - b",
            "  models:\n  - a\n\n  - wanted", "  models:\n  - a\n  # more\n  - wanted", "  models:\n  - 'x'",
            "  models:\n  - &one a", "  models:\n  - a\n  - want\\\n  from: x", "  models:   \n  - a",
            "  models: [a,\n    wanted]",
        ]
        for list in kept { #expect(Self.keeps(list), "\(list)") }
        let left = [
            "  models:\n  - a\n  - b", "  models:\n  - \"a*\"\n  - wanted-2",
            "  models:\n  - a:0\n  from: 2026-01-01",
        ]
        for list in left { #expect(!Self.keeps(list), "\(list)") }
    }

    private static func keeps(_ list: String) -> Bool {
        var text = PriceText(
            Array("provider: p\nprices:\n- id: p/1\n\(list)\n  from: 2026-01-01\n".utf8))
        text.keep(naming: ["wanted"])
        return text.keepsAny
    }
}
