// Terms that depend on the sum of a period: what is free, tiers, minimum amounts.
import Rating
import Terms
import Testing

@Suite struct PeriodTermTests {
    private func book(_ rules: String, book: String = "contracted") throws -> PriceBook {
        try Books.book("contract: c\nbook: \(book)\nrules:\n\(rules)", zones: { $0 == "UTC" ? .utc : nil })
    }

    private func adjustments(
        _ rules: String, _ charges: [PeriodCharge], book: String = "contracted", month: String = "2026-10"
    ) throws -> [PeriodAdjustment] {
        let periods = try self.book(rules, book: book).termPeriods(
            endingWith: CivilDate(month + "-01")!, zones: { $0 == "UTC" ? .utc : nil })
        return periods.flatMap { PeriodSettlement.adjustments($0.rules, charges) }
    }

    private func charge(
        _ tenant: String, _ amount: String, quantity: Int64 = 0, model: String = "m",
        meter: String = "out.text", provider: String = "p", currency: String = "USD"
    ) -> PeriodCharge {
        let money = Money(amount)!
        return PeriodCharge(
            tenant: tenant, provider: provider, model: model, meter: Meter(meter),
            quantity: Quantity(quantity), currency: Currency(currency),
            amounts: [.list: money, .contracted: money, .chargeback: money])
    }

    private func lines(_ found: [PeriodAdjustment]) -> [String] {
        found.map { "\($0.tenant) \($0.rule.id) \($0.amount.plain)" }
    }

    @Test("an amount that is free, at most what was charged")
    func allowanceOfMoney() throws {
        let rule = "- {id: free, from: 2026-01-01, per: month, allowance: {amount: '10'}}"
        let found = try adjustments(rule, [charge("a", "8"), charge("a", "5", model: "n"), charge("b", "3")])
        #expect(lines(found) == ["a free -10", "b free -3"])
        #expect(found[0].base.plain == "13" && found[0].meter == Meter("contract.allowance"))
        #expect(found.allSatisfy { $0.alsoChargeback && !$0.rounded })
    }

    @Test("units that are free cost what the average costs; only the meters that are named count")
    func allowanceOfUnits() throws {
        let rule = """
            - {id: free, meters: ['out.*'], from: 2026-01-01, per: month, allowance: {quantity: '1000000'}}
            """
        let found = try adjustments(
            rule,
            [
                charge("a", "9", quantity: 3_000_000), charge("a", "5", quantity: 9, meter: "in.text.fresh"),
                charge("b", "1", quantity: 400_000),
            ])
        #expect(lines(found) == ["a free -3", "b free -1"])
        let third = try adjustments(rule, [charge("a", "1", quantity: 3_000_000)])
        #expect(lines(third) == ["a free -0.333333333333"] && third[0].rounded)
    }

    @Test("each part by its own multiplier, or the whole by that of the tier it reached")
    func tiers() throws {
        func rule(_ more: String) -> String {
            """
            - id: tiers
              from: 2026-01-01
              per: month
              tiers: {of: amount\(more), steps: [
                {to: '100', multiply: '1'}, {to: '500', multiply: '0.9'}, {multiply: '0.5'}]}
            """
        }
        #expect(try lines(adjustments(rule(""), [charge("a", "100")])) == [])
        #expect(try lines(adjustments(rule(""), [charge("a", "300")])) == ["a tiers -20"])
        #expect(try lines(adjustments(rule(""), [charge("a", "700")])) == ["a tiers -140"])
        #expect(try lines(adjustments(rule(", whole: true"), [charge("a", "700")])) == ["a tiers -350"])
        #expect(try lines(adjustments(rule(", whole: true"), [charge("a", "100")])) == [])
    }

    @Test("tiers of units share the amount by units")
    func tiersOfUnits() throws {
        let rule = """
            - id: tiers
              from: 2026-01-01
              per: month
              tiers: {of: quantity, steps: [{to: '1000', multiply: '1'}, {multiply: '0.5'}]}
            """
        let found = try adjustments(
            rule, [charge("a", "4", quantity: 1500), charge("a", "4", quantity: 2500, model: "n")])
        #expect(lines(found) == ["a tiers -3"])
    }

    @Test("what is short of the minimum is added; who is named owes it without any usage")
    func minimum() throws {
        let all = "- {id: least, from: 2026-01-01, per: month, minimum: '5'}"
        #expect(try lines(adjustments(all, [charge("a", "2"), charge("b", "7")])) == ["a least 3"])
        let named = "- {id: least, tenants: [a, c], from: 2026-01-01, per: month, minimum: '5'}"
        #expect(try lines(adjustments(named, [charge("a", "2")])) == ["a least 3", "c least 5"])
    }

    @Test("what is free comes off first, then tiers, then the minimum")
    func order() throws {
        let rules = """
            - {id: least, from: 2026-01-01, per: month, minimum: '90'}
            - id: tiers
              from: 2026-01-01
              per: month
              tiers: {of: amount, steps: [{to: '50', multiply: '1'}, {multiply: '0.5'}]}
            - {id: free, models: [m], from: 2026-01-01, per: month, allowance: {amount: '10'}}
            """
        // 60 + 60 - 10 free = 110; 50 + 60 / 2 = 80; 10 short of 90.
        let found = try adjustments(rules, [charge("a", "60"), charge("a", "60", model: "n")])
        #expect(lines(found) == ["a free -10", "a least 10", "a tiers -30"])
    }

    @Test("together: one sum over all tenants, shared by what each was charged, to the last pico")
    func together() throws {
        let rule = """
            - id: tiers
              from: 2026-01-01
              per: month
              together: true
              tiers: {of: amount, whole: true, steps: [{to: '1', multiply: '1'}, {multiply: '0.9'}]}
            """
        let charges = [charge("a", "1"), charge("b", "1"), charge("c", "1.000000000001")]
        let found = try adjustments(rule, charges)
        #expect(found.map(\.tenant) == ["a", "b", "c"])
        let sum = found.reduce(Money.zero) { $0 + $1.amount }
        // 3.000000000001 × 0.9 = 2.7000000000009, half to even 2.700000000001.
        #expect(sum.plain == "-0.3" && found[0].rounded)
        #expect(try found == adjustments(rule, charges.reversed()))
    }

    @Test("chargeback terms start from chargeback amounts; a contract's do not pass them by")
    func chargeback() throws {
        let book = try Books.book(
            "contract: c\nbook: contracted\nrules:\n"
                + "- {id: free, from: 2026-01-01, per: month, allowance: {amount: '1'}}",
            "contract: d\nbook: chargeback\nrules:\n"
                + "- {id: markup, tenants: [a], from: 2026-01-01, multiply: '1.5'}\n"
                + "- {id: least, tenants: [a], from: 2026-01-01, per: month, minimum: '100'}")
        let periods = book.termPeriods(endingWith: CivilDate("2026-10-01")!, zones: { _ in .utc })
        var a = charge("a", "4")
        a = PeriodCharge(
            tenant: "a", provider: a.provider, model: a.model, meter: a.meter, quantity: a.quantity,
            currency: a.currency, amounts: [.contracted: Money("4")!, .chargeback: Money("6")!])
        let found = PeriodSettlement.adjustments(periods[0].rules, [a, charge("b", "4")])
        #expect(lines(found) == ["a free -1", "b free -1", "a least 94"])
        #expect(found.map(\.alsoChargeback) == [false, true, false])
    }

    @Test("other currencies and other tenants do not count; the closest rule decides")
    func closest() throws {
        let rules = """
            - {id: all, from: 2026-01-01, per: month, allowance: {amount: '1'}}
            - {id: own, tenants: [a], from: 2026-01-01, per: month, allowance: {amount: '2'}}
            """
        let found = try adjustments(
            rules, [charge("a", "9"), charge("b", "9"), charge("b", "9", currency: "EUR")])
        #expect(lines(found) == ["b all -1", "a own -2"])
    }

    @Test("a quarter and a year end with their last month; a rule counts for periods that begin in its time")
    func periods() throws {
        let book = try book(
            """
            - {id: m, models: [x], from: 2026-01-01, per: month, minimum: '1'}
            - {id: q, models: [y], from: 2026-01-01, per: quarter, minimum: '1'}
            - {id: y, from: 2026-01-01, until: 2027-01-01, per: year, minimum: '1'}
            """)
        func ends(_ month: String) -> [String] {
            book.termPeriods(endingWith: CivilDate(month + "-15")!, zones: { _ in .utc }).map {
                "\($0.period.since.date.iso8601) \($0.rules.map(\.id).joined())"
            }
        }
        #expect(ends("2026-11") == ["2026-11-01 m"])
        #expect(ends("2026-09") == ["2026-09-01 m", "2026-07-01 q"])
        #expect(ends("2026-12") == ["2026-12-01 m", "2026-10-01 q", "2026-01-01 y"])
        #expect(ends("2027-12") == ["2027-12-01 m", "2027-10-01 q"])
        #expect(ends("2025-12") == [])
    }

    @Test("whatever the charges: shares add up, order is nothing, settling is a function")
    func laws() throws {
        let rules = """
            - {id: free, meters: [x], from: 2026-01-01, per: month, together: true, allowance: {quantity: 7}}
            - id: tiers
              from: 2026-01-01
              per: month
              together: true
              tiers: {of: quantity, steps: [{to: 3, multiply: '1/3'}, {to: 11, multiply: '2'}, {multiply: 0}]}
            """
        var state: UInt64 = 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<200 {
            let charges = (0..<next(12)).map { index in
                charge(
                    ["a", "b", "c"][next(3)], "0.\(next(1_000_000_000))", quantity: Int64(next(20)),
                    model: "m\(index)", meter: next(2) == 0 ? "x" : "y")
            }
            let found = try adjustments(rules, charges)
            #expect(try found == adjustments(rules, charges.shuffled()))
            let free = found.filter { $0.rule.id == "free" }.reduce(Money.zero) { $0 + $1.amount }
            let taking = charges.filter { $0.meter == Meter("x") }
            let units = taking.reduce(Int128(0)) { $0 + $1.quantity.nanos } / 1_000_000_000
            let amount = taking.reduce(Money.zero) { $0 + ($1.amounts[.contracted] ?? .zero) }
            let expected = units > 0 ? dividedHalfEven(amount.picos * min(7, units), by: units).quotient : 0
            #expect(free.picos == -expected)
        }
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("- {id: a, from: 2026-01-01, minimum: '1'}", "`per` of a is missing"),
            ("- {id: a, from: 2026-01-01, per: week, minimum: '1'}", "month, quarter or year"),
            ("- {id: a, from: 2026-01-01, per: month}", "needs one of"),
            ("- {id: a, from: 2026-01-01, per: month, minimum: '1', multiply: '1'}", "needs one of"),
            ("- {id: a, from: 2026-01-01, per: month, minimum: '-1'}", "not negative"),
            ("- {id: a, from: 2026-01-01, per: month, allowance: {}}", "an `amount` or a `quantity`"),
            ("- {id: a, from: 2026-01-01, per: month, tiers: {of: amount, steps: []}}", "must rise"),
            (
                "- {id: a, from: 2026-01-01, per: month, tiers: {of: amount, steps: "
                    + "[{to: 2, multiply: 1}, {to: 1, multiply: 1}, {multiply: 1}]}}", "must rise"
            ),
            ("- {id: a, from: 2026-01-01, per: month, timezone: Nowhere, minimum: '1'}", "not known"),
            (
                "- {id: a, from: 2026-01-01, per: month, minimum: '1'}\n"
                    + "- {id: b, from: 2026-01-01, per: year, minimum: '1'}", "could both decide"
            ),
        ])
    func mistakes(rules: String, words: String) {
        let problems = Books.problems("contract: c\nbook: contracted\nrules:\n\(rules)")
        #expect(problems.contains { $0.text.contains(words) }, "\(problems.map(\.text))")
    }

    @Test("shares of numbers whose product has more than 128 bits")
    func proportions() {
        #expect(proportion(of: 7, 1, over: 2)! == (4, false))
        #expect(proportion(of: -7, 1, over: 2)! == (-4, false))
        #expect(proportion(of: 5, 1, over: 2)! == (2, false))
        #expect(proportion(of: .max, .max, over: .max)! == (.max, true))
        #expect(proportion(of: .max, 3, over: 2) == nil)
        let large = Int128(1) << 120
        #expect(proportion(of: large, large - 1, over: large)! == (large - 1, true))
        #expect(proportion(of: 1, 1, over: 0) == nil)
    }
}
