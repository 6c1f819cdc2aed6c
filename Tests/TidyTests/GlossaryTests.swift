// The closed word lists of the code and of GLOSSARY.md are the same.
import Foundation
import Testing

@Suite struct GlossaryTests {
    @Test(
        "each word of the code's closed lists stands in the glossary, and the other way round",
        arguments: [
            ("UsageStatus", "usage_status"), ("Completeness", "completeness"),
            ("NotBillableReason", "not_billable_reason"), ("Anomaly", "Anomalies"),
        ])
    func closedLists(type: String, heading: String) throws {
        let source = SourceTree.read("Sources/Terms/Words.swift").text
        let start = try #require(source.range(of: "enum \(type):"))
        let body = source[start.upperBound...].prefix { $0 != "}" }
        let inCode = Set(
            body.split(separator: "\n").compactMap { line -> String? in
                guard let match = line.firstMatch(of: /case (\w+)(?: = "(\w+)")?/) else { return nil }
                return String(match.output.2 ?? match.output.1)
            })
        let glossary = SourceTree.read("GLOSSARY.md").text
        let section = try #require(glossary.range(of: "## \(heading)\n"))
        let rest = glossary[section.upperBound...]
        let end = rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex
        let inGlossary = Set(rest[..<end].matches(of: /\n\| `(\w+)`/).map { String($0.output.1) })
        #expect(inCode == inGlossary)
        #expect(inCode.count >= 5)
    }
}
