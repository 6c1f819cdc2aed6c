// What a YAML text means here, what is refused and where, and that no bytes make the reader trap.
import Documents
import Terms
import Testing

@Suite struct DocumentsTests {
    private func refusal(of text: String, limits: DocumentLimits = .standard) -> DocumentError? {
        do throws(DocumentError) {
            _ = try Document.yaml(text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test("a tree keeps the text of its scalars, their order and their lines")
    func tree() throws {
        let document = try Document.yaml(
            """
            # a comment
            provider: openai
            prices:
            - amount: "1.250"   # quoted
              per: 1000000
              until: null
            - {models: [a, "*"], note: 'null'}
            """)
        #expect(document["provider"]?.text == "openai")
        #expect(document["provider"]?.line == 2)
        guard case .list(let prices)? = document["prices"]?.content else {
            Issue.record("prices is no list")
            return
        }
        #expect(prices.count == 2)
        #expect(prices[0]["amount"] == Document(.scalar("1.250", quoted: true), line: 4))
        #expect(prices[0]["per"]?.text == "1000000")
        #expect(prices[0]["until"]?.isNull == true)
        #expect(prices[1].line == 7)
        #expect(prices[1]["note"]?.text == "null")
        guard case .map(let entries) = prices[0].content else { return }
        #expect(entries.map(\.key) == ["amount", "per", "until"])
        #expect(entries.map(\.line) == [4, 5, 6])
    }

    @Test("no content at all is null", arguments: ["", "\n\n", "# only words\n", "---\n", "~"])
    func empty(text: String) throws {
        #expect(try Document.yaml(text).isNull)
    }

    @Test("an alias stands for its anchor's value")
    func alias() throws {
        let document = try Document.yaml("a: &rates {x: 1}\nb: *rates\n")
        #expect(document["b"]?["x"]?.text == "1")
        #expect(refusal(of: "a: *nobody") == .undefinedAlias("nobody", DocumentPlace(line: 1, column: 4)))
        // An anchor is known only after its own end, so nothing can contain itself.
        #expect(refusal(of: "a: &a [*a]") == .undefinedAlias("a", DocumentPlace(line: 1, column: 8)))
    }

    @Test("aliases of aliases cost what writing them out would")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(references)]\n"
        }
        guard case .tooManyNodes(200_000, let place)? = refusal(of: text) else {
            Issue.record("the text was not refused for its size")
            return
        }
        #expect(place.line == 6)
    }

    @Test("what is refused, and where")
    func refusals() {
        #expect(
            refusal(of: "a: 1\nb: 2\na: 3\n")
                == .duplicateKey("a", firstLine: 1, DocumentPlace(line: 3, column: 1)))
        #expect(refusal(of: "? [a, b]\n: c\n") == .keyIsNoScalar(DocumentPlace(line: 1, column: 3)))
        #expect(
            refusal(of: "a: !!int 5") == .tag("tag:yaml.org,2002:int", DocumentPlace(line: 1, column: 4)))
        #expect(refusal(of: "a: !secret 5") == .tag("!secret", DocumentPlace(line: 1, column: 4)))
        #expect(refusal(of: "a: 1\n---\nb: 2\n") == .severalDocuments(DocumentPlace(line: 2, column: 1)))
        let deep = String(repeating: "[", count: 66) + String(repeating: "]", count: 66)
        #expect(refusal(of: deep) == .tooDeep(limit: 64, DocumentPlace(line: 1, column: 66)))
        var small = DocumentLimits()
        small.bytes = 10
        #expect(refusal(of: "a: 12345678", limits: small) == .tooLarge(bytes: 11, limit: 10))
        small = DocumentLimits()
        small.scalar = 4
        #expect(
            refusal(of: "a: 12345", limits: small)
                == .scalarTooLong(limit: 4, DocumentPlace(line: 1, column: 4)))
    }

    @Test(
        "a syntax error names its line",
        arguments: [("a: [1, 2\nb: 3\n", 2), ("a:\n\tb: 1\n", 2), ("a: 'x\n", 2), ("a: b: c\n", 1)])
    func syntax(text: String, line: Int) {
        guard case .syntax(_, let place)? = refusal(of: text) else {
            Issue.record("no syntax error")
            return
        }
        #expect(place.line == line)
    }

    @Test("a diagnosis names file, line and column")
    func diagnosis() {
        let diagnosis = refusal(of: "a: 1\na: 2\n")?.diagnosis(in: "tollbook.yaml")
        #expect(diagnosis?.code == "document.duplicate-key")
        #expect(diagnosis?.problem == "tollbook.yaml:2:1: the key `a` stands twice; first in line 1")
    }

    @Test("bytes that are no UTF-8, or control characters, are a syntax error")
    func noText() {
        for bytes: [UInt8] in [[0x61, 0x3a, 0x20, 0xff], [0x61, 0x00], [0xc3], [0xed, 0xa0, 0x80], [0x07]] {
            #expect(throws: DocumentError.self) { try Document.yaml(bytes) }
        }
    }

    @Test("no bytes trap: mutated and random texts from a seed", arguments: [1, 2, 3] as [UInt64])
    func mutations(seed: UInt64) {
        let text = """
            provider: &p openai
            prices:
            - id: "a/b"   # c
              models: [x, "y-*", 'z']
              when: {service_tier: priority, window: {days: [mon], from: "01:00"}}
              rates: &r {in.text.fresh: {amount: "1.25", per: 1000000}}
              note: |
                several
                lines
            - rates: *r
              more: >-
                folded
              ? key
              : value
            """
        let interesting = Array("{}[]:,-?&*!|>'\"%@`#~\n\t \\<\u{0}\u{1}é".utf8)
        var random = SeededGenerator(seed)
        for _ in 0..<4_000 {
            var bytes = Array(text.utf8)
            for _ in 0...Int.random(in: 0..<6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: at)
                case 2 where bytes.count > 1: bytes.remove(at: at)
                default: bytes = Array(bytes[..<max(1, at)])
                }
            }
            _ = try? Document.yaml(bytes)
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated (xorshift64*).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
