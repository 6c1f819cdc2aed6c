// Reconciliation against files that another path computed: providers.py counts raw usage objects and
// multiplies in Python, and plants discrepancies. Every one has to be found with its class, and nothing
// else; booking the adjustments settles the amounts once.
import Foundation
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ReconciliationTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path

    static func run(_ command: String) throws -> Program {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        var environment = [
            "TOLLBOOK_DATABASE": try LedgerFixture.emptyDatabase(), "HOME": place.path, "HERE": folder,
            "PYTHONDONTWRITEBYTECODE": "1",
        ]
        environment["TOLLBOOK_CORPUS"] = ProcessInfo.processInfo.environment["TOLLBOOK_CORPUS"]
        return try Program.shell(Self.preamble + command, in: place.path, environment: environment)
    }

    /// `code 2 COMMAND…` runs a command that must exit with 2; the output may be redirected.
    private static let preamble = #"""
        set -euo pipefail
        code() {
            local wanted=$1 found=0
            shift
            "$@" || found=$?
            [ "$found" = "$wanted" ] || { echo "exit $found, not $wanted: $*" >&2; exit 99; }
        }

        """#

    private static let booked = """
        tollbook migrate > /dev/null
        python3 "$HERE/providers.py" make . > made.txt
        tollbook prices load --prices prices > /dev/null
        tollbook normalize exchanges.jsonl > normalized.jsonl
        python3 "$HERE/providers.py" attribute .
        tollbook import jsonl records.jsonl > /dev/null
        for kind in openai-usage openai-costs anthropic-usage anthropic-costs openrouter-activity; do
            tollbook reconcile import $kind $kind.json
        done > kept.txt
        for kind in aws-cur gcp-billing; do tollbook reconcile import $kind $kind.csv; done >> kept.txt
        tollbook reconcile import focus azure-focus.csv --account azure >> kept.txt
        October="--month 2026-10 $(cat aliases)"
        """

    @Test("every planted discrepancy is found with its class, and no other")
    func planted() throws {
        let done = try Self.run(
            Self.booked + """

                if tollbook reconcile run $October --format json > found.json; then exit 9; else test $? = 2; fi
                python3 "$HERE/providers.py" compare .
                cat made.txt
                """)
        #expect(done.status == 0, "\(done.stdout)\(done.stderr)")
        #expect(done.stdout.contains("41 planted, 41 found, equal\n"), "\(done.stdout)")
        // Where recordings are at hand, the usage of real exchanges is counted twice.
        let isRecorded = ProcessInfo.processInfo.environment["TOLLBOOK_CORPUS"] != nil
        #expect(done.stdout.contains(isRecorded ? "of 6 providers" : "and 0 recorded ones"), "\(done.stdout)")
        #expect(done.stderr.contains("openai, openai-usage: quantities by day, model, meters, key"))
    }

    @Test("without discrepancies nothing is found: the ledger's own FOCUS file against itself")
    func itself() throws {
        let done = try Self.run(
            Self.booked + """

                tollbook export focus --month 2026-10 --tenant acme > /dev/null
                tollbook export focus --month 2026-10 > focus.csv
                tollbook reconcile import focus focus.csv --account self > /dev/null
                code 2 tollbook reconcile run --month 2026-10 --provider vertex --format csv > vertex.csv
                code 1 grep -c focus vertex.csv
                tollbook reconcile report --month 2026-10 --format csv | grep ,focus,self, | cut -d, -f5 | sort -u
                """)
        #expect(done.status == 0, "\(done.stderr)")
        #expect(done.stdout == "0\nmatch\n", "\(done.stdout)")
    }

    @Test("posting settles every amount once and leaves quantities")
    func posting() throws {
        let done = try Self.run(
            Self.booked + """

                tollbook reconcile run $October --post --allocate pro-rata > first.txt || test $? = 2
                tollbook reconcile run $October --post --format csv > second.csv || test $? = 2
                cut -d, -f9 second.csv | sort | uniq -c | tr -s ' '
                tollbook reconcile report $October --format csv > after.csv
                grep ,amount, after.csv | cut -d, -f5,9 | grep -v rounding | sort -u
                tollbook report --month 2026-10 --by meter --format csv | grep -c '^adjustment:'
                tollbook rerate --month 2026-10 > /dev/null
                tollbook export hledger --month 2026-10 > /dev/null
                """)
        #expect(done.status == 0, "\(done.stderr)\(done.stdout)")
        #expect(done.stderr.contains("\n0 adjustments booked\n"))
        #expect(done.stderr.contains("0 entries booked"), "rating again leaves adjustments alone")
        let lines = done.stdout.split(separator: "\n")
        #expect(lines.dropLast() == [" 1 measure", " 14 quantity", "match,0"], "\(done.stdout)")
        #expect(Int(lines.last ?? "") ?? 0 > 3)
    }

    @Test(
        "a file that is known changes nothing, a newer one replaces its days, what is unreadable is told"
    )
    func importing() throws {
        let done = try Self.run(
            """
            tollbook migrate > /dev/null
            page() { printf '{"data":[{"start_time":1790812800,"results":[%s]}]}' "$1"; }
            row() { printf '{"amount":{"value":%s,"currency":"usd"},"line_item":"m, input"}' "$1"; }
            page "$(row 1.5)" > a.json; page "$(row 2.5)" > b.json
            tollbook reconcile import openai-costs a.json | cut -d, -f1
            tollbook reconcile import openai-costs a.json | cut -d' ' -f1-3
            tollbook reconcile import openai-costs b.json | cut -d, -f1
            code 2 tollbook reconcile run --month 2026-10 --format csv > run.csv
            cut -d, -f1,10,12 run.csv
            page "$(row '"x"'),$(row 3)" > c.json
            code 1 tollbook reconcile import openai-costs c.json > c.txt 2>&1; head -4 c.txt
            echo '{' > d.json; code 1 tollbook reconcile import openai-usage d.json > d.txt 2>&1; head -1 d.txt
            echo 'a,b' > e.csv; code 1 tollbook reconcile import aws-cur e.csv > e.txt 2>&1; head -2 e.txt
            tollbook reconcile run --month 2020-01; tollbook reconcile report --month 2020-01
            """)
        #expect(
            done.stdout == """
                kept 2 lines of 2026-10-01 to 2026-10-01
                nothing to do:
                kept 2 lines of 2026-10-01 to 2026-10-01
                day,class,theirs
                2026-10-01,missing_here,2.5
                kept 2 lines of 2026-10-01 to 2026-10-01, file \(done.stdout.digest)
                error: some of the file cannot be read
                line 1: no amount [reconcile.unreadable]
                  it means: what could be read was kept
                error: d.json: this is no JSON: a key was expected [file.unreadable]
                error: the file has no line that aws-cur has
                line 1: no column line_item_line_item_type
                Nothing to compare: no provider's file has these days.
                Nothing to compare: no provider's file has these days.

                """, "\(done.stdout)\n\(done.stderr)")
    }
}

extension String {
    /// The one hash in the text, which depends on nothing that a test is about.
    fileprivate var digest: String {
        firstMatch(of: /file ([0-9a-f]{12})/).map { String($0.output.1) } ?? ""
    }
}
