// What `prices check` finds in prices that load: one reproducer for each kind of finding.
import Rating
import Terms
import Testing

@Suite struct PriceCheckTests {
    private func findings(_ entries: String) throws -> [String] {
        try Books.book(Books.provider(entries)).findings(today: CivilDate("2026-11-21")!)
            .map { "\($0.id) \($0.kind.rawValue): \($0.text)" }
    }

    /// A price that nothing is wrong with, and what is put behind its fields.
    private func entry(_ id: String, _ fields: String = "", rates: String? = nil) -> String {
        let rates =
            rates ?? """
                in.text.fresh: {amount: "2.5", per: 1000000}, \
                in.text.cache_read: {amount: "0.25", per: 1000000}, \
                out.text: {amount: "10", per: 1000000}, out.text.reasoning: {amount: "10", per: 1000000}
                """
        let more = fields.isEmpty ? "" : ", \(fields)"
        let named = fields.contains("models:") ? "" : ", models: [m]"
        let dated = fields.hasPrefix("from:") ? "" : ", from: 2026-01-01"
        let checked = fields.contains("checked:") ? "" : ", checked: 2026-11-01"
        let source = fields.contains("source:") ? "" : ", source: 'https://x'"
        return "- {id: \(id)\(named)\(dated)\(checked)\(source)\(more), rates: {\(rates)}}\n"
    }

    @Test("nothing is found in a sound price")
    func sound() throws {
        #expect(try findings(entry("a")) == [])
    }

    @Test("provenance")
    func provenance() throws {
        #expect(
            try findings(entry("a", "source: null")) == [
                "a missing-source: no `source` tells where it is from"
            ])
        #expect(
            try findings(entry("a", "checked: 2026-05-01"))
                == ["a stale: last compared with its source 204 days ago, on 2026-05-01"])
        #expect(
            try findings(entry("a", "checked: null"))
                == ["a stale: no `checked` tells when it was last compared with its source"])
        #expect(try findings(entry("a", "checked: 2026-02-01, until: 2026-06-01")) == [])
    }

    @Test("a time without a price")
    func gap() throws {
        let text = entry("a", "until: 2026-03-01") + entry("b", "from: 2026-03-02")
        #expect(
            try findings(text) == [
                "b gap: nothing holds from 2026-03-01T00:00:00.000000Z to "
                    + "2026-03-02T00:00:00.000000Z, after a"
            ])
    }

    @Test("classes without a price beside priced siblings")
    func siblings() throws {
        let rates = """
            in.text.fresh: {amount: 1, per: 1000000}, out.text: {amount: 5, per: 1000000}, \
            in.text.cache_write.5m: {amount: 1, per: 1000000}
            """
        let found = try findings(entry("a", rates: rates))
        for sibling in [
            "out.text.reasoning", "in.text.cache_read", "in.text.cache_write.1h", "in.text.cache_write",
        ] {
            #expect(
                found.contains { $0.hasSuffix("\(sibling) has neither rate nor `same_as`") }, "\(sibling)")
        }
        #expect(found.count == 4)
        let variant =
            entry("a") + entry("b", "when: {geo: us}", rates: "in.text.fresh: {amount: 1, per: 1000000}")
        #expect(
            try findings(variant) == [
                "b missing-sibling: a prices in.text.cache_read, out.text, out.text.reasoning; this does not"
            ])
    }

    @Test("amounts that look like another unit")
    func units() throws {
        let perToken = try findings(entry("a", rates: "in.text.fresh: {amount: '2.5', per: 1}"))
        #expect(
            perToken == ["a unit: in.text.fresh: 2.5 per 1 is 2500000 per million tokens; is the unit right?"]
        )
        let tooSmall = try findings(entry("a", rates: "in.text.fresh: {amount: '0.0000025', per: 1000000}"))
        #expect(
            tooSmall == [
                "a unit: in.text.fresh: 0.0000025 per 1000000 is 1/400000 per million tokens; "
                    + "is the unit right?"
            ])
        let ratio = try findings(
            entry(
                "a",
                rates: """
                    in.text.fresh: {amount: 1, per: 1000000}, in.text.cache_read: {amount: 1, per: 1000000}, \
                    out.text: {amount: 500, per: 1000000}, out.text.reasoning: {amount: 500, per: 1000000}
                    """))
        #expect(ratio == ["a unit: out.text costs 500 times as much as fresh input; is the unit right?"])
        #expect(try findings(entry("a", rates: "in.text.fresh: {amount: 0, per: 1000000}")) == [])
    }

    @Test("meters that nothing counts")
    func meters() throws {
        for meter in ["in.txt.fresh", "out.text.thinking", "in.text", "in.text.cache_write.2h", "tokens"] {
            #expect(
                try findings(entry("a", rates: "\(meter): {amount: 1, per: 1000000}"))
                    == ["a unknown-meter: no meter is called \(meter)"])
        }
    }

    @Test("prices that can never apply")
    func unreachable() throws {
        #expect(
            try findings(entry("a", "when: {batch: true, service_tier: flex}"))
                == ["a unreachable: its conditions contradict one another"])
        #expect(
            try findings(entry("a", "models: ['m x']")) == [
                "a unreachable: no model has a blank in its name: `m x`"
            ])
        #expect(
            try findings(entry("a", "models: [m, m]")) == ["a unreachable: m stands twice under `models`"])
        #expect(
            try findings(
                entry("a", "when: {geo: us}") + entry("b", "when: {geo: [us, eu], input_from: 0}"))
                == ["a unreachable: b wins wherever this would hold"])
    }
}
