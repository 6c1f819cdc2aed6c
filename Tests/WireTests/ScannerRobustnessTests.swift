import Testing

@testable import Wire

/// The scanner against everything: damaged documents, noise, every cut. It must answer, and answer the
/// same however the bytes arrive.
@Suite struct ScannerRobustnessTests {
    struct Seeded: RandomNumberGenerator {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    static let seeds = [
        #"{"id":"a\u00e9\n","usage":{"prompt_tokens":12,"details":{"cached":1e3}},"#
            + #""choices":[{"delta":{"content":"x"}}]}"#,
        #"[1,-2.5e+10,true,null,{"deep":["a",{"b":"c"}]},"\ud83d\ude00"]"#,
        #"{"usage":[[[[{}]]]],"id":{"id":{"id":""}},"":0,"choices":[[],{},null,"\\"]}"#,
    ]

    @Test func damagedDocumentsGiveOneAnswer() {
        var random = Seeded(2026)
        let alphabet = Array("{}[]:,\"\\ua0-+.eE1\n\u{1}\u{7f}ÿ nulltruefalse".utf8)
        for round in 0..<6000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...5, using: &random) where !bytes.isEmpty {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = alphabet.randomElement(using: &random)!
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(alphabet.randomElement(using: &random)!, at: at)
                default: bytes.removeLast(min(bytes.count, at / 2))
                }
            }
            let whole = JSONScannerTests.scan(bytes, cutAt: nil)
            let cut = JSONScannerTests.scan(bytes, cutAt: Int.random(in: 0...bytes.count, using: &random))
            #expect(whole == cut, "round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func membersOfAnyBytesEnd() {
        var random = Seeded(7)
        let alphabet = Array("{}[]:,\"\\a1 ".utf8)
        for _ in 0..<4000 {
            let noise =
                [UInt8(ascii: "{")]
                + (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    alphabet.randomElement(using: &random)!
                }
            var count = 0
            for _ in JSONMembers(noise[...]) { count += 1 }
            #expect(count <= noise.count)
            _ = JSONText.string(noise[...])
        }
    }

    @Test func membersAreReadInOrder() {
        let object = Array(#"{ "a" : "x,\"}" , "b":{"c":[1,2]},"d":-1.5}"#.utf8)
        let members = JSONMembers(object[...]).map {
            "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))"
        }
        #expect(members == [#"a="x,\"}""#, #"b={"c":[1,2]}"#, "d=-1.5"])
    }

    @Test("a value beyond the limits is dropped whole, wherever the bytes are cut")
    func limitsDoNotDependOnTheCut() {
        let selection = JSONSelection([
            ("usage", .keep(slot: 0)), ("usage.a", .keep(slot: 1)), ("usage.b.c", .keep(slot: 2)),
            ("model", .keep(slot: 3)),
        ])
        var limits = JSONLimits()
        limits.arena = 40
        func scan(_ bytes: [UInt8], cutAt cut: Int) -> [String] {
            let scanner = JSONScanner(selection, limits: limits)
            for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
                _ = scanner.feed(piece.span, from: 0, to: piece.count)
            }
            scanner.finish()
            return ["\(scanner.status) \(scanner.passedLimit)"]
                + scanner.captures.map {
                    "\($0.slot) \(String(decoding: scanner.bytes(of: $0), as: UTF8.self))"
                }
        }
        for (text, found) in [
            // 42 bytes of usage: too many. What stands in it goes with it, what follows stays.
            (
                #"{"usage":{"a":1,"pad":"xxxxxxxxxxxxxx","b":{"c":2}},"model":"m"}"#,
                ["complete true", #"3 "m""#]
            ),
            (
                #"{"usage":{"a":1,"pad":"xxxxxxxxxxx","b":{"c":2}}}"#,
                [
                    "complete false", "1 1", "2 2",
                    #"0 {"a":1,"pad":"xxxxxxxxxxx","b":{"c":2}}"#,
                ]
            ),
            // Broken before the end: how full the arena was by then is nobody's business.
            (
                #"{"model":"m","usage":{"a":1,"pad":"xxxxxxxxxxxxxxxxxxxx","b":{"c":2},}"#,
                ["malformed false", #"3 "m""#]
            ),
            (
                #"{"usage":{"a":1,"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","b":{"c":2}"#,
                ["incomplete true"]
            ),
        ] {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count { #expect(scan(bytes, cutAt: cut) == found, "\(text) at \(cut)") }
        }
    }
}

/// The texts inside JSON strings, undone in words of eight bytes, against undoing them byte by byte.
@Suite struct UnescapingTests {
    /// What the grammar says, one byte after the other.
    private static func plainly(_ inner: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < inner.count {
            let byte = inner[index]
            index += 1
            guard byte == 0x5c, index < inner.count else {
                out.append(byte)
                continue
            }
            let escape = inner[index]
            index += 1
            switch escape {
            case UInt8(ascii: "n"): out.append(0x0a)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0d)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0c)
            default: out.append(escape)
            }
        }
        return out
    }

    @Test("an escape at every place of strings of every length up to three words")
    func everyPlace() {
        for length in 0...26 {
            for place in 0...length {
                for escape in [#"\n"#, #"\\"#, #"\""#, #"\/"#] {
                    var inner = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
                    inner.insert(contentsOf: escape.utf8, at: place)
                    let quoted = [0x22] + inner + [0x22]
                    #expect(JSONText.stringBytes(quoted[...]) == Self.plainly(inner))
                }
            }
        }
    }

    @Test(
        "code points beside plain text, and halves of pairs",
        arguments: [
            (#"a\u00e9bcdefghij"#, "a\u{e9}bcdefghij"), (#"\ud83d\ude00"#, "\u{1f600}"),
            (#"x\ud83dy"#, "x\u{fffd}y"), (#"\ud83d\n"#, "\u{fffd}\n"), (#"\ude00"#, "\u{fffd}"),
            (#"\ud83d\ud83d\ude00"#, "\u{fffd}\u{1f600}"), (#"12345678\u0041"#, "12345678A"),
            (#"\u20"#, " "), (#"\u"#, "\0"),
            (#"plain, of more than one word"#, "plain, of more than one word"),
        ])
    func codePoints(inner: String, expected: String) {
        let quoted = Array("\"\(inner)\"".utf8)
        #expect(JSONText.string(quoted[...]) == expected)
    }

    @Test("members of strings are found by their places, others are passed over")
    func places() {
        let object = Array(#" {}"#.utf8)
        #expect(JSONMembers.places(in: object.span).isEmpty)
        let text = #"{"a":"1","b":[{"c":"x,\"}"},2],"d\"e":"3" , "f":null,"g":{"h":{}},"i":"","j":"4"}"#
        let bytes = Array(text.utf8)
        let found = JSONMembers.places(in: bytes.span).map { place in
            [bytes[place.key], bytes[place.value]].map { String(decoding: $0, as: UTF8.self) }.joined(
                separator: ":")
        }
        #expect(found == [#""a":"1""#, #""d\"e":"3""#, #""i":"""#, #""j":"4""#])
        // Every cut of it yields a beginning of that, and nothing traps.
        for end in 0...bytes.count {
            let part = JSONMembers.places(in: bytes.span.extracting(0..<end))
            #expect(part.count <= 4)
        }
    }
}
