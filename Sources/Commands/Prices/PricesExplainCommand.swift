import Rating
import Reporting
import Terms

/// `tollbook prices explain MODEL`: which price applies, why, and which candidates lost.
struct PricesExplainCommand: Command {
    static let help = Help(
        "prices explain", "say which price applies to a model, and why the others do not",
        details: """
            State the circumstances of a call, as far as they matter: the rest counts as unknown, and a
            condition on something unknown does not hold.
            """,
        operands: [.init("MODEL", "as the provider names it, such as gpt-5.4")],
        options: [
            PriceOptions.help,
            .init("--provider", "NAME", "whose price", fallback: "every provider that names it"),
            .init("--at", "TIME", "when the call began", fallback: "now"),
            .init("--tier", "WORD", "the service tier as served"), .init(flag: "--batch", "a batch"),
            .init("--region", "WORD", "the region that served it"),
            .init("--geo", "WORD", "the inference geography"),
            .init("--speed", "WORD", "the speed mode"),
            .init("--upstream", "NAME", "the configured upstream"),
            .init("--input-tokens", "N", "all input tokens of the request", fallback: "0"),
        ],
        examples: [
            .init(
                "tollbook prices explain gpt-5.4 --tier priority --input-tokens 300000",
                "a large fast request")
        ])

    private let model: String
    private let prices: PriceOptions
    private let provider: String?
    private let instant: Instant?
    private let upstream: String
    private let selectors: Selectors

    init(_ arguments: Arguments) throws(UsageError) {
        model = try arguments.operand(0) ?? ""
        prices = PriceOptions(arguments)
        provider = arguments.value("--provider")
        instant = try arguments.instant("--at")
        upstream = arguments.value("--upstream") ?? ""
        var selectors = Selectors()
        selectors.serviceTier = arguments.value("--tier")
        selectors.batch = arguments.flag("--batch") ? true : nil
        selectors.region = arguments.value("--region")
        selectors.geo = arguments.value("--geo")
        selectors.speed = arguments.value("--speed")
        selectors.contextTokens =
            try arguments.value("--input-tokens", expected: "a number of tokens") { text in
                Int64(text).flatMap { $0 >= 0 ? $0 : nil }
            } ?? 0
        self.selectors = selectors
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let book = try prices.book(in: world)
        let instant = instant ?? world.clock()
        let providers = provider.map { [$0] } ?? book.providers(naming: model)
        var text = ""
        for provider in providers {
            var usage = Usage()
            usage.provider = provider
            usage.components = [Component(model: model, readings: [], selectors: selectors)]
            for explanation in book.explain(usage, upstream: upstream, at: instant) {
                text += Self.page(explanation, at: instant, columns: world.outStyle.columns)
            }
        }
        guard !text.isEmpty else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "prices.unknown-model", problem: "no price names '\(model.visible)'",
                    effect: "usage of this model is recorded and stays unpriced",
                    remedy: "see `tollbook prices list`, or add the price to a price file"))
        }
        world.out.write(text)
        return .done
    }

    private static func page(_ explanation: Explanation, at instant: Instant, columns: Int?) -> String {
        var text = "\(explanation.provider) \(explanation.model.visible) at \(instant.rfc3339)\n"
        var candidates = TextTable([.init("  price"), .init("when"), .init("verdict")])
        candidates.rows = explanation.candidates.map { candidate in
            let when = candidate.entry.when.text
            return ["  \(candidate.entry.id)", when.isEmpty ? "-" : when, candidate.verdict.words]
        }
        text += candidates.rows.isEmpty ? "  no price names it\n" : candidates.text(columns: columns)
        guard let taken = explanation.taken else { return text + "  nothing applies: unpriced\n" }
        text += "\n" + taken.page(columns: columns)
        return text
    }
}
