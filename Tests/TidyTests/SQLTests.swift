// Where SQL may come from. Statement texts are `StaticString`, which nothing at run time can make; these
// are the only doors beside it.
import Testing

@Suite struct SQLTests {
    @Test("SQL that is no StaticString enters in one place: the migrations packed into the binary")
    func doors() {
        let doors: [(call: Regex<Substring>, file: String)] = [
            (/\.runScript\(/, "Sources/LedgerStore/Migrator.swift"),
            (/\bPQsendQuery\(/, "Sources/Postgres/Connection.swift"),
            (/\bPQsendQueryParams\(/, "Sources/Postgres/Conversation.swift"),
            (/\bPQ(?:exec\w*|prepare|sendPrepare)\(/, ""),
        ]
        for file in SourceTree.sources {
            for (index, line) in TidyTests.code(of: file) {
                for door in doors where door.file != file.path && line.contains(door.call) {
                    Issue.record("\(file.path):\(index + 1): \(line)")
                }
            }
        }
    }
}
