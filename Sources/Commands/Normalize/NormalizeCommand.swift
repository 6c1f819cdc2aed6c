import Mediation
import Rating
import Reporting
import Terms
import Wire

/// `tollbook normalize FILE|-`: recorded exchanges in, usage records out, by the code that meters live
/// traffic. One line in memory at a time.
struct NormalizeCommand: Command {
    static let help = Help(
        "normalize", "turn recorded exchanges into usage records",
        details: """
            Reads one JSON object per line: id, provider, request {method, path, host, headers, body or
            body_b64}, response {status, headers, body or body_b64}. Prints one JSON object per line in the
            same order, id first; nothing in it depends on the time or the place of the run.

            A line that cannot be read gives {"id","error":{"code","problem"}}, the others go on, and the
            exit code is 1. Anomalies of the usage stand in the record and are no error.
            """,
        operands: [.init("FILE", "the recording; - is standard input")],
        options: [
            .init(
                "--prices", "PATH", "add charges and cost by these price files or directories of them",
                arity: .list),
            .init("--at", "TIME", "the date or RFC 3339 time at which the prices are taken", fallback: "now"),
        ],
        examples: [
            .init("tollbook normalize recording.jsonl", "what was used"),
            .init("tollbook normalize - --prices pricing/ --at 2026-10-01 < recording.jsonl", "and its cost"),
        ])

    private let path: String
    private let prices: PriceOptions?
    private let instant: Instant?

    init(_ arguments: Arguments) throws(UsageError) {
        path = try arguments.operand(0) ?? "-"
        prices = arguments.isGiven("--prices") ? PriceOptions(arguments) : nil
        instant = try arguments.instant("--at")
        if instant != nil, prices == nil { throw .needs("--at", "--prices") }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let book = try prices?.book(in: world)
        let instant = self.instant ?? world.clock()
        var json = JSONWriter(reserving: 16 << 10)
        let memory = Memory()
        var unreadable: [Int: String] = [:]
        var count = 0
        do throws(FileProblem) {
            var lines = try LineReader.open(path, limit: RecordedExchange.lineLimit)
            while !world.out.isClosed, let line = try lines.next() {
                count += 1
                if let problem = Self.write(line, with: memory, to: &json, book: book, at: instant) {
                    // The first few are enough for a person; all of them stand in the output.
                    if unreadable.count < Self.toldLines { unreadable[count] = problem }
                }
                json.newline()
                world.out.write(bytes: json.bytes)
                json.removeAll()
            }
        } catch {
            throw Failure(error, effect: "the output ends here: it has \(count) lines")
        }
        if unreadable.isEmpty { return .done }
        let places = unreadable.sorted { $0.key < $1.key }.map { "line \($0.key): \($0.value)" }
        throw Failure(
            .couldNot,
            Diagnosis(
                code: "normalize.unreadable-lines",
                problem: "some of \(count) lines are no exchanges\n" + places.joined(separator: "\n"),
                effect: "they have an error object in the output; the other lines are normalized",
                remedy: "look for \"error\" in the output, mend these lines and run it again"))
    }

    /// What one line leaves for the next.
    private struct Memory {
        let scanner = RecordedExchange.scanner()
        let surfaces = RecordedSurfaces()
    }

    /// How many unreadable lines are named on stderr.
    private static let toldLines = 5

    /// - Returns: what is wrong with the line, nil when nothing is.
    private static func write(
        _ line: LineReader.Line, with memory: Memory, to json: inout JSONWriter, book: PriceBook?,
        at instant: Instant
    ) -> String? {
        do throws(RecordedExchangeError) {
            guard case .bytes(let bytes) = line else { throw .tooLong }
            let exchange = try RecordedExchange(line: bytes.span, with: memory.scanner)
            var usage = exchange.usage(surfaces: memory.surfaces)
            let rated = book?.rate(usage, upstream: exchange.provider ?? usage.provider, at: instant)
            if let rated { usage.noteStatedCost(besides: rated) }
            json.normalized(id: exchange.id, usage: usage, rated: rated)
            return nil
        } catch {
            let diagnosis = error.diagnosis
            json.unreadable(id: peekID(line), code: diagnosis.code, problem: diagnosis.problem)
            return diagnosis.problem
        }
    }

    private static let idAlone = JSONSelection([("id", .keep(slot: 0))])

    /// The id of a line that is broken somewhere.
    private static func peekID(_ line: LineReader.Line) -> String? {
        guard case .bytes(let bytes) = line else { return nil }
        let scanner = JSONScanner(idAlone)
        _ = scanner.feed(bytes.span, from: 0, to: bytes.count)
        return scanner.last(0).flatMap { scanner.string(of: $0) }
    }
}
