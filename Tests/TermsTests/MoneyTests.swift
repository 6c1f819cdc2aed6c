import Terms
import Testing

@Suite struct MoneyTests {
    @Test(
        "decimal text goes in and comes out exactly",
        arguments: [
            ("1.25", "1.25"), ("0.000000000001", "0.000000000001"), ("-3.50", "-3.5"), ("0", "0"),
            ("-0", "0"),
            ("1e-6", "0.000001"), ("2.50E3", "2500"), ("0.10000000000000000000000000", "0.1"),
            ("99999999999999999999999999.999999999999", "99999999999999999999999999.999999999999"),
            ("007", "7"), (".5", "0.5"), ("5.", "5"),
        ])
    func plainText(text: String, plain: String) {
        #expect(Money(text)?.plain == plain)
    }

    @Test(
        "what is no decimal, or would have to be rounded, is refused",
        arguments: [
            "", "-", ".", "1.2.3", "1,5", "abc", "1e", "0x10", "NaN", "Infinity", " 1", "1 ",
            "0.0000000000001", "1e400", "1e99999999999", "99999999999999999999999999999999999999999",
        ])
    func refused(text: String) {
        #expect(Money(text) == nil)
    }

    @Test("a provider's own digits survive, however many there are")
    func statedCost() {
        #expect(DecimalText("3.7999999999999996e-07")?.plain == "0.00000037999999999999996")
        #expect(DecimalText("1.0")?.plain == "1")
        #expect(DecimalText("1200")?.plain == "1200")
        #expect(DecimalText("1.2e3")?.plain == "1200")
    }

    @Test(
        "rounding is half to even and only for display",
        arguments: [
            ("0.0000005", 6, "0"), ("0.0000015", 6, "0.000002"), ("0.0000025", 6, "0.000002"),
            ("-0.0000015", 6, "-0.000002"), ("0.00000050001", 6, "0.000001"), ("2.5", 0, "2"),
            ("3.5", 0, "4"),
        ])
    func rounding(text: String, decimals: Int, expected: String) throws {
        #expect(try #require(Money(text)).rounded(toDecimals: decimals).plain == expected)
    }

    @Test("columns have a fixed number of decimals")
    func columns() throws {
        #expect(try #require(Money("1.5")).text(decimals: 6) == "1.500000")
        #expect(Money.zero.text(decimals: 6) == "0.000000")
        #expect(try #require(Money("-0.1234565")).text(decimals: 6) == "-0.123456")
        #expect(try #require(Money("7.6")).text(decimals: 0) == "8")
    }

    @Test("division says whether anything was left over")
    func division() {
        #expect(dividedHalfEven(10, by: 4) == (2, false))
        #expect(dividedHalfEven(14, by: 4) == (4, false))
        #expect(dividedHalfEven(-10, by: 4) == (-2, false))
        #expect(dividedHalfEven(-11, by: 4) == (-3, false))
        #expect(dividedHalfEven(12, by: 4) == (3, true))
        #expect(dividedHalfEven(Int128.max, by: 2).quotient == Int128.max / 2 + 1)
    }

    @Test("quantities are whole or have at most nine decimals")
    func quantities() {
        #expect(Quantity(42).plain == "42")
        #expect(Quantity("12.5")?.plain == "12.5")
        #expect(Quantity("12.5")?.whole == nil)
        #expect(Quantity("12.0")?.whole == 12)
        #expect(Quantity("0.0000000001") == nil)
    }
}
