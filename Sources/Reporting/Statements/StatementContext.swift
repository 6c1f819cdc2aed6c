// The second half of a statement's page: meters, the month before, completeness and sources.
import Bookkeeping
import Terms

extension Statement {
    var meterBlocks: [PageBlock] {
        let at = meters.query.by.count - 1
        var table = TextTable([
            .init("group"), .init("meters"), .init("quantity", numeric: true), .init("currency"),
            .init("chargeback", numeric: true),
        ])
        for currency in totals.map(\.currency) {
            for group in MeterGroup.allCases {
                let rows = meters.rows.filter {
                    $0.currency == currency && MeterGroup(Meter($0.keys[at])) == group
                        && $0.keys[at] != Meter.adjustment.rawValue
                        && ($0.figures.quantity != .zero
                            || ($0.figures.cost.chargeback ?? .zero) != .zero)
                }
                guard !rows.isEmpty else { continue }
                let names = Set(rows.map { $0.keys[at] }).sorted()
                // Only tokens can be added to tokens.
                let quantity = group == .other && names.count > 1 ? "" : rows.sum.quantity.grouped
                let cost = rows.sum.cost.chargeback?.shown ?? "0"
                table.rows.append(
                    [group.rawValue, names.joined(separator: ", "), quantity, currency.code, cost])
            }
        }
        guard !table.rows.isEmpty else { return [] }
        return [.heading("By meter"), .table(id: "meters", table, subtotals: [])]
    }

    var changeBlocks: [PageBlock] {
        guard let previous = question.previous else { return [] }
        var blocks: [PageBlock] = [.heading("Compared with \(previous.month)")]
        for change in comparison.changes {
            let unit = change.currency.code
            var table = TextTable([.init("item"), .init("chargeback", unit: unit, numeric: true)])
            let share = percent(change.difference, of: change.before).map { " (\($0)%)" } ?? ""
            table.rows = [
                [previous.month, change.before.shown], ["price", change.price.signed],
                ["volume", change.volume.signed], ["mix", change.mix.signed],
                ["difference\(share)", change.difference.signed],
            ]
            table.totals = [[question.month, change.after.shown]]
            blocks.append(.table(id: "change-\(unit)", table, subtotals: [4]))
        }
        for row in previousSoFar { blocks.append(.paragraph(sameTime(row, previous.month))) }
        blocks.append(.paragraph(Self.changeMethod))
        guard !comparison.movers.isEmpty else { return blocks }
        var table = TextTable([
            .init("provider"), .init("model"), .init("meter"), .init("currency"),
            .init("before", numeric: true), .init("now", numeric: true), .init("difference", numeric: true),
            .init("by price", numeric: true, dispensable: 1),
            .init("by quantity", numeric: true, dispensable: 2),
        ])
        table.rows = comparison.movers.prefix(Self.moversShown).map { mover in
            [mover.provider, mover.model, mover.meter].map { $0.isEmpty ? "-" : $0 }
                + [mover.currency.code, mover.before.shown, mover.after.shown, mover.difference.signed]
                + [mover.price?.signed ?? "-", mover.quantity?.signed ?? "-"]
        }
        return blocks + [.heading("Largest differences"), .table(id: "movers", table, subtotals: [])]
    }

    /// The running month beside the one before up to the same time after its beginning.
    private func sameTime(_ row: ReportRow, _ month: String) -> String {
        guard let before = row.figures.cost.chargeback else {
            return "\(month) up to the same time: unpriced."
        }
        let total = totals.first { $0.currency == row.currency }?.figures.cost.chargeback ?? .zero
        let share = percent(total - before, of: before).map { " (\($0)%)" } ?? ""
        return "\(month) up to the same time: \(before.shown) \(row.currency.code); "
            + "now \((total - before).signed)\(share)."
    }

    /// Lines of the list of largest differences.
    static let moversShown = 8

    static let changeMethod =
        "Price: this month's quantities at the new instead of the old average price of each meter. Volume: "
        + "as many requests more or fewer, at last month's cost per request. Mix: the rest, that is other "
        + "models, longer prompts, new and vanished lines. The three add up to the difference exactly."

    var completenessBlocks: [PageBlock] {
        var facts: [(name: String, value: String)] = []
        let total = totals.map(\.figures)
        let requests = total.reduce(0) { $0 + $1.requests }
        let input = total.reduce(0) { $0 + $1.inputTokens }
        let cached = total.reduce(0) { $0 + $1.cacheReadTokens }
        if let ratio = percent(Int128(cached), of: Int128(input)) {
            facts.append(("Cache hit ratio", ratio + "%"))
        }
        for row in totals {
            guard let cost = row.figures.cost.chargeback,
                let each = proportion(cost, 1000, of: Int128(row.figures.requests))
            else { continue }
            facts.append(("Cost per 1,000 requests", "\(each.shown) \(row.currency.code)"))
        }
        let users = Set(usageRows.map { $0.keys[question.tenant == nil ? 1 : 0] }).subtracting([""])
        facts.append(("Active users", Int64(users.count).grouped))
        facts.append(("New models", newModels.isEmpty ? "none" : newModels.joined(separator: ", ")))
        let estimated = total.reduce(0) { $0 + $1.estimatedRequests }
        let share = percent(Int128(estimated), of: Int128(requests)).map { " (\($0)%)" } ?? ""
        facts.append(("Estimated", "\(counted(estimated, "request"))\(share)"))
        return [.heading("Completeness"), .paragraph(lines.footer.sentence), .facts(facts)]
    }

    var sourceBlocks: [PageBlock] {
        let books = question.priceBooks.isEmpty ? "none" : question.priceBooks.joined(separator: ", ")
        return [
            .heading("Sources"),
            .facts([
                ("Price books", books), ("Input digest", "sha256:\(inputDigest)"),
                (
                    "Seal of the books",
                    question.seal.map { "\($0.number) of \($0.day.iso8601), \($0.mac)" } ?? "none"
                ),
            ]),
            .paragraph(
                "Amounts are kept exactly, to 12 decimals; six are shown here, rounded half to even, and "
                    + "sums are of the exact amounts. JSON and CSV have all decimals."),
        ]
    }
}

extension Money {
    /// With a plus for what is more.
    var signed: String { self > .zero ? "+\(shown)" : shown }
}
