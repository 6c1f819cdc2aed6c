// The second half of a statement's page: meters, shared and unallocated costs, the month before, budgets and
// forecast, completeness and sources.
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

    var sharedBlocks: [PageBlock] {
        var table = TextTable([
            .init("tenant"), .init("cost center"), .init("currency"), .init("own", numeric: true),
            .init("share", numeric: true), .init("total", numeric: true),
        ])
        table.rows = shares.map { share in
            [share.tenant, share.costCenter ?? "-", share.currency.code, share.own.shown]
                + [share.share.shown, share.total.shown]
        }
        let method = PageBlock.paragraph(
            "Shared are the costs of the tenant 'shared'; method: \(Self.sharingMethod).")
        return [.heading("Shared costs")]
            + (table.rows.isEmpty ? [] : [.table(id: "shares", table, subtotals: [])]) + [method]
    }

    var suspenseBlocks: [PageBlock] {
        var table = TextTable([
            .init("item"), .init("requests", numeric: true), .init("currency"),
            .init("chargeback", numeric: true),
        ])
        for row in unallocated {
            table.rows.append([
                "unallocated: tenant 'unattributed', whole ledger", row.figures.requests.grouped,
                row.currency.code, row.figures.cost.chargeback?.shown ?? "unpriced",
            ])
        }
        let since = lines.footer.unpricedSince.map { ", since \($0.rfc3339)" } ?? ""
        let waiting = totals.reduce(0) { $0 + $1.figures.unpricedRequests }
        table.rows.append(["suspense: usage without a price\(since)", waiting.grouped, "", "unpriced"])
        return [
            .heading("Unallocated and suspense"), .table(id: "suspense", table, subtotals: []),
        ]
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
        for row in previousSoFar {
            let cost = row.figures.cost.chargeback?.shown ?? "unpriced"
            blocks.append(
                .paragraph("\(previous.month) up to the same time: \(cost) \(row.currency.code)."))
        }
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

    /// Lines of the list of largest differences.
    static let moversShown = 8

    static let changeMethod =
        "Price: this month's quantities at the new instead of the old average price of each meter. Volume: "
        + "as many requests more or fewer, at last month's cost per request. Mix: the rest, that is other "
        + "models, longer prompts, new and vanished lines. The three add up to the difference exactly."

    var budgetBlocks: [PageBlock] {
        var blocks: [PageBlock] = [.heading("Budget and forecast")]
        var table = TextTable([
            .init("budget"), .init("scope"), .init("window"), .init("action"), .init("unit"),
            .init("limit", numeric: true), .init("month so far", numeric: true),
            .init("forecast", numeric: true), .init("days until spent", numeric: true),
        ])
        for budget in question.budgets {
            let covered = totals.first { budget.covers(question.tenant, $0.currency) }
            let spent = covered?.figures.cost.chargeback
            let forecast = covered.flatMap { total in forecasts.first { $0.currency == total.currency } }
            table.rows.append([
                budget.name, budget.scope, budget.window, budget.action, budget.unit,
                budget.limit?.plain.grouped ?? "unlimited", spent?.shown ?? "see tollbook budget show",
                forecast?.expected.shown ?? "-",
                forecast.flatMap { $0.daysUntil(budget.limit) }.map { String($0) } ?? "-",
            ])
        }
        if table.rows.isEmpty {
            blocks.append(.paragraph("No budget is set for this statement's scope."))
        } else {
            blocks.append(.table(id: "budgets", table, subtotals: []))
        }
        for forecast in forecasts {
            let unit = forecast.currency.code
            blocks.append(
                .paragraph(
                    "Forecast for the whole month: \(forecast.expected.shown) \(unit), between "
                        + "\(forecast.low.shown) and \(forecast.high.shown) \(unit) "
                        + "(\(forecast.explanation))."))
        }
        if forecasts.isEmpty {
            let why =
                question.isRunning
                ? "fewer than \(Forecast.fewestDays) whole days of usage are known" : "the month is over"
            blocks.append(.paragraph("No forecast: \(why)."))
        }
        return blocks
    }

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
            .facts([("Price books", books), ("Input digest", "sha256:\(inputDigest)")]),
            .paragraph(
                "Amounts are kept exactly, to 12 decimals; six are shown here, rounded half to even, and "
                    + "sums are of the exact amounts. JSON and CSV have all decimals."),
        ]
    }
}

extension Forecast {
    /// Whole days until a limit is reached at the expected rate; nil when it is not within the month.
    func daysUntil(_ limit: Money?) -> Int? {
        guard let limit, daysLeft > 0 else { return nil }
        if spent >= limit { return 0 }
        guard expected > spent, expected >= limit else { return nil }
        let rest = proportion(
            Money(picos: Int128(daysLeft)), (limit - spent).picos, of: (expected - spent).picos)
        return rest.map { Int(clamping: $0.picos) }
    }
}

extension Money {
    /// With a plus for what is more.
    var signed: String { self > .zero ? "+\(shown)" : shown }
}
