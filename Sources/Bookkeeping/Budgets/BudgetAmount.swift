public import Terms

/// How much of a budget's unit: money of one currency, tokens or requests. Exact, in picos (10⁻¹²) of the
/// unit whichever it is, so that limits, holds and leases of all units are added by the same code.
public struct BudgetAmount: Hashable, Comparable, Sendable {
    public let picos: Int128

    public static let zero = BudgetAmount(picos: 0)
    private static let unit: Int128 = 1_000_000_000_000

    public init(picos: Int128) { self.picos = picos }
    public init(_ money: Money) { picos = money.picos }
    /// Tokens or requests.
    public init(whole: Int64) { picos = Int128(whole) * Self.unit }

    /// Reads a decimal such as `10.00`; at most twelve decimals, no sign or exponent, below 10¹⁵ units.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }),
            let picos = DecimalText(text)?.fixed(places: 12), picos >= 0, picos < Self.unit * Self.largest
        else { return nil }
        self.picos = picos
    }

    public var isWhole: Bool { picos % Self.unit == 0 }

    private static let largest: Int128 = 1_000_000_000_000_000

    // Every amount is below 10¹⁵ units and counts are bounded in Mediation: an overflow is our bug.
    public static func + (a: BudgetAmount, b: BudgetAmount) -> BudgetAmount {
        BudgetAmount(picos: a.picos + b.picos)
    }
    public static func - (a: BudgetAmount, b: BudgetAmount) -> BudgetAmount {
        BudgetAmount(picos: a.picos - b.picos)
    }
    public static func += (a: inout BudgetAmount, b: BudgetAmount) { a = a + b }
    public static func -= (a: inout BudgetAmount, b: BudgetAmount) { a = a - b }
    public static func < (a: BudgetAmount, b: BudgetAmount) -> Bool { a.picos < b.picos }

    /// A share of it, rounded down.
    public func divided(by count: Int) -> BudgetAmount { BudgetAmount(picos: picos / Int128(max(1, count))) }

    /// So many hundredths of it, rounded up.
    public func percent(_ hundredths: Int) -> BudgetAmount {
        BudgetAmount(picos: (picos * Int128(hundredths) + 99) / 100)
    }

    /// Whole units, rounded down.
    public var whole: Int128 { picos / Self.unit }

    /// Nothing below zero.
    public var positive: BudgetAmount { max(self, .zero) }

    /// Plain decimal text: no exponent, no trailing zeros.
    public var plain: String { DecimalText.plain(picos, places: 12) }
}
