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
