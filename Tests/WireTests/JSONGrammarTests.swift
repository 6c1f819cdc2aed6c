// The grammar of RFC 8259, case by case, against the scanner. With TOLLBOOK_JSON_SUITE naming the folder
// `test_parsing` of the public JSON parsing test suite (github.com/nst/JSONTestSuite), its files are run
// as well: `y_…` must be taken, `n_…` must not, `i_…` may be either but must not depend on the cut.
import Foundation
import Testing

@testable import Wire

@Suite struct JSONGrammarTests {
    /// The public suite's files; none where nobody names its folder.
    static let suite = ProcessInfo.processInfo.environment["TOLLBOOK_JSON_SUITE"].map { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map {
            "\(folder)/\($0)"
        }
    }

    /// Whether the bytes are one JSON text and nothing else, read in two pieces.
    static func accepts(_ bytes: [UInt8], cutAt cut: Int) -> Bool {
        let scanner = JSONScanner(JSONScannerTests.selection)
        var rest: ArraySlice<UInt8> = []
        for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
            let used = scanner.status == .incomplete ? scanner.feed(piece.span, from: 0, to: piece.count) : 0
            rest += piece[used...]
        }
        scanner.finish()
        return scanner.status == .complete && rest.allSatisfy(JSONScanner.isSpace)
    }

    /// The verdict, the same wherever the bytes are cut.
    static func verdict(_ bytes: [UInt8], _ name: String) -> Bool {
        let whole = accepts(bytes, cutAt: 0)
        let step = max(1, bytes.count / 200)
        for cut in stride(from: 0, through: bytes.count, by: step) {
            #expect(accepts(bytes, cutAt: cut) == whole, "\(name) cut at \(cut)")
        }
        return whole
    }

    @Test(arguments: [
        // Any value may stand alone, with white space around it.
        "[]", "{}", "0", "-0", "\"\"", "true", "false", "null", " [] ", "\t\r\n{ }\n", "[\n]", "42 ",
        // Numbers.
        "[123]", "[-1]", "[-0]", "[0.5]", "[-0.5]", "[1.000000000000005]", "[1e1]", "[1E1]", "[1e+1]",
        "[1E-1]", "[0e1]", "[0e+1]", "[0E0]", "[123.456e78]", "[-123123123123123123123123123123]",
        "[123123e100000]", "[0.4e006699999999999999]", "[20e1]", "[1.0]", "[ 4]",
        // Strings.
        #"["a"]"#, #"["\"\\\/\b\f\n\r\t"]"#, #"["\u0061\u30af\uABCD\uabcd"]"#,
        #"["\ud83d\ude39\ud83d\udc8d"]"#,
        #"["\u0000"]"#, #"["\u002c"]"#, #"["a/*b*/c/*d//e"]"#, #"["\\n"]"#, #"["\\u0000"]"#, "[\"é€😀\"]",
        "[\"\u{7f}\"]", "[\"\u{2028}\u{2029}\"]", "[\"\u{10ffff}\"]", #"["\uDBFF\uDFFF"]"#, #"["asd "]"#,
        #"["new\u00A0line"]"#, #"["\uFDD0"]"#,
        // Arrays and objects.
        "[[]   ]", "[1,null,\"a\",{}]", "[1 , 2]", "[null,null]", #"{"a":1}"#, #"{"a":1,"a":2}"#, #"{"":0}"#,
        #"{"a":[],"b":{}}"#, #"{"a":{"b":{"c":[1]}}}"#, #"{"\u0061":"\uD801\udc37"}"#, #"{ "a" : "b" }"#,
        "{\n\"a\":\n\"b\"\n}", #"{"a\tb":0}"#,
    ])
    func taken(_ text: String) { #expect(Self.verdict(Array(text.utf8), text)) }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[}", "{]", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "[\"a", "\"",
        "\"a",
        // Commas and colons.
        "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "{,}", #"{"a":1,}"#, #"{"a":1,,"b":2}"#,
        #"{"a" 1}"#,
        #"{"a":1 "b":2}"#, #"{"a"::1}"#, #"{:1}"#, #"{"a",1}"#, #"{"a":}"#, #"{1:1}"#, "{a:1}", "{'a':1}",
        #"{null:1}"#, #"{"a":1}}"#, #"{"a":1}#"#, "[1]]", "[1]x", "[][]", "1 2", "{}{}", #"{"a":1}/**/"#,
        "[1]//",
        // Numbers.
        "[01]", "[-01]", "[-]", "[+1]", "[--1]", "[1.]", "[.1]", "[-.1]", "[1.e1]", "[1e]", "[1e+]", "[1E+]",
        "[1.2.3]", "[1e1e1]", "[0x1]", "[1_000]", "[1 000]", "[1a]", "[-a]", "[Infinity]", "[-Infinity]",
        "[NaN]",
        "[-NaN]", "[1+2]", "[0e]", "[0e+]", "[2.e+3]", "[9.e+]", "[1.8011670033376514H-308]", "[１]", "-",
        "01",
        // Strings.
        "['a']", "[a]", #"["\x00"]"#, #"["\a"]"#, #"["\u00A"]"#, #"["\u"]"#, #"["\uD834\uD"]"#, #"["\'"]"#,
        "[\"\t\"]", "[\"\n\"]", "[\"a\u{0}b\"]", "[\"\u{1f}\"]", #"["\"]"#, #"["\\\"]"#, #"["a"b]"#,
        #"["\😀"]"#,
        #"["\u{61}"]"#, #"["\UA66D"]"#, "\\u0061", #"[\n]"#, "[\u{201c}a\u{201d}]",
        // Words.
        "[tru]", "[nul]", "[fals]", "[True]", "[NULL]", "[truth]", "[nulll]", "t", "[true false]",
        "undefined",
        // White space that is none, comments, other texts.
        "[\u{c}]", "[\u{b}]", "[\u{a0}]", "\u{2060}[]", "[1/*c*/]", "/**/[]", "<x/>", "a", "é", "*",
        "[\u{feff}]",
        "\u{feff}\u{feff}[]", "[\u{0}]", "{}\u{0}",
    ])
    func refused(_ text: String) { #expect(!Self.verdict(Array(text.utf8), text)) }

    @Test("bytes that are no UTF-8 stand outside the grammar between tokens, and cannot be escaped")
    func foreignBytes() {
        let quote = UInt8(ascii: "\"")
        for bytes: [UInt8] in [
            [0x5b, 0xff, 0x5d], [0x5b, 0x61, 0xe5, 0x5d], [0x7b, quote, quote, 0xf0, 0x7d],
            [0x5b, quote, 0x5c, 0xe5, quote, 0x5d], [0xfe, 0xff, 0, 0x5b, 0, 0x5d], [0xef, 0xbb, 0x5b, 0x5d],
            [0x5b, 0x31, 0xe5, 0x5d], [0x30, 0x65, 0xe5],
        ] {
            #expect(!Self.verdict(bytes, "\(bytes)"))
        }
    }

    @Test("as deep as the limit, and not one deeper")
    func depth() {
        let limit = JSONLimits().depth
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeatElement("[", count: depth).joined().utf8)
                + Array(repeatElement("]", count: depth).joined().utf8)
        }
        #expect(Self.verdict(nested(limit), "the limit"))
        #expect(!Self.verdict(nested(limit + 1), "one more"))
        #expect(!Self.accepts(Array(repeating: UInt8(ascii: "["), count: 100_000), cutAt: 77))
        let object = Array(repeatElement(#"[{"":"#, count: 50_000).joined().utf8)
        #expect(!Self.accepts(object, cutAt: 0))
    }

    @Test("the public suite's files", arguments: suite ?? [])
    func publicSuite(_ path: String) throws {
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        let name = path.split(separator: "/").last ?? ""
        let taken = bytes.count > 10_000 ? Self.accepts(bytes, cutAt: 99) : Self.verdict(bytes, path)
        switch name.first {
        case "y": #expect(taken, "\(name) is JSON")
        case "n": #expect(!taken, "\(name) is no JSON")
        default: break
        }
    }
}
