// The columns of `entry`. What the entries of a batch have in common — model, meter, rate and so on —
// repeats from record to record, so it is sent once and referred to by number: that is most of an
// entry's bytes.
import Bookkeeping
import Postgres
import Terms

struct EntryColumns {
    private let record = ArrayParameter(.int4)
    private let number = ArrayParameter(.int2)
    private let line = ArrayParameter(.int4)
    private let quantity = ArrayParameter(.numeric)
    private let amount = ArrayParameter(.numeric)
    private let lines = LineColumns()
    private var known: [Line] = []
    private var numbers: [Line: Int] = [:]
    /// Records that follow each other are often of one kind: then the next entry's line is the one
    /// after the last entry's.
    private var last = -1

    mutating func append(_ entry: borrowing Entry, record position: Int32) {
        record.append(position)
        number.append(Int16(clamping: entry.number))
        line.append(Int32(truncatingIfNeeded: lineNumber(of: entry)))
        // A quantity too large for the column is refused by it, and the record quarantined.
        let picos = entry.quantity.nanos.multipliedReportingOverflow(by: 1000)
        quantity.append(picos: picos.overflow ? .max : picos.partialValue)
        if let picos = entry.amount?.picos { amount.append(picos: picos) } else { amount.appendNull() }
    }

    private mutating func lineNumber(of entry: borrowing Entry) -> Int {
        if isKnown(entry, as: last + 1) {
            last += 1
            return last
        }
        if isKnown(entry, as: 0) {
            last = 0
            return last
        }
        let line = Line(entry)
        if let number = numbers[line] {
            last = number
            return number
        }
        last = known.count
        numbers[line] = last
        known.append(line)
        lines.append(line)
        return last
    }

    private func isKnown(_ entry: borrowing Entry, as number: Int) -> Bool {
        number < known.count && known[number].isLine(of: entry)
    }

    func add(to parameters: inout Parameters) {
        for column in [record, number, line, quantity, amount] { parameters.add(column) }
        for column in lines.all { parameters.add(column) }
    }

    mutating func removeAll() {
        for column in [record, number, line, quantity, amount] + lines.all { column.removeAll() }
        known.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        last = -1
    }
}

/// What entries share. An object, because lines are compared with every entry and hold ten texts.
private final class Line: Hashable {
    let kind: EntryKind
    let component: Int
    let model: String
    let meter: Meter
    let currency: Currency
    let book: Book
    let alsoContracted: Bool
    let alsoChargeback: Bool
    let rateID: String
    let priceVersion: String
    let rounded: Bool

    init(_ entry: borrowing Entry) {
        kind = entry.kind
        component = entry.component
        model = entry.model
        meter = entry.meter
        currency = entry.currency
        book = entry.book
        alsoContracted = entry.alsoContracted
        alsoChargeback = entry.alsoChargeback
        rateID = entry.rateID
        priceVersion = entry.priceVersion
        rounded = entry.rounded
    }

    static func == (a: Line, b: Line) -> Bool {
        a.kind == b.kind && a.component == b.component && a.book == b.book
            && a.alsoContracted == b.alsoContracted && a.alsoChargeback == b.alsoChargeback
            && a.rounded == b.rounded && a.meter == b.meter && a.model == b.model
            && a.rateID == b.rateID && a.priceVersion == b.priceVersion && a.currency == b.currency
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(component)
        hasher.combine(book)
        hasher.combine(meter)
        hasher.combine(model)
        hasher.combine(rateID)
    }

    func isLine(of entry: borrowing Entry) -> Bool {
        kind == entry.kind && component == entry.component && book == entry.book
            && alsoContracted == entry.alsoContracted && alsoChargeback == entry.alsoChargeback
            && rounded == entry.rounded && meter == entry.meter && model == entry.model
            && rateID == entry.rateID && priceVersion == entry.priceVersion && currency == entry.currency
    }
}

private struct LineColumns {
    private let kind = ArrayParameter(.text)
    private let component = ArrayParameter(.int2)
    private let model = ArrayParameter(.text)
    private let meter = ArrayParameter(.text)
    private let currency = ArrayParameter(.text)
    private let book = ArrayParameter(.text)
    private let alsoContracted = ArrayParameter(.bool)
    private let alsoChargeback = ArrayParameter(.bool)
    private let rateID = ArrayParameter(.text)
    private let priceVersion = ArrayParameter(.text)
    private let rounded = ArrayParameter(.bool)

    func append(_ line: Line) {
        kind.append(line.kind.rawValue)
        component.append(Int16(clamping: line.component))
        model.append(line.model)
        meter.append(line.meter.rawValue)
        currency.append(line.currency.code)
        book.append(line.book.rawValue)
        alsoContracted.append(line.alsoContracted)
        alsoChargeback.append(line.alsoChargeback)
        rateID.append(line.rateID)
        priceVersion.append(line.priceVersion)
        rounded.append(line.rounded)
    }

    var all: [ArrayParameter] {
        [
            kind, component, model, meter, currency, book, alsoContracted, alsoChargeback, rateID,
            priceVersion, rounded,
        ]
    }
}
