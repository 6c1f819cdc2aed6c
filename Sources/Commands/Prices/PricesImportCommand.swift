import Documents
import Rating
import Reporting
import Terms

/// `tollbook prices import SOURCE FILE`: somebody else's price list as price files.
struct PricesImportCommand: Command {
    static let help = Help(
        "prices import", "turn another project's price list into price files",
        details: """
            Reads the JSON of LiteLLM (model_prices_and_context_window_backup.json), of genai-prices
            (prices/data.json) or of OpenRouter (/api/v1/models). Units are converted exactly; a decimal that
            went through binary floating point is written as it was meant, and listed.

            Nothing is left out silently: what the list says and a price file cannot, what contradicts another
            entry, what looks like a wrong unit, and what was assumed, is reported, one line each. Without
            --into or --load nothing is written.

            With --replace, what the list does not say stays as it is: premiums, minimums, rates and prices
            that it lacks, dates, comments at the head. What it says otherwise is replaced, and reported.

            With --until, the list is an earlier edition: what it says otherwise becomes the price before,
            until then, in the files of --into, and a model that they do not have gets its last known price.
            """,
        operands: [
            .init("SOURCE", "litellm, genai-prices or openrouter"), .init("FILE", "the list, as JSON"),
        ],
        options: [
            .init("--into", "DIR", "write one file per provider there; existing ones are not touched"),
            .init(flag: "--load", "put them in force in the ledger, beside the book's other providers"),
            .init(flag: "--replace", "renew existing files, or a provider's prices in the book"),
            .init("--until", "TIME", "the list held until then: history for the files of --into"),
            .init("--provider", "NAME", "only these providers", fallback: "all", arity: .list),
            .init("--model", "NAME", "only these entries of the list", fallback: "all", arity: .list),
            .init("--from", "DATE", "since when prices hold that state no date", fallback: "2023-01-01"),
            .init("--note", "TEXT", "a line for each file's head, or with --until for each price that ends"),
            Format.option([.text, .jsonl]), LedgerOptions.help,
        ],
        examples: [
            .init(
                "tollbook prices import litellm list.json --provider xai --into pricing/", "one file"),
            .init("tollbook prices import openrouter models.json", "only the report"),
            .init("tollbook prices import litellm list.json --provider groq --load", "into the ledger"),
            .init(
                "tollbook prices import litellm old.json --until 2026-10-14 --into pricing/",
                "what was charged before"),
        ])

    enum Source: String, CaseIterable {
        case litellm
        case genAIPrices = "genai-prices"
        case openrouter
    }

    private let source: Source
    private let file: String
    private let directory: String?
    private let loads: Bool
    private let ledger: LedgerOptions
    private let replaces: Bool
    private let until: Instant?
    private let providers: [String]
    private let models: [String]
    private let from: CivilDate
    private let note: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        let word = try arguments.operand(0) ?? ""
        guard let source = Source(rawValue: word) else {
            throw .invalid(
                what: "SOURCE", value: word, expected: "litellm, genai-prices or openrouter",
                nearest: nearest(to: word, among: Source.allCases.map(\.rawValue)))
        }
        self.source = source
        file = try arguments.operand(1) ?? ""
        try arguments.exclusive("--into", "--load")
        directory = arguments.value("--into")
        loads = arguments.flag("--load")
        ledger = LedgerOptions(arguments)
        replaces = arguments.flag("--replace")
        until = try arguments.value("--until", expected: "a time such as 2026-10-14") { Instant(rfc3339: $0) }
        try arguments.exclusive("--until", "--replace")
        try arguments.exclusive("--until", "--load")
        if until != nil, !arguments.isGiven("--into") { throw .needs("--until", "--into") }
        providers = arguments.list("--provider")
        models = arguments.list("--model")
        from =
            try arguments.value("--from", expected: "a date such as 2026-10-01") { CivilDate($0) }
            ?? CivilDate("2023-01-01")!
        note = arguments.value("--note")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let today = world.clock().date
        var options = ImportOptions(from: from, checked: today)
        options.providers = Set(providers)
        options.entries = Set(models)
        let imported = try read(options)
        guard imported.entries > 0 else { throw Failure(.couldNot, nothingRead) }
        var head = ["Imported from \(source.rawValue)\(note.map { ", \($0)" } ?? "")."]
        head.append("Prices without a date of their own are taken to hold from \(from.iso8601) on.")
        var lines = imported.notes.map { note in (note.provider, note.kind.rawValue, note.entry, note.text) }
        let existing = try existing(Set(imported.byProvider.keys), in: world)
        var files: [ImportedFile] = []
        do throws(ConfigurationProblems) {
            for (provider, prices) in imported.byProvider.sorted(by: { $0.key < $1.key }) {
                let over: ExistingFile? =
                    if let file = existing[provider] { try ExistingFile(file, provider: provider) } else {
                        nil
                    }
                let file = try ImportedFile(
                    provider, prices, head: head, checked: today, source: source.home, over: over,
                    edition: until.map { ImportedFile.Edition(until: $0, words: note) })
                lines += file.notes.map { (provider, $0.kind.rawValue, $0.entry, $0.text) }
                files.append(file)
            }
        } catch { throw Failure(error) }
        for line in lines.sorted(by: <) { write(line, world) }
        if let directory { try write(files, into: directory) }
        let loaded = loads ? try ImportLoading(files: files, replaces: replaces).run(ledger, in: world) : nil
        let count = files.reduce(0) { $0 + $1.prices }
        world.out.flush()
        world.err.write(
            "\(counted(Int64(imported.entries), "model")), "
                + "\(counted(Int64(count), "price")) of \(counted(Int64(files.count), "provider")), "
                + "\(counted(Int64(lines.count), "note"))"
                + (directory.map { "; written to \($0.visible)\n" } ?? loaded.map { "; \($0)" }
                    ?? "; nothing written\n"))
        return .done
    }

    /// A file of another source reads as an empty list, which must not pass for a finished import.
    private var nothingRead: Diagnosis {
        let whose = providers.isEmpty ? "" : " of \(providers.map(\.visible).joined(separator: ", "))"
        return Diagnosis(
            code: "prices.nothing-imported",
            problem: "\(file.visible) has no model\(whose) in the shape of \(source.rawValue)",
            effect: "nothing was imported", remedy: "check SOURCE, the file, and the names under --provider")
    }

    /// The files that imported ones would take the place of, by provider.
    private func existing(_ providers: Set<String>, in world: World) throws(Failure) -> [String: PriceSource]
    {
        guard replaces || until != nil else { return [:] }
        if loads { return try ImportLoading.files(of: providers, ledger, in: world) }
        var found: [String: PriceSource] = [:]
        do throws(FileProblem) {
            for provider in providers {
                guard let directory else { continue }
                let path = "\(directory)/\(ImportedFile.fileName(of: provider))"
                if let bytes = try Files.read(path) {
                    found[provider] = PriceSource(name: path, bytes: bytes)
                } else if until != nil {
                    throw FileProblem(path: path, reason: "there is no such file to put a history into")
                }
            }
        } catch { throw Failure(error, effect: "nothing was imported") }
        return found
    }

    private func read(_ options: ImportOptions) throws(Failure) -> PriceImport {
        let bytes: [UInt8]
        do throws(FileProblem) {
            guard let found = try Files.read(file) else {
                throw FileProblem(path: file, reason: "there is no such file")
            }
            bytes = found
        } catch { throw Failure(error, effect: "nothing was imported") }
        var limits = DocumentLimits.standard
        limits.bytes = Files.largest
        limits.nodes = 4_000_000
        do throws(DocumentError) {
            let document = try Document.json(bytes, limits: limits)
            switch source {
            case .litellm: return .liteLLM(document, options)
            case .genAIPrices: return .genAIPrices(document, options)
            case .openrouter: return .openRouter(document, options)
            }
        } catch { throw Failure(.couldNot, error.diagnosis(inJSON: file)) }
    }

    private func write(_ line: (String, String, String, String), _ world: World) {
        guard format == .jsonl else {
            let entry = line.2.isEmpty ? "" : "\(line.2.visible): "
            world.out.write("\(line.0): \(line.1): \(entry)\(line.3.visible)\n")
            return
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("provider", line.0)
        json.field("kind", line.1)
        json.field("entry", line.2)
        json.field("text", line.3)
        json.endObject()
        json.newline()
        world.out.write(bytes: json.bytes)
    }

    private func write(_ files: [ImportedFile], into directory: String) throws(Failure) {
        do throws(FileProblem) {
            let places = files.map { (path: "\(directory)/\($0.fileName)", text: $0.text) }
            guard Set(places.map(\.path)).count == places.count else {
                throw FileProblem(path: directory, reason: "two providers would share a file name")
            }
            for place in places where !replaces && until == nil {
                guard try Files.read(place.path) == nil else {
                    throw FileProblem(path: place.path, reason: "it is there already; see --replace")
                }
            }
            for place in places { try Files.replace(place.path, with: Array(place.text.utf8), mode: 0o644) }
        } catch { throw Failure(error, effect: "no price file was written after this one") }
    }
}

extension PricesImportCommand.Source {
    /// What stands as `source` where the list names none.
    fileprivate var home: String {
        switch self {
        case .litellm: "https://github.com/BerriAI/litellm"
        case .genAIPrices: "https://github.com/pydantic/genai-prices"
        case .openrouter: "https://openrouter.ai/models"
        }
    }
}
