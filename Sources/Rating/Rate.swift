// One price of one meter, and the single place where a quantity becomes money.
public import Terms

/// Money per so many units of one meter.
public struct Rate: Hashable, Sendable {
    public let meter: Meter
    /// The meter whose rate this one repeats, when the file says `same_as`.
    public let sameAs: Meter?
    /// Shared by all rates of a file with the same numbers: a book has tens of thousands of rates and few
    /// hundred prices.
    let fixed: Fixed

    init(meter: Meter, fixed: Fixed, sameAs: Meter? = nil) {
        self.meter = meter
        self.fixed = fixed
        self.sameAs = sameAs
    }

    /// As written in the price file, before the entry's multiplier.
    public var amount: DecimalText { fixed.written.amount }
    /// How many units of the meter ``amount`` buys.
    public var per: Int64 { fixed.written.per }
    /// The least that is billed once anything was used, such as ten seconds of audio; zero: no minimum.
    public var minimum: Quantity { fixed.written.minimum }
    /// Currency units for one unit of the meter, multiplier included.
    public var perUnit: Ratio { fixed.perUnit }
    var written: Written { fixed.written }
    var unitPrice: UnitPrice { fixed.unitPrice }

    /// No rate is above a million currency units for one unit of a meter. With quantities of up to
    /// ``TokenCounts/limit`` units the product then fits 128 bits with room for every sum.
    static let highestUnitPrice: Int64 = 1_000_000

    /// What a quantity costs; see ``UnitPrice/price(_:)``.
    func price(_ quantity: Quantity) -> (amount: Money, rounded: Bool)? { fixed.unitPrice.price(quantity) }

    /// The numbers of a rate as they stand in a price file.
    struct Written: Hashable, Sendable {
        let amount: DecimalText
        let per: Int64
        /// The rate's own, or its entry's.
        let multiply: Ratio
        let minimum: Quantity
    }

    /// What those numbers come to.
    final class Fixed: Hashable, Sendable {
        let written: Written
        let perUnit: Ratio
        let unitPrice: UnitPrice

        /// - Returns: nil when the price is negative, above the highest price, or finer than 128 bits hold.
        init?(_ written: Written) {
            guard !written.amount.negative, written.minimum >= .zero, written.per > 0,
                written.multiply.numerator >= 0, let price = Ratio(written.amount),
                let divisor = Ratio(written.per).inverse, let single = price.multiplied(by: divisor),
                let unit = single.multiplied(by: written.multiply), !unit.exceeds(Rate.highestUnitPrice),
                let unitPrice = UnitPrice(unit, minimum: written.minimum)
            else { return nil }
            self.written = written
            perUnit = unit
            self.unitPrice = unitPrice
        }

        static func == (a: Fixed, b: Fixed) -> Bool { a === b || a.written == b.written }

        func hash(into hasher: inout Hasher) { hasher.combine(written) }
    }
}

/// A price for one unit, ready to multiply.
struct UnitPrice: Hashable, Sendable {
    /// Picos per nano-unit.
    private let numerator: Int128
    private let denominator: Int128
    /// Picos per whole unit where that is a whole number, else -1: nearly always, and then nothing divides.
    private let picosPerUnit: Int64
    private let minimum: Quantity

    /// - Parameters:
    ///   - unit: currency units for one unit of the meter.
    ///   - minimum: what is billed at least of any quantity above zero.
    /// - Returns: nil when 128 bits cannot hold the price of ``TokenCounts/limit`` units.
    init?(_ unit: Ratio, minimum: Quantity = .zero) {
        guard let picos = unit.multiplied(by: Ratio(1_000_000_000_000)),
            let scaled = Ratio(1, over: 1_000_000_000).flatMap({ picos.multiplied(by: $0) })
        else { return nil }
        let largest = Int128(TokenCounts.limit) * 1_000_000_000
        guard minimum.nanos <= largest, !largest.multipliedReportingOverflow(by: scaled.numerator).overflow
        else { return nil }
        numerator = scaled.numerator
        denominator = scaled.denominator
        picosPerUnit = picos.denominator == 1 ? Int64(exactly: picos.numerator) ?? -1 : -1
        self.minimum = minimum
    }

    /// What a quantity costs: exact, or rounded once, half to even, where the quotient is no whole pico.
    ///
    /// - Returns: nil when the product does not fit, which takes more than ``TokenCounts/limit`` units.
    func price(_ used: Quantity) -> (amount: Money, rounded: Bool)? {
        let quantity = used < minimum && used.nanos > 0 ? minimum : used
        if picosPerUnit >= 0, let nanos = Int64(exactly: quantity.nanos) {
            let (units, rest) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
            if rest == 0 {
                let (picos, overflow) = units.multipliedReportingOverflow(by: picosPerUnit)
                return (Money(picos: overflow ? Int128(units) * Int128(picosPerUnit) : Int128(picos)), false)
            }
        }
        let (product, overflow) = quantity.nanos.multipliedReportingOverflow(by: numerator)
        guard !overflow else { return nil }
        let (picos, exact) = dividedHalfEven(product, by: denominator)
        return (Money(picos: picos), !exact)
    }
}
