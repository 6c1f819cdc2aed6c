// What the binary says about itself.
import LedgerStore
import Testing

@Suite struct VersionTests {
    @Test("the version, what was built and by what, and the schema that it makes; never the time")
    func lines() throws {
        let done = try Program.shell("tollbook --version", in: "/")
        let lines = done.stdout.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        #expect(lines.map { $0.first } == ["tollbook", "commit", "swift", "system", "schema"])
        #expect(lines.allSatisfy { $0.count == 2 })
        #expect(lines.last?.last.flatMap { Int($0) } == LedgerStore.newestSchema)
        #expect(LedgerStore.newestSchema ?? 0 >= 20)
    }
}
