import Reporting
import Testing

@Suite struct TextTableTests {
    private var table: TextTable {
        var table = TextTable([
            .init("name"), .init("count", unit: "tokens", numeric: true, dispensable: 1),
            .init("cost", unit: "USD", numeric: true),
        ])
        table.rows = [["日本", "1", "0.10"], ["a longer name", "12,345", "100.00"]]
        table.totals = [["total", "12,346", "100.10"]]
        return table
    }

    @Test("names stand left, numbers right, units under titles")
    func aligned() {
        #expect(
            table.text(columns: nil) == """
                name            count    cost
                               tokens     USD
                ─────────────  ──────  ──────
                日本                1    0.10
                a longer name  12,345  100.00
                ─────────────  ──────  ──────
                total          12,346  100.10

                """)
    }

    @Test("a narrow terminal shortens names first, then drops what is dispensable, and never a number")
    func narrow() {
        var table = table
        table.rows[1][0] = "a much longer name than this"
        #expect(
            table.text(columns: 40) == """
                name                       count    cost
                                          tokens     USD
                ────────────────────────  ──────  ──────
                日本                           1    0.10
                a much longer name than…  12,345  100.00
                ────────────────────────  ──────  ──────
                total                     12,346  100.10

                """)
        #expect(
            table.text(columns: 32) == """
                name                        cost
                                             USD
                ────────────────────────  ──────
                日本                        0.10
                a much longer name than…  100.00
                ────────────────────────  ──────
                total                     100.10

                """)
        #expect(
            table.text(columns: 20) == """
                name            cost
                                 USD
                ────────────  ──────
                日本            0.10
                a much long…  100.00
                ────────────  ──────
                total         100.10

                """)
        #expect(table.text(columns: 1).contains("100.00"))
    }

    @Test("Markdown escapes what it would read")
    func markdown() {
        var table = TextTable([.init("a|b"), .init("n", unit: "x", numeric: true)])
        table.rows = [["*<b>*\n_x_", "1"]]
        table.totals = [["total", ""]]
        #expect(
            table.markdown == """
                | a\\|b | n (x) |
                | --- | ---: |
                | \\*\\<b\\>\\*\\\\u{a}\\_x\\_ | 1 |
                | **total** |  |

                """)
    }

    @Test("CSV quotes what must be quoted and changes nothing else")
    func csv() {
        var csv = CSV()
        csv.line(["plain", "a,b", "say \"so\"", "two\nlines", "", " x "])
        #expect(csv.take() == "plain,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",, x \n")
        #expect(csv.take() == "")
    }
}
