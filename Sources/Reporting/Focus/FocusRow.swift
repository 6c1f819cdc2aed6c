// One row of any FOCUS file as the rules see it: fields by the name of their column, empty and `NULL` both
// null.
import Terms

public struct FocusRow: Sendable {
    /// Position of each column by its name.
    let columns: [String: Int]
    let fields: [String]

    /// - Returns: nil where the column is absent or its field null.
    subscript(_ column: String) -> String? {
        guard let index = columns[column], index < fields.count else { return nil }
        let text = fields[index]
        return text.isEmpty || text == "NULL" || text == "null" ? nil : text
    }

    func has(_ column: String) -> Bool { columns[column] != nil }

    func isNull(_ column: String) -> Bool { self[column] == nil }

    var category: String { self["ChargeCategory"] ?? "" }
    var isCorrection: Bool { self["ChargeClass"] == "Correction" }
    /// Usage and purchases that are no corrections: what has a price and a quantity.
    var isPriced: Bool { (category == "Usage" || category == "Purchase") && !isCorrection }

    func instant(_ column: String) -> Instant? { self[column].flatMap { Instant(rfc3339: $0) } }

    /// Whether two decimals multiplied give a third, exactly; true where one of them is null.
    func product(_ a: String, _ b: String, is c: String) -> Bool {
        guard let a = self[a], let b = self[b], let c = self[c] else { return true }
        guard let a = DecimalText(a), let b = DecimalText(b), let c = DecimalText(c) else { return true }
        return FocusProduct(a, b) == FocusProduct(c)
    }
}

/// A product of two decimals without rounding, in its shortest spelling.
private struct FocusProduct: Equatable {
    private let negative: Bool
    private let high: UInt128
    private let low: UInt128
    private let scale: Int

    init(_ number: DecimalText) {
        self.init(number.digits.multipliedFullWidth(by: 1), scale: number.scale, negative: number.negative)
    }

    init(_ a: DecimalText, _ b: DecimalText) {
        self.init(
            a.digits.multipliedFullWidth(by: b.digits), scale: a.scale + b.scale,
            negative: a.negative != b.negative)
    }

    private init(
        _ product: (high: UInt128, low: UInt128.Magnitude), scale: Int, negative: Bool
    ) {
        var (high, low, scale) = (product.high, product.low, scale)
        let isZero = high == 0 && low == 0
        while !isZero {
            // Ten times a quotient that fits never overflows: its high part is below ten.
            let (upper, carry) = high.quotientAndRemainder(dividingBy: 10)
            let (lower, rest) = (10 as UInt128).dividingFullWidth((carry, low))
            guard rest == 0 else { break }
            (high, low, scale) = (upper, lower, scale - 1)
        }
        self.high = high
        self.low = low
        self.scale = isZero ? 0 : scale
        self.negative = negative && !isZero
    }
}
