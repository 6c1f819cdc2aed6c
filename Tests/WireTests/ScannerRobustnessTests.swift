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
}
