// The journals under foreign eyes: hledger and beancount themselves accept them, and the balances that they
// compute are the report's, to the last digit.
import Foundation
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct JournalToolTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static func run(_ command: String) throws -> Program {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = [
            "TOLLBOOK_DATABASE": try LedgerFixture.shared.get(), "HOME": folder.path, "ROOT": root,
            "PERIOD": "--since 2026-10-01 --until 2026-12-01",
        ]
        let done = try Program.shell(
            "set -euo pipefail\n" + command, in: folder.path, environment: environment)
        #expect(done.status == 0, "\(done.stderr)\(done.stdout)")
        return done
    }

    @Test("hledger checks the journal strictly and sums the tenants' expenses as the report does")
    func hledger() throws {
        let done = try Self.run(
            """
            "$ROOT/scripts/accountants" > /dev/null
            for book in list contracted chargeback; do
                tollbook export hledger $PERIOD --book $book > books.journal
                hledger -f books.journal check --strict
                tollbook report $PERIOD --by tenant --book $book --format csv > report.csv
                hledger -f books.journal balance 'Expenses' --depth 3 --no-total --layout bare -O csv > balance.csv
                python3 - $book <<'PYTHON'
            import csv, decimal, sys
            D = decimal.Decimal
            report = {r["tenant"]: D(r["cost_" + sys.argv[1]] or 0) for r in csv.DictReader(open("report.csv"))}
            balance = {r["account"].split(":")[2].lower(): D(r["balance"]) for r in csv.DictReader(open("balance.csv"))}
            assert {t: c for t, c in report.items() if c} == balance, (report, balance)
            assert sum(balance.values()) > 5
            print(len(balance), sum(balance.values()))
            PYTHON
            done
            hledger -f books.journal balance --no-total -O csv --layout bare Liabilities Income
            """)
        #expect(done.stdout.contains("2 5.0130325"))
        #expect(done.stdout.contains("Liabilities:Payable:Acme"))
        #expect(done.stdout.contains("Liabilities:Suspense:Estimated:Acme"))
    }

    @Test("bean-check accepts the journal, and beancount's balances are the report's")
    func beancount() throws {
        let done = try Self.run(
            """
            check=$("$ROOT/scripts/accountants")
            tollbook export beancount $PERIOD > books.beancount
            "$check" books.beancount
            tollbook report $PERIOD --by tenant --format csv > report.csv
            "${check%/*}/python" - <<'PYTHON'
            import collections, csv, decimal
            from beancount import loader
            from beancount.core import data
            entries, errors, _ = loader.load_file("books.beancount")
            assert not errors, errors
            sums = collections.Counter()
            total = decimal.Decimal(0)
            for entry in entries:
                if isinstance(entry, data.Transaction):
                    for posting in entry.postings:
                        total += posting.units.number
                        parts = posting.account.split(":")
                        if parts[0] == "Expenses":
                            sums[parts[2].lower()] += posting.units.number
            rows = list(csv.DictReader(open("report.csv")))
            report = {r["tenant"]: decimal.Decimal(r["cost_contracted"] or 0) for r in rows}
            assert {t: c for t, c in report.items() if c} == dict(sums), (report, sums)
            assert total == 0
            print(len(sums), "accounts agree")
            PYTHON
            """)
        #expect(done.stdout.hasSuffix("2 accounts agree\n"))
    }
}
