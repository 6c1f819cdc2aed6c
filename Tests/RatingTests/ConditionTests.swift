// When a price applies besides model and date: tiers, thresholds, places, hours of the week.
import Rating
import Terms
import Testing

@Suite struct ConditionTests {
    /// A book with one price of 1 per request without conditions, and one of 2 under `when`.
    private func book(_ when: String, zones: (String) -> TimeZoneRules? = Books.zone) throws -> PriceBook {
        try Books.book(
            Books.provider(
                """
                - {id: a, models: [m], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}
                - id: b
                  models: [m]
                  from: 2026-01-01
                  when: \(when)
                  rates: {request: {amount: 2, per: 1}}
                """), zones: zones)
    }

    private func cost(
        _ book: PriceBook, upstream: String = "up", at: String = "2026-11-20",
        _ select: (inout Selectors) -> Void
    ) -> String? {
        book.cost(.of("m", ["request": 1], select), upstream: upstream, at: at)
    }

    @Test("the tier is the one served; the requested one where the response does not say")
    func tier() throws {
        let book = try book("{service_tier: [priority, fast]}")
        #expect(cost(book) { $0.serviceTier = "priority" } == "2")
        #expect(cost(book) { $0.serviceTier = "PRIORITY" } == "2")
        #expect(cost(book) { ($0.serviceTierRequested, $0.serviceTier) = ("priority", "default") } == "1")
        #expect(cost(book) { $0.serviceTierRequested = "fast" } == "2")
        #expect(cost(book) { $0.serviceTierRequested = "auto" } == "1")
        #expect(cost(book) { _ in } == "1")
    }

    @Test("a batch is a tier of its own, however it is told")
    func batch() throws {
        for when in ["{batch: true}", "{service_tier: batch}"] {
            let book = try book(when)
            #expect(cost(book) { $0.batch = true } == "2")
            #expect(cost(book) { $0.serviceTier = "batch" } == "2")
            #expect(cost(book) { ($0.batch, $0.serviceTier) = (true, "default") } == "2")
            #expect(cost(book) { $0.batch = false } == "1")
            #expect(cost(book) { _ in } == "1")
        }
        let flex = try book("{service_tier: flex}")
        #expect(cost(flex) { ($0.batch, $0.serviceTier) = (true, "flex") } == "1")
    }

    @Test("places and speed")
    func places() throws {
        #expect(cost(try book("{geo: us}")) { $0.geo = "us" } == "2")
        #expect(cost(try book("{geo: us}")) { $0.geo = "global" } == "1")
        #expect(cost(try book("{region: [eu-west-1, eu-west-2]}")) { $0.region = "eu-west-2" } == "2")
        #expect(cost(try book("{speed: fast}")) { $0.speed = "fast" } == "2")
        #expect(cost(try book("{upstream: mine}"), upstream: "mine") { _ in } == "2")
        #expect(cost(try book("{upstream: mine}")) { _ in } == "1")
    }

    @Test(
        "thresholds at their exact boundary",
        arguments: [
            ("{input_over: 272000}", 272_000, "1"), ("{input_over: 272000}", 272_001, "2"),
            ("{input_from: 200000}", 199_999, "1"), ("{input_from: 200000}", 200_000, "2"),
            ("{input_to: 100}", 100, "2"), ("{input_to: 100}", 101, "1"),
            ("{input_over: 32000, input_to: 128000}", 32_000, "1"),
            ("{input_over: 32000, input_to: 128000}", 32_001, "2"),
            ("{input_over: 32000, input_to: 128000}", 128_000, "2"),
            ("{input_over: 32000, input_to: 128000}", 128_001, "1"),
        ])
    func thresholds(when: String, tokens: Int64, expected: String) throws {
        let book = try book(when)
        #expect(cost(book) { $0.contextTokens = tokens } == expected)
    }

    @Test("without a stated context all input of the component counts, caches included")
    func context() throws {
        let book = try Books.book(
            Books.provider(
                """
                - id: a
                  models: [m]
                  from: 2026-01-01
                  rates: &one {in.text.fresh: {amount: 1, per: 1}}
                  same_as: &same {in.text.cache_read: in.text.fresh, out.text: in.text.fresh}
                - {id: b, models: [m], from: 2026-01-01, when: {input_over: 10}, rates: *one, same_as: *same,
                   multiply: "2"}
                """))
        #expect(book.cost(.of("m", ["in.text.fresh": 4, "in.text.cache_read": 6, "out.text": 5])) == "15")
        #expect(book.cost(.of("m", ["in.text.fresh": 4, "in.text.cache_read": 7, "out.text": 5])) == "32")
    }

    @Test("the price with the most conditions that hold wins")
    func most() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: a, models: [m], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}
                - {id: b, models: [m], from: 2026-01-01, when: {speed: fast},
                   rates: {request: {amount: 2, per: 1}}}
                - {id: c, models: [m], from: 2026-01-01, when: {geo: us},
                   rates: {request: {amount: 3, per: 1}}}
                - {id: d, models: [m], from: 2026-01-01, when: {speed: fast, geo: us},
                   rates: {request: {amount: 4, per: 1}}}
                """))
        #expect(cost(book) { _ in } == "1")
        #expect(cost(book) { $0.speed = "fast" } == "2")
        #expect(cost(book) { $0.geo = "us" } == "3")
        #expect(cost(book) { ($0.speed, $0.geo) = ("fast", "us") } == "4")
    }

    @Test(
        "hours of weekdays in UTC",
        arguments: [
            ("2026-11-20T00:59:59Z", "1"), ("2026-11-20T01:00:00Z", "2"),
            ("2026-11-20T03:59:59.999999Z", "2"),
            ("2026-11-20T04:00:00Z", "1"), ("2026-11-21T02:00:00Z", "1"), ("2026-11-23T09:59:00Z", "2"),
            ("2026-11-23T10:00:00Z", "1"),
        ])
    func hours(at: String, expected: String) throws {
        let book = try book(
            "{window: [{days: mon-fri, from: '01:00', to: '04:00'}, "
                + "{days: mon-fri, from: '06:00', to: '10:00'}]}"
        )
        #expect(cost(book, at: at) { _ in } == expected)
    }

    @Test(
        "a window over midnight belongs to the day on which it begins",
        arguments: [
            ("2026-11-20T16:29:00Z", "1"), ("2026-11-20T16:30:00Z", "2"), ("2026-11-21T00:29:59Z", "2"),
            ("2026-11-21T00:30:00Z", "1"), ("2026-11-21T17:00:00Z", "1"), ("2026-11-20T00:10:00Z", "1"),
        ])
    func midnight(at: String, expected: String) throws {
        let book = try book("{window: {days: [fri], from: '16:30', to: '00:30'}}")
        #expect(cost(book, at: at) { _ in } == expected)
    }

    @Test("a window follows its zone's clock through the change of the hour")
    func zone() throws {
        let berlin = TimeZoneRules(name: "Europe/Berlin", tzif: try Zones.bytes("Europe/Berlin"))
        let book = try book(
            "{window: {from: '08:00', to: '09:00', timezone: Europe/Berlin}}",
            zones: { $0 == "Europe/Berlin" ? berlin : nil })
        #expect(cost(book, at: "2026-07-01T06:30:00Z") { _ in } == "2")
        #expect(cost(book, at: "2026-07-01T07:30:00Z") { _ in } == "1")
        #expect(cost(book, at: "2026-12-01T06:30:00Z") { _ in } == "1")
        #expect(cost(book, at: "2026-12-01T07:30:00Z") { _ in } == "2")
    }

    @Test("more words than there are bits for are still told apart")
    func manyWords() throws {
        let entries = (0..<150).map { number in
            "- {id: p\(number), models: [m], from: 2026-01-01, when: {region: Region-\(number)}, "
                + "rates: {request: {amount: \(number + 1), per: 1}}}"
        }
        let book = try Books.book(Books.provider(entries.joined(separator: "\n")))
        for number in 0..<150 {
            #expect(cost(book) { $0.region = "region-\(number)" } == "\(number + 1)")
        }
        #expect(cost(book) { $0.region = "region-150" } == nil)
    }
}
