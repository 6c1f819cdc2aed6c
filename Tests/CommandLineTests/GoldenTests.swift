import Foundation
import Testing

@Suite struct GoldenTests {
    @Test("each command prints what its golden file says", arguments: try Golden.all(in: "Golden"))
    func output(_ golden: Golden) throws {
        let (actual, expected) = try golden.check()
        #expect(actual == expected)
    }

    @Test("each mistake is told as its golden file says", arguments: try Golden.all(in: "Errors"))
    func error(_ golden: Golden) throws {
        let (actual, expected) = try golden.check()
        #expect(actual == expected)
        #expect(!actual.hasSuffix("=== exit 0\n"))
    }

    @Test(
        "each command on a ledger prints what its golden file says",
        .enabled(if: LedgerFixture.isThere, LedgerFixture.missing),
        arguments: try Golden.all(in: "Golden/Ledger"))
    func onLedger(_ golden: Golden) throws {
        let (actual, expected) = try golden.check(
            environment: try Self.database(for: golden), hidden: LedgerFixture.hidden)
        #expect(actual == expected)
    }

    @Test(
        "each mistake with a ledger is told as its golden file says",
        .enabled(if: LedgerFixture.isThere, LedgerFixture.missing),
        arguments: try Golden.all(in: "Errors/Ledger"))
    func errorOnLedger(_ golden: Golden) throws {
        let (actual, expected) = try golden.check(
            environment: try Self.database(for: golden), hidden: LedgerFixture.hidden)
        #expect(actual == expected)
        #expect(!actual.hasSuffix("=== exit 0\n"))
    }

    /// `$EMPTY` in a command asks for a database without a ledger; the name `contract-…` of the file for one
    /// with contracts.
    private static func database(for golden: Golden) throws -> [String: String] {
        if golden.path.contains("/contract-") {
            return ["TOLLBOOK_DATABASE": try ContractFixture.shared.get()]
        }
        guard golden.command.contains("$EMPTY") else {
            return ["TOLLBOOK_DATABASE": try LedgerFixture.shared.get()]
        }
        return ["EMPTY": try LedgerFixture.emptyDatabase()]
    }
}
