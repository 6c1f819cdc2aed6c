// The tests that the documentation names as proofs: each has to exist, or the promise has lost its proof.
import Foundation
import Testing

@Suite struct NamedTests {
    @Test(
        "every test that a page names is there",
        arguments: [("docs/guarantees.md", 30), ("docs/questions.md", 20), ("docs/budgets.md", 2)])
    func proofs(of page: String, suitesAtLeast least: Int) {
        let page = SourceTree.read(page).text
        let tests = SourceTree.tests
        var suites: Set<String> = []
        for match in page.matches(of: /`(\w+Tests)(?:\.(\w+))?`/) {
            let suite = String(match.output.1)
            suites.insert(suite)
            let places = tests.filter { $0.text.contains("struct \(suite)") }
            #expect(!places.isEmpty, "\(suite) is named and not there")
            guard let name = match.output.2 else { continue }
            #expect(
                places.contains { $0.text.contains("func \(name)(") },
                "\(suite).\(name) is named and not there")
        }
        #expect(suites.count >= least)
    }
}
