// What usage reports hold beside plain counts of tokens: quantities in other units, counts of what is
// charged for, parts under other models, and counts that only stand in for what nothing else states.

import Terms
import Wire

extension UsageReport {
    /// A quantity of one meter.
    struct Unit: Sendable {
        var meter: Meter
        var quantity: Quantity
    }

    // MARK: Stating

    mutating func stateUnit(_ meter: Meter, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        guard let quantity = quantity(bytes, kind) else { return }
        // What stands repeatedly in one report adds up.
        if let known = currentUnits.firstIndex(where: { $0.meter == meter }) {
            currentUnits[known].quantity += quantity
        } else {
            currentUnits.append(Unit(meter: meter, quantity: quantity))
        }
    }

    mutating func statePartUnit(_ meter: Meter, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        guard let quantity = quantity(bytes, kind) else { return }
        partUnits.append(Unit(meter: meter, quantity: quantity))
    }

    mutating func stateBilled(_ cell: Cell, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        if let value = usable(bytes, kind) { currentBilled[cell] = value }
    }

    /// The input count of the current object is the whole prompt.
    mutating func settleWholeInput() {
        inputIsWhole = false
        guard let whole = current[.uncachedInput] else { return }
        if current[.input] == nil { current[.input] = whole }
        current[.uncachedInput] = nil
    }

    /// An exact quantity, nil when there is none or none that can be.
    mutating func quantity(_ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) -> Quantity? {
        guard let number = moneyText(bytes, kind) else { return nil }
        guard !number.negative else {
            note(.negativeCount)
            return nil
        }
        let largest = Int128(TokenCounts.limit) * 1_000_000_000
        guard let nanos = number.fixed(places: 9) ?? Self.nanos(number), nanos <= largest else {
            note(.absurdCount)
            return nil
        }
        return Quantity(nanos: nanos)
    }

    /// A number with more decimals than a quantity has (clocks tell such), cut behind the ninth.
    private static func nanos(_ number: DecimalText) -> Int128? {
        guard number.scale > 9, number.scale <= 38 else { return nil }
        let divisor = (9..<number.scale).reduce(UInt128(1)) { power, _ in power * 10 }
        return Int128(exactly: number.digits / divisor)
    }

    /// Takes over what the object states in other units. True when it stated something.
    mutating func takeUnits() -> Bool {
        let states = !currentUnits.isEmpty || !currentBilled.isEmpty
        guard states else { return false }
        for unit in currentUnits {
            if let known = units.firstIndex(where: { $0.meter == unit.meter }) {
                units[known] = unit
            } else {
                units.append(unit)
            }
        }
        billed.counts.overlay(currentBilled.counts)
        // What the model saw is not told: what is charged for is all there is.
        if current.isEmpty { current = currentBilled.counts }
        currentUnits.removeAll(keepingCapacity: true)
        currentBilled.clear()
        return true
    }

    /// The document around quantities without a usage object ended.
    mutating func endLooseUnits() {
        guard !currentUnits.isEmpty, takeUnits() else { return }
        current = Snapshot()
        isStated = true
    }

    /// Counts that stand in for what nothing else states.
    mutating func endFill(label: String?, _ bytes: ArraySlice<UInt8>) {
        let stood = current
        current = Snapshot()
        guard !stood.isEmpty else { return }
        fill(stood)
        keepRaw(Raw(label: label, isSide: true, bytes: Array(bytes)), replacing: false)
    }

    /// Counts of the response's headers, by the headers' names.
    mutating func fill(fromHeaders counts: [(name: String, cell: Cell, value: Int64)]) {
        var stood = Snapshot()
        // A body that states its input and no cache has none; a header's zero says nothing more.
        let statesInput = states(.uncachedInput)
        for count in counts where !states(count.cell) {
            let isCache = count.cell == .cacheRead || count.cell == .cacheWrite
            if !(isCache && statesInput && count.value == 0) { stood[count.cell] = count.value }
        }
        guard !stood.isEmpty else { return }
        fill(stood)
        let members = counts.filter { stood[$0.cell] != nil }.map { "\"\($0.name)\":\($0.value)" }
        let text = "{" + members.joined(separator: ",") + "}"
        keepRaw(Raw(label: "headers", isSide: true, bytes: Array(text.utf8)), replacing: false)
    }

    private mutating func fill(_ stood: Snapshot) {
        for cell in Cell.allCases where !states(cell) {
            if let value = stood[cell] { merged[cell] = value }
        }
        isStated = true
    }

    /// The whole prompt and what of it no cache held are two spellings of one side.
    private func states(_ cell: Cell) -> Bool {
        if merged[cell] != nil { return true }
        return cell == .uncachedInput && merged[.input] != nil
    }

    // MARK: Parts

    mutating func clearPart() {
        part.clear()
        partUnits.removeAll(keepingCapacity: true)
        partType = nil
        partModel = nil
    }

    /// A part that no report lists: it is one by itself.
    mutating func addDirectly(_ kind: PartKind) {
        guard !part.isEmpty || !partUnits.isEmpty else { return }
        guard parts.count < limits.parts else { return note(.tapLimit) }
        parts.append(Part(kind: kind, type: partType, model: partModel, cells: part.counts, units: partUnits))
        isStated = true
    }

    /// What a guardrail judged is charged for beside the report, and is none by itself.
    mutating func addGuardrail() {
        guard !partUnits.isEmpty, parts.count < limits.parts else { return }
        parts.append(Part(kind: .guardrail, cells: Snapshot(), units: partUnits))
    }

    mutating func addLifetime() {
        guard let count = part[.elementCount] else { return }
        let cell: Cell? =
            switch partType {
            case "5m": .cacheWrite5m
            case "30m": .cacheWrite30m
            case "1h": .cacheWrite1h
            case "12h": .cacheWrite12h
            default: nil
            }
        // A list of lifetimes is complete: what it leaves out was not written.
        for other in [Cell.cacheWrite5m, .cacheWrite1h] where current[other] == nil { current[other] = 0 }
        if let cell { current[cell] = (current[cell] ?? 0) + count }
    }

    mutating func addToolCalls() {
        guard let count = part[.elementCount] else { return }
        switch partType {
        case "google_search": current[.webSearches] = (current[.webSearches] ?? 0) + count
        case "google_maps":
            currentUnits.append(Unit(meter: Meter("grounding.maps"), quantity: Quantity(count)))
        default: break
        }
    }

    /// The part that was read, which ends with it.
    mutating func takePart() -> Part {
        defer { clearPart() }
        return Part(
            kind: .batchResult, type: partType, model: partModel, cells: part.counts, units: partUnits)
    }
}
