import Bookkeeping
import Documents
import LedgerStore
import Rating
import Reporting
import Terms
import Wire

/// `tollbook reconcile import`: keeps what a provider states.
struct ReconcileImportCommand: Command {
    static let help = Help(
        "reconcile import", "keep what a provider states of usage and costs",
        details: """
            KIND says what FILE is: openai-usage, openai-costs, anthropic-usage, anthropic-costs and
            openrouter-activity are the JSON that those programming interfaces answer with; aws-cur (a cost and
            usage report, CUR 2.0), gcp-billing (an export to BigQuery) and focus are CSV. docs/reconciliation.md
            has the line that fetches each.

            The same file twice changes nothing. A day that a newer file of the same kind and account has is stated
            by that file alone.
            """,
        operands: [
            .init("KIND", ProviderFileKind.allCases.map(\.rawValue).joined(separator: ", ")),
            .init("FILE", "the file; - is standard input"),
        ],
        options: [
            .init("--account", "NAME", "keeps several accounts with one provider apart"),
            .init("--provider", "NAME", "the ledger's name of the provider, where it is not the usual one"),
            LedgerOptions.help,
        ],
        examples: [
            .init("tollbook reconcile import openai-costs costs.json", "a month's costs"),
            .init(
                "tollbook reconcile import aws-cur cur.csv --account production", "one of several accounts"),
        ])

    private let ledger: LedgerOptions
    private let kind: ProviderFileKind
    private let path: String
    private let account: String
    private let provider: String?

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        let word = try arguments.operand(0) ?? ""
        guard let kind = ProviderFileKind(rawValue: word) else {
            let words = ProviderFileKind.allCases.map(\.rawValue)
            throw .invalid(
                what: "KIND", value: word, expected: "one of \(words.joined(separator: ", "))",
                nearest: nearest(to: word, among: words))
        }
        self.kind = kind
        path = try arguments.operand(1) ?? "-"
        account = arguments.value("--account") ?? ""
        provider = arguments.value("--provider")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        var hash = ContentHash()
        let read: ProviderLines
        do throws(FileProblem) {
            read = kind.isDelimited ? try table(&hash) : try pages(&hash)
        } catch {
            throw Failure(error, effect: "nothing was kept")
        }
        let lines = read.all
        guard !lines.isEmpty else {
            throw Self.failure(read, "nothing was kept", "the file has no line that \(kind.rawValue) has")
        }
        let file = ProviderFile(digest: hash.hexadecimal(), name: path, lines: lines)
        let isNew = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.keep(file, kind: kind, account: account, at: world.clock())
        }
        let first = lines.first?.key.day.iso8601 ?? ""
        let last = lines.map(\.key.day).max()?.iso8601 ?? ""
        world.out.write(
            isNew
                ? "kept \(counted(Int64(lines.count), "line")) of \(first) to \(last), "
                    + "file \(file.digest.prefix(12))\n"
                : "nothing to do: the file \(file.digest.prefix(12)) was kept before\n")
        if read.problemCount > 0 {
            throw Self.failure(read, "what could be read was kept", "some of the file cannot be read")
        }
        return .done
    }

    private static func failure(_ lines: ProviderLines, _ effect: String, _ words: String) -> Failure {
        let places = ([words] + lines.problems).joined(separator: "\n")
        return Failure(
            .couldNot,
            Diagnosis(
                code: "reconcile.unreadable", problem: places, effect: effect,
                remedy: "compare the file with its kind in docs/reconciliation.md, then import it again"))
    }

    private func table(_ hash: inout ContentHash) throws(FileProblem) -> ProviderLines {
        var table = ProviderTable(ProviderLines(kind: kind, account: account, provider: provider))
        var reader = DelimitedReader()
        var hasHeader = false
        func take(_ row: DelimitedReader.Row, _ line: Int64) {
            switch row {
            case .tooLong: table.unreadable(line: line)
            case .fields(let fields) where hasHeader: table.row(fields, line: line)
            case .fields(let fields):
                table.header(fields)
                hasHeader = true
            }
        }
        var digest = hash
        try DelimitedFile.pieces(path) { piece in
            digest.update(piece)
            reader.feed(piece, take)
        }
        reader.end(take)
        hash = digest
        return table.lines
    }

    private func pages(_ hash: inout ContentHash) throws(FileProblem) -> ProviderLines {
        var bytes: [UInt8] = []
        var isTooLarge = false
        try DelimitedFile.pieces(path) { piece in
            if bytes.count + piece.count > Self.limits.bytes { isTooLarge = true } else { bytes += piece }
        }
        if isTooLarge {
            throw FileProblem(
                path: path, reason: "it has more than \(Self.limits.bytes) bytes: fetch fewer days at once")
        }
        hash.update(bytes)
        let document: Document
        do throws(DocumentError) {
            document = try Document.json(bytes, limits: Self.limits)
        } catch {
            throw FileProblem(path: path, reason: error.jsonProblem)
        }
        var lines = ProviderLines(kind: kind, account: account, provider: provider)
        lines.read(document)
        return lines
    }

    /// A month by the hour, grouped by everything, of a large organization.
    private static let limits: DocumentLimits = {
        var limits = DocumentLimits()
        limits.bytes = 64 << 20
        limits.nodes = 8_000_000
        return limits
    }()
}
