import Testing

@testable import Commands

@Suite struct ArgumentsTests {
    private static let help = Help(
        "try", "a command for these tests",
        operands: [.init("FILE", "a file"), .init("MORE", "another", required: false)],
        options: [
            .init("--one", "X", "once"), .init("--by", "X", "a list", arity: .list),
            .init("--label", "X", "repeated", arity: .repeated), .init(flag: "--flag", "a flag"),
            .init("--word", "X", "one of a list", values: ["red", "green"]),
        ],
        examples: [])

    private func parse(_ line: String) throws(UsageError) -> Arguments {
        try Arguments(line.split(separator: " ").map(String.init), for: Self.help)
    }

    @Test("a value stands behind a blank or an equals sign")
    func values() throws {
        #expect(try parse("--one 1").value("--one") == "1")
        #expect(try parse("--one=1=2").value("--one") == "1=2")
        #expect(try parse("--one=--flag").value("--one") == "--flag")
        #expect(try parse("--one -1").value("--one") == "-1")
        #expect(try parse("").value("--one") == nil)
        #expect(try parse("--flag").flag("--flag"))
    }

    @Test("lists take commas and repetition, repeated options only the latter")
    func lists() throws {
        #expect(try parse("--by a,b --by=c").list("--by") == ["a", "b", "c"])
        #expect(try parse("--label k=1,2 --label l=3").list("--label") == ["k=1,2", "l=3"])
    }

    @Test("operands stand anywhere; two dashes end the options; a dash is an operand")
    func operands() throws {
        let arguments = try parse("a --flag b")
        #expect(try arguments.operand(0) == "a")
        #expect(try arguments.operand(1) == "b")
        #expect(try parse("-- --flag").operand(0) == "--flag")
        #expect(try parse("-").operand(0) == "-")
        #expect(try parse("a").operand(1) == nil)
        #expect(throws: UsageError.missingOperand("FILE")) { try parse("--flag").operand(0) }
    }

    @Test(
        "what is not described is refused",
        arguments: [
            ("--on 1", UsageError.unknownOption("--on", nearest: "--one")),
            ("--elephant 1", .unknownOption("--elephant", nearest: nil)),
            ("-x", .unknownOption("-x", nearest: nil)),
            ("--one", .missingValue(option: "--one", metavar: "X")),
            ("--one --flag", .missingValue(option: "--one", metavar: "X")),
            ("--one=", .missingValue(option: "--one", metavar: "X")),
            ("--one 1 --one 2", .repeated(option: "--one")),
            ("--flag --flag", .repeated(option: "--flag")),
            ("--flag=yes", .unexpectedValue(flag: "--flag")),
            ("a b c", .unexpectedOperand("c")),
            (
                "--word gren",
                .invalid(what: "--word", value: "gren", expected: "one of red, green", nearest: "green")
            ),
        ])
    func refusals(line: String, error: UsageError) {
        #expect(throws: error) { try parse(line) }
    }

    @Test("-h is --help, in any company")
    func helpFlag() throws {
        #expect(try parse("a --one 1 -h").wantsHelp)
        #expect(try !parse("a").wantsHelp)
    }

    @Test("the nearest word is a slip of the fingers away")
    func suggestions() {
        let words = ["report", "records", "rate", "serve"]
        #expect(nearest(to: "reprot", among: words) == "report")
        #expect(nearest(to: "REPORTS", among: words) == "report")
        #expect(nearest(to: "sreve", among: words) == "serve")
        #expect(nearest(to: "xyzzy", among: words) == nil)
        #expect(nearest(to: "", among: words) == nil)
        #expect(nearest(to: String(repeating: "a", count: 100_000), among: words) == nil)
    }
}
