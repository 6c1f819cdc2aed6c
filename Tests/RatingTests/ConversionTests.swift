// Amounts in one currency from prices in another: by a reviewed table, exactly, for its time.
import Rating
import Terms
import Testing

@Suite struct ConversionTests {
    private static let list = Books.provider(
        """
        - id: p
          models: [m]
          from: 2026-01-01
          rates: {in.text.fresh: {amount: "3", per: 1000000}, out.text: {amount: "15", per: 1000000}}
        """)
    private static let table = """
        conversion: ecb
        to: EUR
        source: https://example.com/rates
        checked: 2026-11-01
        rates:
        - {from: 2026-10-01, until: 2026-11-01, amounts: {USD: "1.25", CNY: "7.5"}}
        - {from: 2026-11-01, amounts: {USD: "1.2"}}
        """
    private static let contract = """
        contract: acme-eur
        book: chargeback
        currency: EUR
        convert: ecb
        rules:
        - {id: eur, tenants: [acme], from: 2026-01-01, multiply: "1.1"}
        """

    private func rate(_ book: PriceBook, at: String, tenant: String = "acme") -> Rated {
        book.rate(
            .of("m", ["in.text.fresh": 1000, "out.text": 100]), upstream: "up", tenant: tenant,
            at: Instant(at))
    }

    @Test("converted by the rate of the day, then multiplied, rounded once")
    func converts() throws {
        let book = try Books.book(Self.list, Self.table, Self.contract)
        let october = rate(book, at: "2026-10-15")
        #expect(october.cost.list?.plain == "0.0045" && october.cost.contracted?.plain == "0.0045")
        #expect(october.cost.chargeback?.plain == "0.00396")
        let lines = october.charges.filter { $0.book == .chargeback }
        #expect(lines.map(\.amount.plain) == ["0.00264", "0.00132"])
        #expect(lines.allSatisfy { $0.currency == Currency("EUR") && $0.rateID == "eur" && !$0.rounded })
        // 0.003 × 1.1 / 1.2 = 0.00275; 0.0015 × 1.1 / 1.2 = 0.001375
        #expect(rate(book, at: "2026-11-15").cost.chargeback?.plain == "0.004125")
        #expect(rate(book, at: "2026-11-15", tenant: "globex").cost.chargeback?.plain == "0.0045")
    }

    @Test("without a rate for the day the amount stays in its own currency")
    func noRate() throws {
        let rated = rate(try Books.book(Self.list, Self.table, Self.contract), at: "2026-09-30")
        #expect(rated.cost.chargeback?.plain == "0.0045")
        #expect(Set(rated.charges.map(\.currency)) == [.usd])
    }

    @Test("what is no whole pico says so")
    func rounds() throws {
        let table = Self.table.replacing("1.2\"", with: "7\"")
        let rated = rate(try Books.book(Self.list, table, Self.contract), at: "2026-11-15")
        // 0.0033 / 7 = 0.000471428571 428…
        let lines = rated.charges.filter { $0.book == .chargeback }
        #expect(lines.map(\.amount.plain) == ["0.000471428571", "0.000235714286"])
        #expect(lines.allSatisfy { $0.rounded })
    }

    @Test("findings: gaps and tables that ended")
    func findings() throws {
        let gap = Self.table.replacing("until: 2026-11-01", with: "until: 2026-10-20")
        let book = try Books.book(Self.list, gap, Self.contract)
        let found = book.findings(today: CivilDate("2026-11-21")!).filter { $0.id.hasPrefix("ecb") }
        #expect(
            found.map(\.text) == [
                "no rate for CNY since 2026-10-20", "no rate for USD from 2026-10-20 to 2026-11-01",
            ])
        let old = book.findings(today: CivilDate("2027-11-21")!).filter { $0.id.hasPrefix("ecb") }
        #expect(old.contains { $0.kind == .stale })
    }

    @Test("differences of rules and conversions are told")
    func differences() throws {
        let old = try Books.book(Self.list, Self.table, Self.contract)
        let new = try Books.book(
            Self.list, Self.table.replacing("1.25", with: "1.26"),
            Self.contract.replacing("1.1", with: "1.2").replacing("[acme]", with: "[acme, globex]"))
        let found = old.differences(to: new).map {
            "\($0.id) \($0.what) \($0.old ?? "") -> \($0.new ?? "")"
        }
        #expect(
            found == [
                "ecb/2026-10-01/EUR USD 1.25 -> 1.26", "eur tenants acme -> acme globex",
                "eur effect times 11/10, in EUR by ecb -> times 6/5, in EUR by ecb",
            ])
        #expect(old.differences(to: old).isEmpty)
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("amounts: {USD: \"1.25\", CNY: \"7.5\"}", "amounts: {USD: \"0\"}", "above zero"),
            ("amounts: {USD: \"1.25\", CNY: \"7.5\"}", "amounts: {}", "`amounts` is empty"),
            (", until: 2026-11-01", "", "both convert USD"),
            ("to: EUR", "to: CHF", "no conversion file `ecb` has rates to EUR"),
            ("from: 2026-10-01", "form: 2026-10-01", "did you mean `from`"),
        ])
    func mistakes(old: String, new: String, words: String) {
        let problems = Books.problems(Self.list, Self.table.replacing(old, with: new), Self.contract)
        #expect(problems.contains { $0.text.contains(words) }, "\(problems.map(\.text))")
    }
}
