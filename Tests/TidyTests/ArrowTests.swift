// The arrows between targets, as ARCHITECTURE.md draws them. The compiler refuses an import that is not
// in Package.swift; this refuses an arrow that is not here.
import Foundation
import Testing

@Suite struct ArrowTests {
    static let arrows: [String: Set<String>] = [
        "Terms": [],
        "Wire": ["Terms", "CBytes", "CZlib", "CBrotli", "CZstd"],
        "Mediation": ["Wire", "Terms"],
        "Rating": ["Terms"],
        "Bookkeeping": ["Rating", "Terms"],
        "Reporting": ["Bookkeeping", "Rating", "Terms"],
        "Documents": ["Terms", "CYAML"],
        "Access": ["Documents", "Terms", "COpenSSL"],
        "Spool": ["Terms", "CLinux"],
        "Postgres": ["CPQ"],
        "LedgerStore": ["Postgres", "Bookkeeping", "Rating", "Terms", "CEmbedded"],
        "Relay": ["Wire", "Terms", "CLinux", "COpenSSL"],
        "Simulator": ["Terms", "CLinux"],
    ]

    @Test("Package.swift draws these arrows and no other")
    func packageAgrees() throws {
        let package = SourceTree.read("Package.swift").text
        for (target, allowed) in Self.arrows {
            let pattern = try Regex(
                #"name: "\#(target)",\s*(?:dependencies: \[([^\]]*)\])?"#, as: (Substring, Substring?).self)
            let match = try #require(package.firstMatch(of: pattern), "\(target) is not in Package.swift")
            let names = (match.output.1 ?? "").matches(of: /"(\w+)"/).map { String($0.output.1) }
            #expect(Set(names).isSubset(of: allowed), "\(target) has arrows \(names)")
        }
    }

    @Test("each source target has one line of purpose above it")
    func purpose() {
        let lines = SourceTree.read("Package.swift").lines
        for (target, _) in Self.arrows {
            let index = lines.firstIndex { $0.contains("name: \"\(target)\"") && !$0.contains("tests(") }
            let near = index.map { lines[max(0, $0 - 2)..<$0].contains { $0.contains("//") } } ?? false
            #expect(near, "\(target) has no line of purpose")
        }
    }
}
