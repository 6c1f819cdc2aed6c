// What a price file is refused for, each with its line; numbers stay exact on the way in.
import Documents
import Rating
import Terms
import Testing

@Suite struct PriceFileTests {
    private func problems(_ change: (String, String)) -> [String] {
        let text = """
            provider: test
            prices:
            - id: a
              models: [m]
              from: 2026-01-01
              when: {geo: us}
              rates:
                out.text: {amount: "10", per: 1000000}
              same_as: {out.text.reasoning: out.text}
            currency: USD
            """
        #expect(text.contains(change.0))
        return Books.problems(text.replacing(change.0, with: change.1)).map {
            "\($0.line) \($0.kind.rawValue): \($0.text)"
        }
    }

    @Test(
        "each mistake is named with its line",
        arguments: [
            (
                "provider: test", "provdier: test",
                [
                    "1 unknown-key: `provdier` is no key of a price file; did you mean `provider`?",
                    "1 missing: `provider` is missing",
                ]
            ),
            ("id: a", "id: ''", ["3 missing: `id` is missing"]),
            ("models: [m]", "models: []", ["3 missing: `models` of a is missing or empty"]),
            (
                "from: 2026-01-01", "from: soon",
                ["5 date: `from` must be a day such as 2026-03-05, or a time in RFC 3339"]
            ),
            (
                "from: 2026-01-01", "from: null",
                ["3 missing: `from` of a is missing: the day from which it holds"]
            ),
            (
                "from: 2026-01-01", "from: 2026-01-01\n  until: 2026-01-01",
                ["6 date: `until` of a is not after `from`"]
            ),
            ("{geo: us}", "{geo: us, tier: x}", ["6 unknown-key: `tier` is no key of `when`"]),
            ("{geo: us}", "{batch: maybe}", ["6 shape: `batch` must be true or false"]),
            (
                "{geo: us}", "{input_over: -1}",
                ["6 number: `input_over` must be a whole number, not negative"]
            ),
            (
                "{geo: us}", "{input_over: 10, input_to: 10}",
                ["6 number: no request has more than 10 and up to 10 input tokens"]
            ),
            (
                "{geo: us}", "{window: {from: '25:00'}}",
                ["6 window: `from` must be a time of day such as \"16:30\""]
            ),
            (
                "{geo: us}", "{window: {from: '05:00', to: '05:00'}}",
                ["6 window: the window is empty; a whole day is 00:00 to 24:00"]
            ),
            (
                "{geo: us}", "{window: {days: [payday]}}",
                ["6 window: `payday` is no weekday; mon, tue … sun, or mon-fri"]
            ),
            (
                "{geo: us}", "{window: {timezone: Mars/Olympus}}",
                ["3 unknown-zone: a: the time zone Mars/Olympus is not known"]
            ),
            ("amount: \"10\"", "amount: \"ten\"", ["8 number: `amount` must be a decimal number in quotes"]),
            (
                "per: 1000000", "per: 0", ["8 number: out.text: 10 per 0 is a price for no units"]
            ),
            (
                "amount: \"10\"", "amount: \"-1\"", ["8 number: out.text: -1 per 1000000 is negative"]
            ),
            (
                "amount: \"10\"", "amount: \"1e400\"",
                ["8 number: out.text: 1e400 per 1000000 is more than 1000000 for one unit"]
            ),
            (
                "amount: \"10\"", "amount: \"1000001000000.5\"",
                ["8 number: out.text: 1000001000000.5 per 1000000 is more than 1000000 for one unit"]
            ),
            (
                "amount: \"10\"", "amount: \"1e-42\"",
                ["8 number: out.text: 1e-42 per 1000000 has more digits than a price can have"]
            ),
            ("currency: USD", "currency: usd", ["10 shape: `currency` usd is written USD"]),
            (
                "out.text.reasoning: out.text", "out.text.reasoning: out.txt",
                ["9 same-as: same_as.out.text.reasoning: out.txt has no rate in this price"]
            ),
            (
                "out.text.reasoning: out.text", "a: b, b: a",
                ["9 same-as: same_as.a leads back to itself", "9 same-as: same_as.b leads back to itself"]
            ),
            (
                "out.text.reasoning: out.text", "out.text: out.text",
                ["9 same-as: out.text has a rate and stands under `same_as` too"]
            ),
            (
                "  same_as:", "  multiply: x\n  same_as:",
                ["9 number: `multiply` must be a number such as \"1.1\" or \"11/10\""]
            ),
            ("- id: a", "- 5\n- id: a", ["3 shape: a price must be a map that begins with `id`"]),
        ])
    func refused(old: String, new: String, expected: [String]) {
        let found = problems((old, new))
        #expect(found == expected)
    }

    @Test("amounts are read as they are written, quoted or not, and never as binary fractions")
    func exact() throws {
        for amount in ["3.133", "\"3.133\"", "3133e-3", "3.13300"] {
            let book = try Books.book(
                Books.provider(
                    "- {id: a, models: [m], from: 2026-01-01, "
                        + "rates: {out.text: {amount: \(amount), per: 1000000}}}"
                ))
            #expect(book.cost(.of("m", ["out.text": 3])) == "0.000009399")
        }
    }

    @Test("chains of same_as end at a rate")
    func chain() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: a, models: [m], from: 2026-01-01, rates: {x: {amount: 2, per: 1}},
                   same_as: {z: y, y: x}}
                """))
        #expect(book.cost(.of("m", ["x": 1, "y": 1, "z": 1])) == "6")
        #expect(book.entries[0].rate(of: Meter("z"))?.sameAs == Meter("x"))
    }

    @Test("no text makes the reader trap: mutated price files from a seed")
    func mutations() {
        let text = Array(RatingTests.simple.utf8)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<3_000 {
            var bytes = text
            for _ in 0...next(5) {
                let pieces = [
                    "9999999999999999999999999999999999999999", "-", "{", "e99", ": ", "\n", "*", "null",
                    "\u{0}",
                ]
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(128))
                case 1: bytes.remove(at: next(bytes.count))
                default: bytes.insert(contentsOf: pieces[next(pieces.count)].utf8, at: next(bytes.count))
                }
            }
            guard let document = try? Document.yaml(bytes), let file = try? PriceFile(document, name: "x"),
                let book = try? PriceBook(version: "x", files: [file])
            else { continue }
            _ = book.cost(.of("m", ["in.text.fresh": TokenCounts.limit, "out.text": TokenCounts.limit]))
            _ = book.findings(today: CivilDate("2026-11-21")!)
        }
    }
}
