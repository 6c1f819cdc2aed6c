// The pictures of a statement: what each day cost by model, how the month filled its budget, and who used it.
import Bookkeeping
import Terms

extension Statement {
    var chartBlocks: [PageBlock] {
        totals.flatMap { total -> [PageBlock] in
            guard (total.figures.cost.chargeback ?? .zero) > .zero else { return [] }
            return [dailyChart(total.currency), burnChart(total.currency), userChart(total.currency)]
                .compactMap(\.self)
        }
    }

    /// Every day of the month, also those without usage.
    var dayNames: [String] {
        let zone = question.zone
        var names: [String] = []
        var day = zone.date(at: question.period.since)
        while zone.start(of: day) < question.period.until, names.count < 40 {
            names.append(day.iso8601)
            day = day.adding(days: 1)
        }
        return names
    }

    private func dailyChart(_ currency: Currency) -> PageBlock? {
        var ofModel: [String: Money] = [:]
        var amounts: [String: [String: Money]] = [:]
        for row in days.rows where row.currency == currency {
            // A bar cannot show less than nothing: credits are in the tables.
            let cost = max(row.figures.cost.chargeback ?? .zero, .zero)
            ofModel[row.keys[1], default: .zero] += cost
            amounts[row.keys[1], default: [:]][row.keys[0], default: .zero] += cost
        }
        let ranked = ofModel.filter { $0.value > .zero }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !ranked.isEmpty else { return nil }
        let names = dayNames
        let shown = ranked.count > Chart.colours ? Chart.colours - 1 : ranked.count
        var series = ranked.prefix(shown).map { model in
            (
                name: model.key.isEmpty ? "no model" : model.key,
                amounts: names.map { amounts[model.key]?[$0] ?? .zero }
            )
        }
        if ranked.count > shown {
            let others = ranked.dropFirst(shown).map(\.key)
            let sums = names.map { day in
                others.reduce(Money.zero) { $0 + (amounts[$1]?[day] ?? .zero) }
            }
            series.append((name: "\(others.count) other models", amounts: sums))
        }
        return .chart(
            caption: "Spend per day by model, \(currency.code)",
            svg: Chart.stackedBars(
                "Spend per day by model", names: names, series: series, unit: currency.code))
    }

    private func burnChart(_ currency: Currency) -> PageBlock? {
        var ofDay: [String: Money] = [:]
        for row in days.rows where row.currency == currency {
            ofDay[row.keys[0], default: .zero] += row.figures.cost.chargeback ?? .zero
        }
        let names = dayNames
        var spent: [Money] = []
        var sum = Money.zero
        let today = question.isRunning ? question.zone.date(at: question.now).iso8601 : names.last ?? ""
        for name in names where name <= today {
            sum += ofDay[name] ?? .zero
            spent.append(sum)
        }
        let plan = question.budgets.filter { $0.covers(question.tenant, currency) }
            .compactMap { $0.limit.map { Money(picos: $0.picos) } }.min()
        let forecast = forecasts.first { $0.currency == currency }
        let caption =
            (plan == nil ? "Spend to date" : "Spend to date beside the budget")
            + (forecast == nil ? "" : ", and the forecast")
        return .chart(
            caption: "\(caption), \(currency.code)",
            svg: Chart.burnDown(
                caption, names: names, spent: spent, plan: plan, unit: currency.code,
                outlook: forecast.map {
                    Chart.Outlook(expected: $0.expected, low: $0.low, high: $0.high)
                }))
    }

    private func userChart(_ currency: Currency) -> PageBlock? {
        var rows: [(name: String, amount: Money)] = []
        for group in grouped(usageRows) where group.sum.currency == currency {
            rows.append(
                (group.name.isEmpty ? "no user" : group.name, group.sum.figures.cost.chargeback ?? .zero))
        }
        rows = rows.filter { $0.amount > .zero }
        guard !rows.isEmpty else { return nil }
        let shown = 10
        if rows.count > shown {
            let rest = rows[shown...].reduce(Money.zero) { $0 + $1.amount }
            rows = rows.prefix(shown) + [("\(rows.count - shown) others", rest)]
        }
        let whose = question.tenant == nil ? "tenant" : "user"
        return .chart(
            caption: "Share by \(whose), \(currency.code)",
            svg: Chart.shares("Share by \(whose)", rows, unit: currency.code))
    }
}
