// What a month will have cost when it is over, with the method by which it was found and an interval; without
// enough days to see how much they differ there is no forecast, because a bare number would be believed.
public import Terms

/// The expected total of a month that is not over.
public struct Forecast: Hashable, Sendable {
    public enum Method: String, CaseIterable, Hashable, Sendable {
        /// Each day left costs what its day of the week cost on average in the last eight weeks.
        case weekdays = "weekday-weighted"
        /// Each day left costs what the whole days of this month cost on average.
        case runRate = "run-rate"
    }

    public let currency: Currency
    public let method: Method
    /// Spent so far.
    public let spent: Money
    public let expected: Money
    /// Between these it will end in about eight of ten cases. Never below what is spent already.
    public let low: Money
    public let high: Money
    /// Whole days that the method rests on.
    public let days: Int
    /// Days left, the running one included.
    public let daysLeft: Int
    /// What ends: `month`, or another window of a budget.
    public var span = "month"

    /// For the heading of a statement.
    public var explanation: String {
        let basis =
            switch method {
            case .weekdays: "each day left at the average of its day of the week over \(days) days"
            case .runRate: "each day left at the average of \(days) whole days of this \(span)"
            }
        return "\(method.rawValue): \(basis); interval of 80 %: 1.28 standard deviations of those days from "
            + "their averages, times the square root of \(daysLeft) days left"
    }

    /// Fewer whole days than this give no forecast.
    public static let fewestDays = 3
    /// So many give one by days of the week: each was there twice.
    public static let fewestForWeekdays = 14
    /// Days before the running one that count: eight weeks.
    public static let reach: Int64 = 56

    /// - Parameters:
    ///   - history: what the whole days before the running one cost, of the last ``reach`` days; days without
    ///     usage are there with zero from the first day with usage on.
    ///   - today: the running day.
    ///   - month: the first day of the month, and of the next.
    ///   - spent: in the month until now.
    ///   - spentToday: the part of it that the running day has.
    public init?(
        currency: Currency, history: [(date: CivilDate, cost: Money)], today: CivilDate,
        month: (first: CivilDate, next: CivilDate), spent: Money, spentToday: Money
    ) {
        let own = history.filter { $0.date >= month.first }
        let byWeekday = history.count >= Self.fewestForWeekdays
        let used = byWeekday ? history : own
        guard used.count >= Self.fewestDays, today >= month.first, today < month.next else { return nil }
        var averages: [Int: Money] = [:]
        for weekday in 0..<7 {
            let same = byWeekday ? used.filter { $0.date.weekday == weekday } : used
            averages[weekday] =
                proportion(same.reduce(.zero) { $0 + $1.cost }, 1, of: Int128(max(same.count, 1))) ?? .zero
        }
        var left = Money.zero
        var count = 0
        var day = today
        while day < month.next {
            let average = averages[day.weekday] ?? .zero
            // The running day has spent a part of its average already, or more than all of it.
            left += day == today ? max(average - spentToday, .zero) : average
            count += 1
            day = day.adding(days: 1)
        }
        let residuals = used.map { ($0.cost - (averages[$0.date.weekday] ?? .zero)).picos }
        let spread = Self.spread(residuals, days: count)
        self.currency = currency
        method = byWeekday ? .weekdays : .runRate
        self.spent = spent
        expected = spent + left
        low = max(spent, spent + left - spread)
        high = spent + left + spread
        days = used.count
        daysLeft = count
    }

    /// 1.28 standard deviations of the sum of so many days, in whole micros of the currency.
    private static func spread(_ residuals: [Int128], days: Int) -> Money {
        var squares: UInt128 = 0
        for residual in residuals {
            let micros = min(residual.magnitude / 1_000_000, 1_000_000_000_000_000)
            squares += micros * micros
        }
        // One degree of freedom went into the average.
        let variance = squares / UInt128(max(residuals.count - 1, 1)) * UInt128(days)
        let micros = (variance.squareRoot * 128 + 99) / 100
        return Money(picos: Int128(micros) * 1_000_000)
    }
}

extension UInt128 {
    /// The integer part, by Newton's method.
    var squareRoot: UInt128 {
        guard self > 1 else { return self }
        var guess: UInt128 = 1 << UInt128((UInt128.bitWidth - leadingZeroBitCount + 1) / 2)
        while true {
            let next = (guess + self / guess) / 2
            if next >= guess { return guess }
            guess = next
        }
    }
}
