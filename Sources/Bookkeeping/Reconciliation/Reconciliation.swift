// What a provider states beside what is booked, cell by cell: per day, and per model, group of meters and key
// as far as both sides tell them apart. Every cell falls into one class; what is no match is a finding, and
// where money differs, an adjustment that would settle it is proposed.
public import Terms

/// What a comparison of one cell came to.
public enum ReconciliationClass: String, CaseIterable, Hashable, Sendable {
    /// Equal, or both nothing.
    case match
    /// The amounts differ by no more than the provider's own rounding.
    case rounding
    /// The provider states more: usage went around the proxy, or was lost.
    case missingHere = "missing_here"
    /// The ledger has more: the provider reports late, or never charged.
    case missingThere = "missing_there"
    /// The same quantity at another amount.
    case price
    /// The ledger had to estimate and is off.
    case estimate
    /// Taxes, credits and other lines that are no usage.
    case taxOrCredit = "tax_credit"

    public var isDifference: Bool { self != .match && self != .rounding }
}

/// One cell that was compared.
public struct ReconciliationFinding: Hashable, Sendable {
    public enum Measure: String, Hashable, Sendable { case quantity, amount }

    public let kind: ProviderFileKind
    public let account: String
    public let key: ProviderLine.Key
    public let measure: Measure
    public let verdict: ReconciliationClass
    /// Quantities as they are, amounts in the key's currency; in plain decimals.
    public let ours: String
    public let theirs: String
    public let difference: String
    /// For an amount: what would have to be booked so that both sides agree.
    public let adjustment: Money
}

/// The findings of one run.
public struct Reconciliation: Sendable {
    public private(set) var findings: [ReconciliationFinding] = []
    /// By which of model, meters and key each file was compared, in words.
    public private(set) var notes: [String] = []
    private let cells: LedgerCells
    private let aliases: [String: String]

    /// - Parameters:
    ///   - aliases: the ledger's names for models and keys that the provider names otherwise.
    public init(_ lines: [ProviderLine], _ cells: LedgerCells, aliases: [String: String]) {
        self.cells = cells
        self.aliases = aliases
        let files = Dictionary(grouping: lines) { FileKey($0) }
        let sorted = files.keys.sorted {
            ($0.provider, $0.kind.rawValue, $0.account) < ($1.provider, $1.kind.rawValue, $1.account)
        }
        // Quantities first: they tell whether an amount differs by its price.
        var verdicts: [VerdictKey: ReconciliationClass] = [:]
        for file in sorted { compareQuantities(file, files[file] ?? [], &verdicts) }
        for file in sorted { compareAmounts(file, files[file] ?? [], verdicts) }
        findings.sort { a, b in
            a.key == b.key
                ? (a.kind.rawValue, a.measure.rawValue) < (b.kind.rawValue, b.measure.rawValue)
                : a.key < b.key
        }
    }

    public var differences: [ReconciliationFinding] { findings.filter(\.verdict.isDifference) }

    private struct FileKey: Hashable {
        let kind: ProviderFileKind
        let account: String
        let provider: String

        init(_ line: ProviderLine) {
            kind = line.kind
            account = line.account
            provider = line.key.provider
        }
    }

    private struct VerdictKey: Hashable {
        let provider: String
        let day: CivilDate
        let model: String
        let group: MeterGroup
    }

    /// What both sides tell apart.
    private struct Level {
        var byModel = true
        var byKey = true
        var groups: Set<MeterGroup> = []
        let days: Set<CivilDate>
    }

    private func level(_ file: FileKey, _ lines: [ProviderLine], _ usage: [ProviderLine]) -> Level {
        var level = Level(days: Set(lines.map(\.key.day)))
        let ours = cells.sums.keys.filter { $0.provider == file.provider && level.days.contains($0.day) }
        let models = Set(usage.map { named($0.key.model) })
        level.byModel =
            !models.contains("") && !models.isEmpty
            && (ours.isEmpty || !models.isDisjoint(with: ours.map(\.model)))
        let keys = Set(usage.map { named($0.key.key) })
        level.byKey = !keys.contains("") && !keys.isDisjoint(with: ours.map(\.key))
        level.groups = Set(usage.map(\.key.group))
        if level.groups.contains(.all) { level.groups = [.all] }
        return level
    }

    private func named(_ name: String) -> String { aliases[name] ?? name }

    private func place(_ key: ProviderLine.Key, _ level: Level) -> ProviderLine.Key {
        var key = key
        key.model = level.byModel ? named(key.model) : ""
        key.key = level.byKey ? named(key.key) : ""
        if level.groups == [.all] { key.group = .all }
        return key
    }

    /// The ledger's sums at the level of a file.
    private func ours(
        _ file: FileKey, _ level: Level, _ takes: (LedgerCells.Key) -> Bool
    ) -> [ProviderLine.Key: LedgerCells.Sum] {
        var sums: [ProviderLine.Key: LedgerCells.Sum] = [:]
        for (cell, sum) in cells.sums
        where cell.provider == file.provider && level.days.contains(cell.day) && takes(cell) {
            guard let key = place(cell, level) else { continue }
            sums[key, default: LedgerCells.Sum()] += sum
        }
        return sums
    }

    private func place(_ cell: LedgerCells.Key, _ level: Level) -> ProviderLine.Key? {
        var key = ProviderLine.Key(provider: cell.provider, day: cell.day, currency: cell.currency)
        if let booked = ReconciliationAdjustment.place(cell.meter) {
            // What was posted after an earlier run counts where it was found.
            key.category = booked.category
            if booked.category == .usage {
                guard level.byModel == !cell.model.isEmpty, level.groups.contains(booked.group) else {
                    return nil
                }
                key.model = cell.model
                key.key = level.byKey ? cell.key : ""
                key.group = booked.group
            }
            return key
        }
        key.model = level.byModel ? cell.model : ""
        key.key = level.byKey ? cell.key : ""
        key.group = MeterGroup(cell.meter, among: level.groups)
        return key
    }

    private mutating func compareQuantities(
        _ file: FileKey, _ lines: [ProviderLine], _ verdicts: inout [VerdictKey: ReconciliationClass]
    ) {
        let usage = lines.filter { $0.key.category == .usage && $0.quantity != nil }
        let states = !usage.isEmpty || (file.kind == .openAIUsage || file.kind == .anthropicUsage)
        guard states else { return }
        let level = level(file, lines, usage)
        notes.append(note(file, level, "quantities"))
        var theirs: [ProviderLine.Key: Quantity] = [:]
        for line in usage {
            theirs[unpriced(place(line.key, level)), default: .zero] += line.quantity ?? .zero
        }
        var ours: [ProviderLine.Key: LedgerCells.Sum] = [:]
        for (key, sum) in self.ours(file, level, { ReconciliationAdjustment.place($0.meter) == nil }) {
            ours[unpriced(key), default: LedgerCells.Sum()] += sum
        }
        for key in Set(theirs.keys).union(ours.keys) where key.group != .other {
            let stated = theirs[key] ?? .zero
            let booked = ours[key] ?? LedgerCells.Sum()
            let verdict: ReconciliationClass =
                stated == booked.quantity
                ? .match
                : booked.estimated != .zero
                    ? .estimate : stated > booked.quantity ? .missingHere : .missingThere
            let place = VerdictKey(provider: key.provider, day: key.day, model: key.model, group: key.group)
            if verdicts[place].map({ $0 == .match }) ?? true { verdicts[place] = verdict }
            findings.append(
                ReconciliationFinding(
                    kind: file.kind, account: file.account, key: key, measure: .quantity, verdict: verdict,
                    ours: booked.quantity.plain, theirs: stated.plain,
                    difference: (stated - booked.quantity).plain, adjustment: .zero))
        }
    }

    /// Quantities have no currency.
    private func unpriced(_ key: ProviderLine.Key) -> ProviderLine.Key {
        var key = key
        key.currency = Currency("")
        return key
    }

    private mutating func compareAmounts(
        _ file: FileKey, _ lines: [ProviderLine], _ verdicts: [VerdictKey: ReconciliationClass]
    ) {
        let usage = lines.filter { $0.key.category == .usage && $0.amount != nil }
        let states =
            lines.contains { $0.amount != nil } || file.kind == .openAICosts || file.kind == .anthropicCosts
        guard states else { return }
        let level = level(file, lines, usage)
        notes.append(note(file, level, "amounts"))
        var theirs: [ProviderLine.Key: (amount: Money, rows: Int64, decimals: Int)] = [:]
        for line in lines {
            guard let amount = line.amount else { continue }
            let key = line.key.category == .usage ? place(line.key, level) : ofDay(line.key)
            var sum = theirs[key] ?? (.zero, 0, line.decimals)
            sum.amount += amount
            sum.rows += line.rows
            theirs[key] = sum
        }
        let ours = ours(file, level) { $0.meter != .request }
        for key in Set(theirs.keys).union(ours.keys) {
            let stated = theirs[key] ?? (.zero, 1, 12)
            let booked = ours[key] ?? LedgerCells.Sum()
            if theirs[key] == nil, booked.amount == .zero { continue }
            let verdict = verdict(key, stated, booked, verdicts)
            findings.append(
                ReconciliationFinding(
                    kind: file.kind, account: file.account, key: key, measure: .amount, verdict: verdict,
                    ours: booked.amount.plain, theirs: stated.amount.plain,
                    difference: (stated.amount - booked.amount).plain,
                    adjustment: verdict.isDifference ? stated.amount - booked.amount : .zero))
        }
    }

    private func ofDay(_ key: ProviderLine.Key) -> ProviderLine.Key {
        var plain = ProviderLine.Key(provider: key.provider, day: key.day, currency: key.currency)
        plain.category = key.category
        return plain
    }

    private func verdict(
        _ key: ProviderLine.Key, _ stated: (amount: Money, rows: Int64, decimals: Int),
        _ booked: LedgerCells.Sum,
        _ verdicts: [VerdictKey: ReconciliationClass]
    ) -> ReconciliationClass {
        let difference = stated.amount - booked.amount
        if difference == .zero { return .match }
        guard key.category == .usage else { return .taxOrCredit }
        if difference.picos.magnitude <= tolerance(stated).magnitude { return .rounding }
        let place = VerdictKey(provider: key.provider, day: key.day, model: key.model, group: key.group)
        switch verdicts[place] {
        case .match?: return .price
        case let other?: return other
        case nil: break
        }
        if booked.estimated != .zero { return .estimate }
        if booked.amount == .zero, booked.unpriced == 0 { return .missingHere }
        return stated.amount == .zero ? .missingThere : .price
    }

    /// Half of the last stated decimal for each row, and a billionth for binary fractions.
    private func tolerance(_ stated: (amount: Money, rows: Int64, decimals: Int)) -> Int128 {
        var unit: Int128 = 1
        for _ in stated.decimals..<12 { unit *= 10 }
        let rounded = stated.decimals >= 12 ? 0 : unit / 2
        let rows = rounded.multipliedReportingOverflow(by: Int128(max(stated.rows, 1)))
        return max(
            rows.overflow ? 0 : rows.partialValue, Int128(stated.amount.picos.magnitude / 1_000_000_000))
    }

    private func note(_ file: FileKey, _ level: Level, _ what: String) -> String {
        let parts =
            ["day"] + (level.byModel ? ["model"] : []) + (level.groups == [.all] ? [] : ["meters"])
            + (level.byKey ? ["key"] : [])
        let account = file.account.isEmpty ? "" : " (\(file.account))"
        return
            "\(file.provider), \(file.kind.rawValue)\(account): \(what) by \(parts.joined(separator: ", "))"
    }
}
