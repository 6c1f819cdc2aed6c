import Bookkeeping
import Documents
import LedgerStore
import Rating
import Reporting
import Terms

/// `tollbook suspense assign FILE`: usage in suspense gets its tenant.
struct SuspenseAssignCommand: Command {
    static let help = Help(
        "suspense assign", "book usage in suspense for the tenant that it belongs to",
        details: """
            The file has `rules:`, a list of items. Each has a `name`; what a record must have: `from` (the tenant
            where it is now, unattributed unless stated), `user`, `key`, `upstream`, `model` (a * at the end stands
            for anything), `labels`, `since`, `until`; and what it gets: `tenant`, and where stated `set_user` and
            `set_labels`. The first rule that holds decides.

            What was booked is taken back by reversals, and the record is booked again for its tenant by that
            tenant's prices, in one transaction; nothing is rewritten. The same file again finds nothing left to
            do. What occurred in a month that is closed for the tenant where it is stays there.
            """,
        operands: [.init("FILE", "YAML")],
        options: [.init(flag: "--dry-run", "print what would be assigned, book nothing")]
            + PeriodOptions.help + [Format.option([.text, .csv, .json]), LedgerOptions.help],
        examples: [
            .init("tollbook suspense assign rules.yaml --dry-run", "in a review"),
            .init("tollbook suspense assign rules.yaml --month 2026-10", "before the month is closed"),
        ])

    private let ledger: LedgerOptions
    private let period: PeriodOptions
    private let file: String
    private let isDry: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        file = try arguments.operand(0) ?? ""
        isDry = arguments.flag("--dry-run")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let rules = try rules()
        let bounds = try period.bounds(zone: try period.zone())
        let database = try Database.open(try ledger.configuration.load(in: world))
        defer { database.close() }
        var work = SuspenseAssigning(rules: rules, since: bounds.since, until: bounds.until, isDry: isDry)
        var hasPrices = false
        do throws(LedgerError) {
            let reader = try LedgerStore.open(database.conninfo)
            let state = try reader.schemaState()
            guard state.isUsable else { throw .schema(state) }
            if let book = try reader.currentPriceBook()?.book {
                hasPrices = true
                try work.run(
                    reader, bookingWith: LedgerStore.lazily(database.conninfo), book: book,
                    now: world.clock())
            }
        } catch {
            throw Failure(error)
        }
        guard hasPrices else { throw Failure(.couldNot, RerateOptions.noBook) }
        world.out.write(work.outcome.text(format, columns: world.outStyle.columns))
        world.out.flush()
        let records = counted(Int64(work.assigned), "record")
        world.err.write("\(records) \(isDry ? "would be " : "")assigned\n")
        if work.closed > 0 {
            world.err.write(
                "\(counted(Int64(work.closed), "record")) of closed months left: book them with "
                    + "`tollbook adjust`\n")
        }
        return .done
    }

    private func rules() throws(Failure) -> [SuspenseRule] {
        let bytes: [UInt8]?
        do throws(FileProblem) { bytes = try Files.read(file) } catch {
            throw Failure(error, effect: "nothing was assigned")
        }
        guard let bytes else {
            throw Failure(
                FileProblem(path: file, reason: "there is no such file"), effect: "nothing was assigned")
        }
        let document: Document
        do throws(DocumentError) { document = try Document.yaml(bytes) } catch {
            throw Failure(.configuration, error.diagnosis(in: file))
        }
        do throws(ApplyProblem) {
            guard case .map(let sections) = document.content, sections.count == 1,
                let content = document["rules"], case .list(let items) = content.content, !items.isEmpty
            else {
                throw ApplyProblem(line: document.line, words: "the file is `rules:` and a list of them")
            }
            var rules: [SuspenseRule] = []
            for item in items {
                let rule = try SuspenseRule(try ApplyItem(item))
                guard !rules.contains(where: { $0.name == rule.name }) else {
                    throw ApplyProblem(line: item.line, words: "the rule \(rule.name) stands here twice")
                }
                rules.append(rule)
            }
            return rules
        } catch {
            switch error {
            case .ledger(let failure): throw failure
            case .file(let line, let words):
                throw Failure(
                    .configuration,
                    Diagnosis(
                        code: "suspense.invalid", problem: "\(file.visible):\(line): \(words)",
                        effect: "nothing was assigned", remedy: "correct the file; see docs/keys.md"))
            }
        }
    }
}
