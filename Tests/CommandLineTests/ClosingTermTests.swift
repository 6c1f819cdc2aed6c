// Closing a month books what its contracts' terms came to, in the month itself, so that the sealed statement
// has it.
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ClosingTermTests {
    private func run(_ command: String, _ database: String) throws -> Program {
        try Program.shell(command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database])
    }

    @Test("a check shows the terms and books nothing; closing books them; nothing is left for `rate --terms`")
    func terms() throws {
        let database = try ContractFixture.ownLedger()
        let check = try run("tollbook close --month 2026-10 --check", database)
        #expect(
            check.stdout.contains("terms: acme-2026/least of initech: 5 USD, contracted, not booked yet\n"))
        #expect(try run("tollbook records --upstream tollbook --format jsonl", database).stdout == "")

        let one = try run("tollbook close --month 2026-10 --tenant globex --force --format json", database)
        #expect(one.status == 0, "\(one.stderr)")
        #expect(
            one.stdout.contains(
                #"{"tenant":"globex","rule":"acme-2026/least","book":"contracted","adjustment":"1.85""#
                    + #","currency":"USD","booked":true}"#))
        #expect(!one.stdout.contains(#""tenant":"initech""#))
        let statement = try run("tollbook statement --tenant globex --month 2026-10 --format json", database)
        #expect(statement.stdout.contains("contract.minimum"))

        let all = try run("tollbook close --month 2026-10 --force", database)
        #expect(all.status == 0, "\(all.stderr)")
        #expect(all.stdout.contains("terms: acme-2026/least of initech: 5 USD, contracted, booked\n"))
        let left = try run("tollbook rate --terms --month 2026-10", database)
        #expect(left.stderr == "price book contracts-2: 0 entries booked\n")
        let after = try run("tollbook statement --tenant globex --month 2026-10 --format json", database)
        #expect(after.stdout == statement.stdout, "what is closed stays as it is")
        let least = try run("tollbook statement --tenant initech --month 2026-10 --format csv", database)
        #expect(least.stdout.contains(",5,5,USD,contract acme-2026/least"))
    }
}
