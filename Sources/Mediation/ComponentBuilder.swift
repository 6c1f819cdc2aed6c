// What is billed of one exchange: the headline under the model that served it, and beside it what
// other models did for it.

import Terms

/// Builds the components of a stated report.
struct ComponentBuilder {
    private(set) var components: [Component] = []
    private(set) var anomalies: [Anomaly] = []
    let dialect: Dialect
    /// Of the response; an object, because its facts are many.
    let core: EventReader
    private let selectors: Selectors

    init(
        report: Snapshot, settled: SettledCounts, parts: [UsageReport.Part],
        units: [UsageReport.Unit] = [], dialect: Dialect,
        core: EventReader, model: String?, selectors: Selectors
    ) {
        self.dialect = dialect
        self.core = core
        self.selectors = selectors
        let breakdown = parts.filter { $0.kind == .breakdown }
        if isPartition(breakdown, of: settled) {
            addBreakdown(breakdown)
            addCalls(report, model)
        } else {
            if !breakdown.isEmpty { note(.detailMismatch) }
            addPrimary(report, settled, parts, units, model)
        }
        for part in parts { addPart(part, model) }
        addTools(parts)
    }

    /// Calls of tools belong to the system as a whole where its work divides over models.
    private mutating func addCalls(_ report: Snapshot, _ model: String?) {
        var readings: [MeterReading] = []
        addSearches(report, model, to: &readings)
        guard !readings.isEmpty else { return }
        components.append(
            Component(role: .toolModel, model: model, readings: readings, selectors: selectors))
    }

    /// Sessions and judgements beside the model, under names of their own.
    private mutating func addTools(_ parts: [UsageReport.Part]) {
        if !core.facts.containers.isEmpty {
            let sessions = Quantity(Int64(core.facts.containers.count))
            let reading = MeterReading(Meter("code.session"), sessions, status: .derived)
            components.append(Component(role: .toolModel, model: "container", readings: [reading]))
        }
        var judged: [Meter: Quantity] = [:]
        for part in parts where part.kind == .guardrail {
            for unit in part.units { judged[unit.meter, default: .zero] += unit.quantity }
        }
        let readings = judged.filter { $0.value > .zero }.map { MeterReading($0.key, $0.value) }
        guard !readings.isEmpty else { return }
        components.append(
            Component(
                role: .toolModel, model: "guardrail", readings: readings.sorted { $0.meter < $1.meter },
                selectors: selectors))
    }

    private mutating func note(_ anomaly: Anomaly) {
        if !anomalies.contains(anomaly) { anomalies.append(anomaly) }
    }

    private mutating func addPrimary(
        _ report: Snapshot, _ settled: SettledCounts, _ parts: [UsageReport.Part],
        _ units: [UsageReport.Unit], _ model: String?
    ) {
        let split = MeterSplit(
            report, settled, dialect, cacheKind: core.facts.cacheKind,
            unnamedOutput: dialect.traits.unnamedOutput)
        for anomaly in split.anomalies { note(anomaly) }
        var readings = split.readings
        add(units, to: &readings)
        addSearches(report, model, to: &readings)
        if let size = core.facts.searchContext, report[.webSearches] == nil {
            readings.append(MeterReading(Meter("request.search_\(size)"), Quantity(1)))
            readings.sort { $0.meter < $1.meter }
        }
        // A declined attempt is not charged; the headline is what the model that took over used.
        let served = parts.last { $0.kind == .iteration && $0.type == "fallback_message" }
        add(served == nil ? .primary : .fallback, served?.model ?? model, readings)
    }

    private mutating func add(_ role: Component.Role, _ model: String?, _ readings: [MeterReading]) {
        var input: Int64 = 0
        for reading in readings where reading.meter.isInputTokens { input += reading.quantity.whole ?? 0 }
        components.append(Component(role: role, model: model, readings: readings, selectors: selectors))
        components[components.count - 1].selectors.contextTokens = input
    }

    /// Parts that the headline leaves out and that are charged for.
    private mutating func addPart(_ part: UsageReport.Part, _ model: String?) {
        let role: Component.Role
        switch (part.kind, part.type) {
        case (.iteration, "compaction"): role = .compaction
        case (.iteration, "advisor_message"): role = .advisor
        case (.imageTool, _): role = .imageTool
        case (.svgAuthor, _): role = .svgAuthor
        default: return
        }
        guard !part.cells.isAllZero else { return }
        let split = MeterSplit(part.cells, SettledCounts(part.cells, dialect), dialect)
        for anomaly in split.anomalies { note(anomaly) }
        add(role, part.model ?? (role == .imageTool ? core.facts.toolModel : model), split.readings)
    }

    /// Whether the parts add up to the headline: only then do they say who did what of it.
    private func isPartition(_ parts: [UsageReport.Part], of settled: SettledCounts) -> Bool {
        guard !parts.isEmpty, parts.allSatisfy({ $0.model != nil }) else { return false }
        let input = parts.reduce(0 as Int64) { $0 + ($1.cells[.input] ?? 0) }
        let output = parts.reduce(0 as Int64) { $0 + ($1.cells[.output] ?? 0) }
        return input == settled.input && output == settled.output
    }

    /// One component per model of a partition, in the order in which the models first occur.
    private mutating func addBreakdown(_ parts: [UsageReport.Part]) {
        var models: [String] = []
        for part in parts { if let model = part.model, !models.contains(model) { models.append(model) } }
        for model in models {
            var quantities: [Meter: Quantity] = [:]
            for part in parts where part.model == model {
                let split = MeterSplit(part.cells, SettledCounts(part.cells, dialect), dialect)
                for anomaly in split.anomalies { note(anomaly) }
                for reading in split.readings {
                    quantities[reading.meter, default: .zero] += reading.quantity
                }
            }
            let readings = quantities.map { MeterReading($0.key, $0.value) }.sorted { $0.meter < $1.meter }
            add(.primary, model, readings)
        }
    }
}
