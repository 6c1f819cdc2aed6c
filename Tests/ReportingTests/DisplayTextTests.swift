import Reporting
import Terms
import Testing

@Suite struct DisplayTextTests {
    @Test(
        "columns on a terminal",
        arguments: [
            ("", 0), ("abc", 3), ("naïve", 5), ("e\u{301}", 1), ("日本", 4), ("한국어", 6), ("🙂", 2), ("❤️", 2),
            ("👩‍👩‍👧", 2), ("ｆｕｌｌ", 8), ("─", 1), ("Ж", 1),
        ])
    func width(text: String, columns: Int) { #expect(text.displayWidth == columns) }

    @Test("text is cut at a character, never inside one")
    func fits() {
        #expect("abcdef".fitted(to: 6) == "abcdef")
        #expect("abcdef".fitted(to: 5) == "abcd…")
        #expect("日本語".fitted(to: 5) == "日本…")
        #expect("日本語".fitted(to: 4) == "日…")
        #expect("abc".fitted(to: 1) == "…")
        #expect("abc".fitted(to: 0) == "")
    }

    @Test("what would move a cursor is shown instead")
    func visible() {
        #expect("a\u{1b}[2Jb".visible == "a\\u{1b}[2Jb")
        #expect("a\nb\tc".visible == "a\\u{a}b\\u{9}c")
        #expect("a\u{202e}b".visible == "a\\u{202e}b")
        #expect("👩‍👧 café".visible == "👩‍👧 café")
    }

    @Test("digits in groups of three, amounts with six decimals, half to even")
    func numbers() {
        #expect(Int64(0).grouped == "0")
        #expect(Int64(999).grouped == "999")
        #expect(Int64(-1_234_567).grouped == "-1,234,567")
        #expect(Quantity("1234.5")!.grouped == "1,234.5")
        #expect(Money("0.0000005")!.shown == "0.000000")
        #expect(Money("0.0000015")!.shown == "0.000002")
        #expect(Money("-1234.5")!.shown == "-1,234.500000")
        #expect(counted(1, "record") == "1 record")
        #expect(counted(0, "record") == "0 records")
    }
}
