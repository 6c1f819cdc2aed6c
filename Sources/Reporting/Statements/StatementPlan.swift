// What was planned: each budget with what was used of it, how fast, and what its window will come to; the
// month's own burn rate and forecast. No number of the future stands without its method and interval.
import Bookkeeping
import Terms

extension Statement {
    var budgetBlocks: [PageBlock] {
        var blocks: [PageBlock] = [.heading("Budget and forecast")]
        for rate in burnRates {
            let amount = rate.perDay.shown(in: .money(Currency(rate.unit)))
            let days = counted(Int64(rate.days), "whole day")
            blocks.append(
                .paragraph("Burn rate: \(amount) \(rate.unit) a day, the average of \(days) of this month."))
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
        guard !budgets.isEmpty else {
            return blocks + [.paragraph("No budget is set for this statement's scope.")]
        }
        blocks.append(.table(id: "budgets", budgetTable, subtotals: []))
        blocks.append(.paragraph(Self.budgetMethod))
        return blocks + forecastMethods
    }

    /// Each method of the budgets' forecasts once, with the names of those that it is about.
    private var forecastMethods: [PageBlock] {
        var methods: [(text: String, names: [String])] = []
        for line in budgets {
            guard let text = line.forecast?.explanation else { continue }
            if let same = methods.firstIndex(where: { $0.text == text }) {
                methods[same].names.append(line.budget.name)
            } else {
                methods.append((text, [line.budget.name]))
            }
        }
        return methods.map { method in
            .paragraph("Forecast of \(method.names.joined(separator: ", ")): \(method.text).")
        }
    }

    static let budgetMethod =
        "Used is what the budget counts from its window's beginning to this statement's time, in its own "
        + "book. A day: the average of its last whole days, at most \(BudgetLine.burnDays). Left: whole "
        + "days until the limit at that rate, - where the window ends before. Expected, with its interval: "
        + "for the whole window."

    private var budgetTable: TextTable {
        var table = TextTable([
            .init("budget"), .init("counts", dispensable: 4), .init("window"),
            .init("action", dispensable: 3), .init("unit"), .init("limit", numeric: true),
            .init("used", numeric: true), .init("of limit", unit: "%", numeric: true, dispensable: 2),
            .init("a day", numeric: true), .init("left", unit: "days", numeric: true),
            .init("expected", numeric: true), .init("interval of 80 %", numeric: true, dispensable: 1),
        ])
        table.rows = budgets.map { line in
            let unit = line.budget.unit
            func amount(_ money: Money) -> String { BudgetAmount(money).shown(in: unit) }
            let interval = line.forecast.map { "\(amount($0.low)) – \(amount($0.high))" }
            return [
                line.budget.name, line.budget.scope.text, line.windowText, line.budget.action.rawValue,
                unit.text, line.limit?.shown(in: unit) ?? "unlimited", line.used.shown(in: unit),
                line.limit.flatMap { percent(line.used.picos, of: $0.picos) } ?? "-",
                line.burnRate?.perDay.shown(in: unit) ?? "-", line.daysLeft.map { String($0) } ?? "-",
                line.forecast.map { amount($0.expected) } ?? "-", interval ?? "-",
            ]
        }
        return table
    }

    func writePlan(to json: inout JSONWriter) {
        json.objects("burn_rates", burnRates) { json, rate in json.members(of: rate) }
        json.objects("budgets", budgets) { json, line in
            json.field("name", line.budget.name)
            json.field("scope", line.budget.scope.text)
            json.field("window", line.budget.window.text)
            let isBounded = line.window.until != BudgetWindow.always.until
            json.field("since", isBounded ? line.window.since.rfc3339 : nil)
            json.field("until", isBounded ? line.window.until.rfc3339 : nil)
            json.field("timezone", line.budget.window.timezone)
            json.field("book", line.budget.book.rawValue)
            json.field("action", line.budget.action.rawValue)
            json.field("unit", line.budget.unit.text)
            json.field("limit", line.limit?.plain)
            json.field("used", line.used.plain)
            json.key("burn_rate")
            if let rate = line.burnRate {
                json.beginObject()
                json.members(of: rate)
                json.endObject()
            } else {
                json.null()
            }
            json.field("days_left", line.daysLeft.map { Int64($0) })
            json.key("forecast")
            if let forecast = line.forecast {
                json.beginObject()
                json.members(of: forecast)
                json.endObject()
            } else {
                json.null()
            }
        }
        json.objects("forecasts", forecasts) { json, forecast in json.members(of: forecast) }
    }
}

extension BudgetLine {
    /// The calendar month by its name; else the rule and, for windows of the calendar, the first day.
    fileprivate var windowText: String {
        guard let firstDay else { return budget.window.text }
        if case .calendar(.month, _, 1) = budget.window { return firstDay.isoMonth }
        return "\(budget.window.text) from \(firstDay.iso8601)"
    }
}

extension BudgetAmount {
    /// Money with six decimals, counts as they are.
    func shown(in unit: BudgetUnit) -> String {
        if case .money = unit { return Money(picos: picos).shown }
        // A rate of tokens a day is for the eye: no fractions.
        return String(whole).grouped
    }
}

extension JSONWriter {
    fileprivate mutating func members(of rate: BurnRate) {
        field("unit", rate.unit)
        field("per_day", rate.perDay.plain)
        field("days", Int64(rate.days))
    }

    fileprivate mutating func members(of forecast: Forecast) {
        field("currency", forecast.currency.code)
        field("method", forecast.explanation)
        field("spent", forecast.spent)
        field("expected", forecast.expected)
        field("low", forecast.low)
        field("high", forecast.high)
    }
}
