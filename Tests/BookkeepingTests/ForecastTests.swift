// Forecasts and exact shares, with numbers that can be checked by hand.
import Bookkeeping
import Terms
import Testing

@Suite struct ForecastTests {
    private func days(_ first: String, _ costs: [String]) -> [(date: CivilDate, cost: Money)] {
        costs.enumerated().map { (CivilDate(first)!.adding(days: Int64($0.offset)), Money($0.element)!) }
    }

    private func forecast(
        _ history: [(date: CivilDate, cost: Money)], today: String, spent: String, spentToday: String
    ) -> Forecast? {
        Forecast(
            currency: .usd, history: history, today: CivilDate(today)!,
            month: (CivilDate("2026-11-01")!, CivilDate("2026-12-01")!), spent: Money(spent)!,
            spentToday: Money(spentToday)!)
    }

    @Test("fewer than three whole days of the month give none")
    func tooFew() {
        let two = days("2026-11-01", ["1", "2"])
        #expect(forecast(two, today: "2026-11-03", spent: "3", spentToday: "0") == nil)
    }

    @Test("a run rate: days that cost the same leave no interval, others a symmetrical one")
    func runRate() throws {
        let even = days("2026-11-01", ["2", "2", "2", "2"])
        let flat = try #require(forecast(even, today: "2026-11-05", spent: "8.5", spentToday: "0.5"))
        #expect(flat.method == .runRate)
        // 8.5 spent, 1.5 left of today, 25 days at 2.
        #expect(flat.expected == Money("60")!)
        #expect(flat.low == flat.expected && flat.high == flat.expected)
        #expect(flat.daysLeft == 26)
        let uneven = days("2026-11-01", ["1", "3", "1", "3"])
        let wide = try #require(forecast(uneven, today: "2026-11-05", spent: "8", spentToday: "0"))
        #expect(wide.expected == Money("60")!)
        // Residuals of 1: variance 4/3, 26 days: 1.28 × √(34.666665) = 7.5364…, in whole micros.
        #expect((wide.high - wide.expected).text(decimals: 3) == "7.536")
        #expect(wide.expected - wide.low == wide.high - wide.expected)
        #expect(wide.explanation.hasPrefix("run-rate: each day left at the average of 4 whole days"))
    }

    @Test("two weeks give days of the week: a month of workdays costs nothing on its weekends")
    func weekdays() throws {
        // From Monday, October 19, to Sunday, November 8: 10 on workdays.
        let weeks = days("2026-10-19", (0..<21).map { $0 % 7 < 5 ? "10" : "0" })
        let found = try #require(forecast(weeks, today: "2026-11-09", spent: "50", spentToday: "0"))
        #expect(found.method == .weekdays)
        // November 9 to 30: three weeks and a Monday, 16 workdays.
        #expect(found.expected == Money("210")!)
        #expect(found.low == found.high)
        #expect(found.days == 21)
    }

    @Test("a day that cost more than its average leaves nothing for today, and the low end is what is spent")
    func overspent() throws {
        let even = days("2026-11-01", ["1", "9", "1"])
        let found = try #require(forecast(even, today: "2026-11-30", spent: "500", spentToday: "400"))
        #expect(found.expected == Money("500")!)
        #expect(found.low == Money("500")!)
        #expect(found.high > found.low)
    }

    @Test("shares add up to the pico, whatever the weights", arguments: 1...50 as ClosedRange<UInt64>)
    func shares(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let weights = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
            Int128(Int64.random(in: -1000...9_000_000_000_000_000, using: &generator))
        }
        let amount = Money(picos: Int128(Int64.random(in: -9_999_999...9_999_999, using: &generator)))
        guard let parts = Bookkeeping.shares(of: amount, by: weights) else {
            #expect(weights.allSatisfy { $0 <= 0 })
            return
        }
        #expect(parts.reduce(.zero) { $0 + $1 } == amount)
        for (part, weight) in zip(parts, weights) where weight <= 0 { #expect(part == .zero) }
    }

    @Test("a proportion is rounded half to even and says when it has no room")
    func proportions() {
        #expect(proportion(Money(picos: 5), 1, of: 2) == Money(picos: 2))
        #expect(proportion(Money(picos: 7), 1, of: 2) == Money(picos: 4))
        #expect(proportion(Money(picos: -5), 1, of: 2) == Money(picos: -2))
        #expect(proportion(Money(picos: Int128.max), Int128.max, of: Int128.max) == Money(picos: Int128.max))
        #expect(proportion(Money(picos: Int128.max), 2, of: 1) == nil)
        #expect(proportion(Money(picos: 1), 1, of: 0) == nil)
    }
}
