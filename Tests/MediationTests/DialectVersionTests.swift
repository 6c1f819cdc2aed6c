// When a dialect's table must get a new version: `renormalize` reads again only what an older version read,
// so a table that changes its meaning under the same version would never be applied to what is booked. A file
// beside the tests holds a digest of every table with its version; a table whose digest changed and whose
// version did not is an error here.
import Foundation
import Terms
import Testing

@testable import Mediation

@Suite struct DialectVersionTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/dialect-versions.txt")

    /// `name version digest` of every table, surfaces first, then variants under their provider.
    private static var tables: [String: (version: Int, digest: String)] {
        var found: [String: (version: Int, digest: String)] = [:]
        for dialect in Dialect.all { found[dialect.name] = (dialect.version, digest(of: dialect)) }
        for (provider, dialect) in Dialect.allVariants {
            found["\(provider):\(dialect.name)"] = (dialect.version, digest(of: dialect))
        }
        return found
    }

    /// What decides about the meaning of a report. What is compiled from it does not count again.
    private static func digest(of dialect: Dialect) -> String {
        var text = ""
        dump(dialect.fields, to: &text)
        dump(dialect.inclusions, to: &text)
        dump(dialect.merge, to: &text)
        dump(dialect.stream, to: &text)
        dump(dialect.billing, to: &text)
        dump(dialect.traits, to: &text)
        dump(dialect.cacheWriteMeter, to: &text)
        if let placeholder = dialect.placeholder { dump(placeholder, to: &text) }
        text += "\(dialect.hidesReasoning) \(dialect.presenceStates) \(dialect.zeroIsPlaceholder) "
        text += "\(dialect.totalIsInput) \(dialect.api)"
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 16)
    }

    @Test("a table whose meaning changed has a new version")
    func versions() throws {
        let tables = Self.tables
        if ProcessInfo.processInfo.environment["TOLLBOOK_UPDATE_GOLDEN"] == "1" {
            let lines = tables.sorted { $0.key < $1.key }.map { "\($0) \($1.version) \($1.digest)\n" }
            try lines.joined().write(to: Self.file, atomically: true, encoding: .utf8)
        }
        var known: [String: (version: Int, digest: String)] = [:]
        for line in try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            try #require(words.count == 3)
            known[String(words[0])] = (try #require(Int(words[1])), String(words[2]))
        }
        for (name, table) in tables {
            guard let before = known[name] else {
                Issue.record("\(name) is new: TOLLBOOK_UPDATE_GOLDEN=1 adds it to dialect-versions.txt")
                continue
            }
            #expect(
                table.digest == before.digest && table.version == before.version,
                """
                \(name) changed: where the same usage object now means something else, raise its `version` in \
                Sources/Mediation/Dialects; then TOLLBOOK_UPDATE_GOLDEN=1 writes dialect-versions.txt
                """)
        }
        #expect(Set(known.keys).subtracting(tables.keys).isEmpty)
    }
}
