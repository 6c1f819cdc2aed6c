// Exchanges whose headline is not one report: several responses in one, results of a batch, and work
// that is charged for by something else than tokens and reports nothing at all.

import Terms

extension Judgement {
    /// The name under which the answer was sold.
    var soldModel: String? {
        if let name = dialect.traits.soldAs { return name }
        if dialect.traits.sellsPathModel, let model = seen.surface.pathModel { return model }
        let model = core.facts.soldModel ?? core.facts.model ?? usage.modelRequested
        return model.map { $0.hasPrefix("models/") ? String($0.dropFirst("models/".utf8.count)) : $0 }
    }

    // MARK: Several responses

    /// True when the exchange brought several responses, each of which is a component.
    mutating func countParts() -> Bool {
        if dialect.traits.isBatch {
            countBatch()
            return true
        }
        let parts = core.report.parts.filter {
            $0.kind == .response || $0.kind == .transcription
        }
        guard !parts.isEmpty else { return false }
        for part in parts { add(part) }
        let units = core.report.units.filter { $0.quantity > .zero }
        guard !units.isEmpty else { return true }
        let readings = units.map { MeterReading($0.meter, $0.quantity) }
        usage.components.insert(
            Component(
                model: soldModel, readings: readings.sorted { $0.meter < $1.meter },
                selectors: commonSelectors()), at: 0)
        return true
    }

    private mutating func add(_ part: UsageReport.Part) {
        let settled = SettledCounts(part.cells, dialect)
        let split = MeterSplit(part.cells, settled, dialect)
        for anomaly in settled.anomalies + split.anomalies { usage.note(anomaly) }
        var readings = split.readings
        for unit in part.units where unit.quantity > .zero {
            readings.append(MeterReading(unit.meter, unit.quantity))
        }
        guard !readings.isEmpty else { return }
        var selectors = commonSelectors()
        selectors.contextTokens = settled.input
        let hears = part.kind == .transcription
        let model = part.model ?? (hears ? dialect.traits.transcriptionModel : soldModel)
        usage.components.append(
            Component(
                role: hears ? .transcription : .primary, model: model,
                readings: readings.sorted { $0.meter < $1.meter }, selectors: selectors))
        guard !hears else { return }
        if let input = settled.input { usage.tokens.input = (usage.tokens.input ?? 0) + input }
        if let output = settled.output { usage.tokens.output = (usage.tokens.output ?? 0) + output }
    }

    /// A file of results has no usage of its own: its headline is the sums of the two sides.
    private mutating func countBatch() {
        let batch = core.batch
        usage.tokens.input = batch.input
        usage.tokens.output = batch.output
        usage.model = batch.onlyModel
        for anomaly in batch.anomalies { usage.note(anomaly) }
        usage.components = batch.groups.map { group in
            var selectors = Selectors()
            selectors.batch = true
            selectors.serviceTier = group.tier
            selectors.contextTokens = group.largestInput
            let readings = group.quantities.map { MeterReading($0.key, $0.value) }
            return Component(
                model: group.model, readings: readings.sorted { $0.meter < $1.meter }, selectors: selectors)
        }
    }

    // MARK: No report

    /// Work that is counted by something else than a report. What the exchange shows by itself (the
    /// images in a response, the length of a recording) is no estimate of tokens, and no report either.
    mutating func countWithoutReport() {
        guard succeeded, !core.facts.failed else { return }
        let traits = dialect.traits
        if let meter = traits.countsCalls {
            return set([MeterReading(meter, Quantity(1))], .reported)
        }
        guard usage.notBillable == nil else { return }
        if let meter = traits.durationMeter, let measured = seen.request.audioLength {
            return set([MeterReading(meter, raised(measured, meter), status: .derived)], .derived)
        }
        if let meter = traits.durationMeter, let stated = core.facts.duration {
            set([MeterReading(meter, raised(stated, meter), status: .derived)], .estimated)
        } else if let meter = traits.choiceMeter, core.facts.choices > 0 {
            set([MeterReading(meter, Quantity(Int64(core.facts.choices)), status: .derived)], .estimated)
        } else if let meter = traits.requestTextMeter, seen.request.textBytes > 0 {
            set(
                [MeterReading(meter, Quantity(Int64(seen.request.textBytes)), status: .estimated)], .estimated
            )
        }
    }

    private func raised(_ quantity: Quantity, _ meter: Meter) -> Quantity {
        max(quantity, dialect.traits.minimums.first { $0.meter == meter }?.quantity ?? .zero)
    }

    private mutating func set(_ readings: [MeterReading], _ status: UsageStatus) {
        usage.components = [Component(model: soldModel, readings: readings, selectors: commonSelectors())]
        usage.status = status
    }

    // MARK: Credit

    /// A redeemed credit prices what the refused attempt had read as a read, though the usage still shows
    /// it as written. How much that was, only the refused attempt says.
    mutating func redeemCredit() {
        guard core.facts.creditIsRedeemed else { return }
        usage.note(.repricedByCredit)
        guard let read = seen.refusedCacheRead, read > 0, !usage.components.isEmpty else { return }
        var left = read
        var readings = usage.components[0].readings
        for index in readings.indices where readings[index].meter.isCacheWrite && left > 0 {
            let moved = min(left, readings[index].quantity.whole ?? 0)
            readings[index].quantity = readings[index].quantity - Quantity(moved)
            left -= moved
        }
        readings.removeAll { $0.quantity == .zero }
        let moved = Quantity(read - left)
        if let index = readings.firstIndex(where: { $0.meter == .cacheRead }) {
            readings[index].quantity += moved
        } else if moved > .zero {
            readings.append(MeterReading(.cacheRead, moved, status: .derived))
        }
        usage.components[0].readings = readings.sorted { $0.meter < $1.meter }
        usage.status = .derived
    }
}
