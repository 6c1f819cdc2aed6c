// The usage that a record's entries stand for. As long as nobody read the record's usage object again it is
// the record's own; after a correction of quantities the entries know better, because the record itself
// is never rewritten. Whoever rates booked usage again rates this one, else it would undo that correction.
public import Terms

extension StoredRecord {
    /// Whether the entries that stand are for these readings, whatever they cost.
    public func books(_ usage: Usage) -> Bool {
        var wanted: Set<BookedReading> = []
        for (index, component) in usage.components.enumerated() {
            for reading in component.readings where reading.quantity != .zero {
                wanted.insert(BookedReading(component: index, meter: reading.meter, reading.quantity))
            }
        }
        return Set(bookedReadings) == wanted
    }

    /// The record's usage with the components that are booked.
    ///
    /// A component that differs loses its count of context tokens where that was the sum of its readings: it
    /// follows from them anew.
    public var bookedUsage: Usage {
        guard !books(record.usage) else { return record.usage }
        var usage = record.usage
        let booked = bookedReadings
        let selectors = usage.components.first?.selectors ?? Selectors()
        for index in 0...max(usage.components.count - 1, booked.map(\.component).max() ?? 0) {
            if index >= usage.components.count {
                usage.components.append(Component(model: nil, readings: [], selectors: selectors))
            }
            let old = usage.components[index]
            var readings = booked.filter { $0.component == index }.map { MeterReading($0.meter, $0.quantity) }
            // What came to nothing is still known to be nothing.
            for reading in old.readings where !readings.contains(where: { $0.meter == reading.meter }) {
                readings.append(MeterReading(reading.meter, .zero))
            }
            readings.sort { $0.meter < $1.meter }
            if old.selectors.contextTokens == old.inputTokens {
                usage.components[index].selectors.contextTokens = nil
            }
            usage.components[index].readings = readings
        }
        return usage
    }

    private var bookedReadings: [BookedReading] {
        standing.filter { $0.book == .list && $0.kind != .adjustment && $0.quantity != .zero }
            .map { BookedReading(component: $0.component, meter: $0.meter, $0.quantity) }
    }
}

private struct BookedReading: Hashable {
    let component: Int
    let meter: Meter
    let quantity: Quantity

    init(component: Int, meter: Meter, _ quantity: Quantity) {
        self.component = component
        self.meter = meter
        self.quantity = quantity
    }
}

extension Component {
    fileprivate var inputTokens: Int64 {
        readings.reduce(0) { sum, reading in
            sum + (reading.meter.isInputTokens ? reading.quantity.whole ?? 0 : 0)
        }
    }
}
