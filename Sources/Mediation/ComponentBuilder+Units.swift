// What a component holds beside tokens: quantities in other units, searches, stated money.

import Terms

extension ComponentBuilder {
    func add(_ units: [UsageReport.Unit], to readings: inout [MeterReading]) {
        for unit in units where unit.quantity > .zero {
            var meter = unit.meter
            var quantity = unit.quantity
            if let pages = dialect.traits.annotation, core.facts.isAnnotated, meter == pages.plain {
                meter = pages.annotated
            }
            if meter == .videoSeconds, let size = core.facts.videoSize {
                meter = Meter("\(meter.rawValue).\(size)")
            }
            if let least = dialect.traits.minimums.first(where: { $0.meter == meter }) {
                quantity = max(quantity, least.quantity)
            }
            for rule in dialect.traits.unitsInsteadOf where rule.unit == meter {
                readings.removeAll { rule.cell.meters.contains($0.meter) }
            }
            guard !dialect.traits.unlessCounted.contains(meter) || readings.isEmpty else { continue }
            readings.append(MeterReading(meter, quantity))
        }
        if let meter = dialect.traits.choiceMeter, readings.isEmpty, core.facts.choices > 0 {
            readings.append(MeterReading(meter, Quantity(Int64(core.facts.choices)), status: .derived))
        }
        addStatedMoney(to: &readings)
        readings.sort { $0.meter < $1.meter }
    }

    /// Where the provider's own statement is what is charged, the amounts stand beside the counts that
    /// they are for; a price names either these or those.
    private func addStatedMoney(to readings: inout [MeterReading]) {
        guard dialect.traits.costIsCharge else { return }
        if let amount = core.facts.cost.flatMap({ Quantity(rounding: $0) }), amount > .zero {
            readings.append(MeterReading(.providerCost, amount))
        }
        guard core.facts.isOwnAccount else { return }
        if let amount = core.facts.upstreamCost.flatMap({ Quantity(rounding: $0) }), amount > .zero {
            readings.append(MeterReading(.upstreamCost, amount))
        }
    }

    /// Searches that the report counts, or those that the response lists.
    func addSearches(_ report: Snapshot, _ model: String?, to readings: inout [MeterReading]) {
        defer { readings.sort { $0.meter < $1.meter } }
        for (tool, calls) in zip(dialect.traits.hostedTools, core.facts.hostedCalls) where calls > 0 {
            add(tool.meter, calls, to: &readings)
        }
        if core.facts.isGroundedInMaps { add(Meter("grounding.maps"), 1, to: &readings) }
        let stated = report[.webSearches] ?? 0
        let count = max(stated, Int64(core.facts.searches))
        guard count > 0 else {
            let searches = dialect.traits.searchingModels.contains { model?.holds(text: $0) ?? false }
            if searches, !readings.isEmpty { add(dialect.traits.searchMeter, 1, to: &readings) }
            return
        }
        let status: QuantityStatus = stated > 0 ? .reported : .derived
        if let prompt = dialect.traits.searchedPrompt,
            prompt.models.contains(where: { model?.hasPrefix($0) ?? false })
        {
            readings.append(MeterReading(prompt.meter, Quantity(1), status: status))
        } else {
            readings.append(MeterReading(dialect.traits.searchMeter, Quantity(count), status: status))
        }
    }
}

extension ComponentBuilder {
    /// What follows from the answer without being stated; several tools may share a meter.
    private func add(_ meter: Meter, _ calls: Int, to readings: inout [MeterReading]) {
        if let known = readings.firstIndex(where: { $0.meter == meter && $0.status == .derived }) {
            readings[known].quantity += Quantity(Int64(calls))
        } else {
            readings.append(MeterReading(meter, Quantity(Int64(calls)), status: .derived))
        }
    }
}

extension Cell {
    /// The meters that count this cell's tokens.
    var meters: [Meter] {
        switch self {
        case .audioInput: [.audioInput, .audioCacheRead]
        case .imageInput: [.imageInput, .imageCacheRead]
        case .audioOutput: [.audioOutput]
        default: []
        }
    }
}
