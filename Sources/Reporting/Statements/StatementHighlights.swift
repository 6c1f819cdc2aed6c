// What a reader wants to know first: what is owed, how it compares, what it will come to, how the budget
// stands. Everything here stands again below, with its parts.
import Bookkeeping
import Terms

extension Statement {
    var highlights: [(name: String, value: String, note: String)] {
        totals.flatMap { total -> [(name: String, value: String, note: String)] in
            let unit = total.currency.code
            let state = question.state == .closed ? "final" : "provisional"
            let requests = counted(total.figures.requests, "request")
            var found = [
                (
                    name: question.tenant == nil ? "Total" : "Amount due",
                    value: "\(due(total.currency).brief) \(unit)", note: "\(state), \(requests)"
                )
            ]
            found += [compared(total.currency), expected(total.currency), planned(total.currency)]
                .compactMap { $0 }
            return found
        }
    }

    /// A tenant's share of what is shared is known when the month is over: what is compared and expected is
    /// its own spend.
    private func own(_ name: String) -> String { question.tenant == nil ? name : "\(name), own spend" }

    /// With the same time of the month before while the month runs, else with the whole of it.
    private func compared(_ currency: Currency) -> (name: String, value: String, note: String)? {
        guard let previous = question.previous,
            let change = comparison.changes.first(where: { $0.currency == currency })
        else { return nil }
        let same = previousSoFar.first { $0.currency == currency }?.figures.cost.chargeback
        let before = same ?? change.before
        let share = percent(change.after - before, of: before).map { "\($0)%, " } ?? ""
        let what = same == nil ? "from \(previous.month)" : "from the same time of \(previous.month)"
        return (own("Change"), "\((change.after - before).briefSigned) \(currency.code)", share + what)
    }

    private func expected(_ currency: Currency) -> (name: String, value: String, note: String)? {
        forecasts.first { $0.currency == currency }.map { forecast in
            (
                own("Forecast"), "\(forecast.expected.brief) \(currency.code)",
                "\(forecast.low.brief) to \(forecast.high.brief), \(forecast.method.rawValue)"
            )
        }
    }

    /// The tightest budget over the month's money.
    private func planned(_ currency: Currency) -> (name: String, value: String, note: String)? {
        let covering = zip(question.budgets, budgets).filter { $0.0.covers(question.tenant, currency) }
        let tightest = covering.map(\.1).filter { $0.limit != nil }.min {
            ($0.limit ?? .zero) < ($1.limit ?? .zero)
        }
        guard let line = tightest, let limit = line.limit,
            let share = percent(line.used.picos, of: limit.picos)
        else { return nil }
        let left = line.daysLeft.map { $0 == 0 ? ", used up" : ", \(counted(Int64($0), "day")) left" } ?? ""
        return (
            "Budget", "\(share)% used",
            "of \(Money(picos: limit.picos).brief) \(currency.code)\(left)"
        )
    }
}

extension Money {
    /// Two decimals, for headlines; the exact amount stands below.
    fileprivate var brief: String {
        let text = text(decimals: 2).grouped
        return self != .zero && (text == "0.00" || text == "-0.00") ? shown : text
    }

    fileprivate var briefSigned: String { self > .zero ? "+\(brief)" : brief }
}
