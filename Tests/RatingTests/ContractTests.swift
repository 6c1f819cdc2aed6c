// Contracts: what the contracted and the chargeback book make of list charges.
import Rating
import Terms
import Testing

@Suite struct ContractTests {
    private static let list = Books.provider(
        """
        - id: p
          models: [m, other]
          from: 2026-01-01
          rates: {in.text.fresh: {amount: "3", per: 1000000}, out.text: {amount: "15", per: 1000000}}
        """)

    private func book(_ contracts: String...) throws -> PriceBook {
        let files = try ([Self.list] + contracts).enumerated().map {
            try Books.file($0.element, name: "test-\($0.offset).yaml")
        }
        return try PriceBook(version: "test", files: files)
    }

    private func contract(_ rules: String, book: String = "contracted") -> String {
        "contract: c\nbook: \(book)\nrules:\n\(rules)"
    }

    private func rate(
        _ book: PriceBook, tenant: String = "acme", model: String = "m", at: String = "2026-06-01"
    ) -> Rated {
        book.rate(
            .of(model, ["in.text.fresh": 1000, "out.text": 100]), upstream: "up", tenant: tenant,
            at: Instant(at))
    }

    private func costs(_ rated: Rated) -> [String?] { Book.allCases.map { rated.cost[$0]?.plain } }

    @Test("a discount for one tenant, for its time")
    func discount() throws {
        let book = try book(
            contract("- {id: d, tenants: [acme], from: 2026-01-01, until: 2026-07-01, multiply: '0.9'}"))
        let rated = rate(book)
        #expect(costs(rated) == ["0.0045", "0.00405", "0.00405"])
        #expect(rated.charges.map(\.book) == [.list, .list, .contracted, .contracted])
        #expect(rated.charges.map(\.rateID) == ["p", "p", "d", "d"])
        #expect(costs(rate(book, tenant: "globex")) == ["0.0045", "0.0045", "0.0045"])
        #expect(costs(rate(book, at: "2026-07-01")) == ["0.0045", "0.0045", "0.0045"])
    }

    @Test("chargeback starts from the contract; a fee comes on top")
    func chargeback() throws {
        let book = try book(
            contract("- {id: d, from: 2026-01-01, multiply: '0.9'}"),
            contract(
                """
                - {id: markup, from: 2026-01-01, multiply: '1.2'}
                - {id: fee, tenants: [acme], from: 2026-01-01, per_exchange: '0.001'}
                """, book: "chargeback"))
        let rated = rate(book)
        #expect(costs(rated) == ["0.0045", "0.00405", "0.00586"])
        #expect(rated.charges.last?.rateID == "fee" && rated.charges.last?.amount.plain == "0.001")
        #expect(costs(rate(book, tenant: "globex")) == ["0.0045", "0.00405", "0.00486"])
    }

    @Test("flat rates for some meters; the rest costs what it cost before")
    func rates() throws {
        let book = try book(
            contract(
                "- {id: flat, models: [m], from: 2026-01-01, "
                    + "rates: {in.text.fresh: {amount: 1, per: 1000000}}}"
            ))
        let rated = rate(book)
        #expect(rated.charges.filter { $0.book == .contracted }.map(\.amount.plain) == ["0.001", "0.0015"])
        #expect(rated.charges.filter { $0.book == .contracted }.map(\.rateID) == ["flat", "p"])
        #expect(costs(rate(book, model: "other")) == ["0.0045", "0.0045", "0.0045"])
    }

    @Test("the closest rule decides, whatever the order of files")
    func closest() throws {
        let rules = [
            "- {id: all, from: 2026-01-01, multiply: '0.5'}",
            "- {id: model, models: ['m*'], from: 2026-01-01, multiply: '0.6'}",
            "- {id: tenant, tenants: [acme], from: 2026-01-01, multiply: '0.7'}",
            "- {id: meter, tenants: [acme], meters: ['out.*'], from: 2026-01-01, multiply: '0.8'}",
        ]
        let forward = try book(contract(rules.joined(separator: "\n")))
        let backward = try book(contract(rules.reversed().joined(separator: "\n")))
        for tenant in ["acme", "globex"] {
            #expect(rate(forward, tenant: tenant) == rate(backward, tenant: tenant))
        }
        let ids = rate(forward).charges.filter { $0.book == .contracted }.map(\.rateID)
        #expect(ids == ["tenant", "meter"])
        #expect(rate(forward, tenant: "globex").charges.suffix(2).map(\.rateID) == ["model", "model"])
    }

    @Test("what rounds says so, once per line")
    func rounding() throws {
        let rated = rate(try book(contract("- {id: third, from: 2026-01-01, multiply: '1/7'}")))
        #expect(rated.charges.map(\.rounded) == [false, false, true, true])
        #expect(costs(rated)[1] == "0.000642857143")
    }

    @Test("an unpriced reading leaves every book without a cost")
    func unpriced() throws {
        let book = try book(contract("- {id: d, from: 2026-01-01, multiply: '0.9'}"))
        let rated = book.rate(
            .of("m", ["in.text.fresh": 10, "web_search.request": 1]), upstream: "up", tenant: "acme",
            at: Instant("2026-06-01"))
        #expect(rated.cost == Cost() && rated.unpriced.count == 1)
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("- {id: a, from: 2026-01-01}", "needs one of"),
            ("- {id: a, multiply: '1'}", "`from` of a is missing"),
            ("- {id: a, from: 2026-01-01, multiply: '1', per_exchange: '1'}", "needs one of"),
            ("- {id: a, from: 2026-01-01, multply: '1'}", "did you mean `multiply`"),
            (
                "- {id: a, from: 2026-01-01, multiply: '1'}\n- {id: b, from: 2026-02-01, multiply: '1'}",
                "could both decide"
            ),
            ("- {id: p, from: 2026-01-01, multiply: '1'}", "stands twice"),
        ])
    func mistakes(rules: String, words: String) {
        let problems = Books.problems(Self.list, contract(rules))
        #expect(problems.contains { $0.text.contains(words) }, "\(problems.map(\.text))")
    }
}
