import Rating
import Reporting
import Terms

/// `tollbook prices show MODEL`: every price that names a model, with its rates and where they come from.
struct PricesShowCommand: Command {
    static let help = Help(
        "prices show", "show the prices of one model",
        operands: [.init("MODEL", "as the provider names it, such as gpt-5.4")],
        options: [
            PriceOptions.help,
            .init("--provider", "NAME", "only this provider's"),
            .init(
                "--at", "TIME", "only those that are valid at this date or RFC 3339 time",
                fallback: "all, also past and future ones"),
            Format.option([.text, .json]),
        ],
        examples: [.init("tollbook prices show claude-sonnet-4-5 --at 2026-11-01", "what applied on a day")])

    private let model: String
    private let prices: PriceOptions
    private let provider: String?
    private let instant: Instant?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        model = try arguments.operand(0) ?? ""
        prices = PriceOptions(arguments)
        provider = arguments.value("--provider")
        instant = try arguments.instant("--at")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let entries = try prices.entries(naming: model, in: world).filter { entry in
            // A price for any model whatever says nothing about this one.
            let named = entry.models.contains { $0.text != "*" && $0.matches(model) }
            guard provider.map({ $0 == entry.provider }) ?? named else { return false }
            return instant.map(entry.isValid) ?? true
        }
        if entries.isEmpty { throw Failure(.couldNot, unknown(try prices.names(in: world))) }
        if format == .json {
            var json = JSONWriter()
            json.beginArray()
            for entry in entries { json.price(entry) }
            json.endArray()
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            let blocks = entries.map { $0.page(columns: world.outStyle.columns) }
            world.out.write(blocks.joined(separator: "\n"))
        }
        return .done
    }

    private func unknown(_ names: [String]) -> Diagnosis {
        let near = nearest(to: model, among: names).map { "; did you mean \($0)?" } ?? ""
        return Diagnosis(
            code: "prices.unknown-model", problem: "no price names '\(model.visible)'\(near)",
            effect: "usage of this model is recorded and stays unpriced",
            remedy: "see `tollbook prices list`, or add the price to a price file")
    }
}

extension PriceEntry {
    /// The price with its conditions, source and rates.
    func page(columns: Int?) -> String {
        var text = "\(id)\n"
        text += "  models   \(modelText)\n"
        text += "  valid    from \(from.date.iso8601)"
        text += until.map { " until \($0.date.iso8601)" } ?? ", without end"
        text += "\n"
        if !when.text.isEmpty { text += "  when     \(when.text)\n" }
        if multiply.text != "1" { text += "  multiply \(multiply.text)\n" }
        text += "  source   \(source ?? "none"), checked \(checked?.iso8601 ?? "never")\n"
        text += "  file     \(file):\(line)\n"
        var table = TextTable([
            .init("  meter"), .init(currency.code, numeric: true), .init("per", numeric: true),
            .init("same as"),
        ])
        table.rows = rates.map { rate in
            ["  \(rate.meter.rawValue)", rate.amount.plain, rate.per.grouped, rate.sameAs?.rawValue ?? ""]
        }
        return text + table.text(columns: columns)
    }
}
