import Rating
import Reporting
import Terms

/// `tollbook prices check`: are the price files well formed, and does a price need a look?
struct PricesCheckCommand: Command {
    static let help = Help(
        "prices check", "look for mistakes, gaps and old prices in price files",
        details: """
            Mistakes make the files unusable: all are told, each with its line. Findings are prices that a
            person should look at: gaps in time, a class of usage without a price beside its siblings, amounts
            that look like another unit, prices without source or not compared with it for long, meters that
            nothing counts, and prices that can never apply. Either way the exit code is 2.
            """,
        options: [
            PriceOptions.help,
            .init("--max-age", "DAYS", "how old a comparison with the source may be", fallback: "180"),
            Format.option([.text, .json]),
        ],
        examples: [
            .init("tollbook prices check", "the prices in use"),
            .init("tollbook prices check --prices pricing/ --max-age 30", "a directory, strictly"),
        ])

    private let prices: PriceOptions
    private let maxAge: Int64
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        prices = PriceOptions(arguments)
        maxAge =
            try arguments.value("--max-age", expected: "a number of days") { text in
                Int64(text).flatMap { (0...36_500).contains($0) ? $0 : nil }
            } ?? 180
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let sources = try prices.sources(in: world)
        let book: PriceBook
        do throws(ConfigurationProblems) {
            book = try PriceSources.book(sources)
        } catch {
            if format == .json { world.out.write(Self.json(problems: error.diagnoses)) }
            world.tell(error.diagnoses)
            return .found
        }
        var limits = PriceCheckLimits()
        limits.staleDays = maxAge
        let findings = book.findings(today: world.clock().date, limits: limits)
        switch format {
        case .json: world.out.write(Self.json(book, findings))
        default:
            for finding in findings {
                let place = "\(finding.file):\(finding.line): \(finding.kind.rawValue)"
                world.out.write("\(place): \(finding.id.visible): \(finding.text)\n")
            }
            let files = counted(Int64(book.files.count), "file")
            let entries = counted(Int64(book.entries.count), "price")
            world.out.write(
                "\(files), \(entries), version \(book.version): "
                    + (findings.isEmpty ? "nothing found\n" : "\(findings.count) found\n"))
        }
        return findings.isEmpty ? .done : .found
    }

    private static func json(_ book: PriceBook, _ findings: [PriceFinding]) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("version", book.version)
        json.field("files", Int64(book.files.count))
        json.field("prices", Int64(book.entries.count))
        json.key("problems")
        json.beginArray()
        json.endArray()
        json.key("findings")
        json.beginArray()
        for finding in findings {
            json.beginObject()
            json.field("kind", finding.kind.rawValue)
            json.field("id", finding.id)
            json.field("file", finding.file)
            json.field("line", Int64(finding.line))
            json.field("text", finding.text)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }

    private static func json(problems: [Diagnosis]) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.key("version")
        json.null()
        json.key("problems")
        json.beginArray()
        for problem in problems {
            json.beginObject()
            json.field("code", problem.code)
            json.field("problem", problem.problem)
            json.endObject()
        }
        json.endArray()
        json.key("findings")
        json.beginArray()
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }
}
