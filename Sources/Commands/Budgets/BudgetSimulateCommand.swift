import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook budget simulate`: what budgets would have refused in a stretch of the past.
struct BudgetSimulateCommand: Command {
    static let help = Help(
        "budget simulate", "replay the past against budgets, and list what would have been refused",
        details: """
            Without NAME: all blocking budgets as they stand. With NAME and budget options: that one alone, as
            it would be, whether it exists or not. Every record of the period is asked again in the order of
            time, with what it really used; a call that would have been refused is not counted as spent.
            Windows that began before the period start empty.

            Exit code 2 when something would have been refused.
            """,
        operands: [.init("NAME", "one budget, as the options change it", required: false)],
        options: BudgetDraft.help.filter { $0.name != "--timezone" } + PeriodOptions.help + [
            Format.option([.text, .csv, .json, .jsonl]), LedgerOptions.help,
        ],
        examples: [
            .init(
                "tollbook budget simulate acme-month --tenant acme --limit 400 --month 2026-10",
                "what a limit of 400 would have refused in October"),
            .init("tollbook budget simulate --month 2026-10", "the budgets in force, against October"),
        ])

    private let ledger: LedgerOptions
    private let period: PeriodOptions
    private let name: String?
    private let draft: BudgetDraft?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        format = Format(arguments)
        name = try arguments.operand(0) == nil ? nil : BudgetOptions.name(arguments)
        if name == nil {
            for option in BudgetDraft.help where option.name != "--timezone" && arguments.isGiven(option.name)
            {
                throw .needs(option.name, "NAME")
            }
        }
        draft = try name.map { name throws(UsageError) in try BudgetDraft(arguments, name: name) }
    }

    /// A call that would have been refused.
    private struct Refusal {
        let record: UsageRecord
        let budgets: [(name: String, needs: BudgetAmount)]
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        let period = try period.period(zone: try period.zone(), now: now)
        var problem: Failure?
        var calls = 0
        var refusals: [Refusal] = []
        var replays: [BudgetReplay] = []
        try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            let stored = try ledger.budgets(at: now)
            do throws(Failure) {
                replays = try budgets(stored)
            } catch {
                problem = error
                return
            }
            var filter = RecordFilter()
            filter.since = period.since
            filter.until = period.until
            try ledger.records(filter) { record in
                calls += 1
                if let refusal = Self.ask(&replays, record) { refusals.append(refusal) }
                return refusals.count < Self.limit
            }
        }
        if let problem { throw problem }
        write(refusals, of: calls, replays, in: world)
        return refusals.isEmpty ? .done : .found
    }

    /// Refusals listed; a limit that refuses more is understood by then.
    private static let limit = 100_000

    private func budgets(_ stored: [StoredBudget]) throws(Failure) -> [BudgetReplay] {
        let wanted: [Budget]
        if let draft, let name {
            wanted = [try draft.wanted(stored.first { $0.budget.name == name }?.budget)]
        } else {
            wanted = stored.map(\.budget).filter { $0.action == .block }
        }
        var replays: [BudgetReplay] = []
        for budget in wanted {
            replays.append(BudgetReplay(budget, zone: try BudgetOptions.zone(budget.window.timezone)))
        }
        return replays
    }

    private static func ask(_ replays: inout [BudgetReplay], _ stored: StoredRecord) -> Refusal? {
        let at = stored.record.occurredAt
        var needs: [(index: Int, amount: BudgetAmount)] = []
        for index in replays.indices {
            if let amount = replays[index].amount(of: stored) { needs.append((index, amount)) }
        }
        let violated = needs.filter { !replays[$0.index].fits($0.amount, at: at) }
        guard violated.isEmpty else {
            return Refusal(
                record: stored.record, budgets: violated.map { (replays[$0.index].budget.name, $0.amount) })
        }
        for need in needs { replays[need.index].spend(need.amount, at: at) }
        return nil
    }

    private static let columns = ["occurred_at", "record_id", "tenant", "user", "model", "budget", "needs"]

    private func write(_ refusals: [Refusal], of calls: Int, _ replays: [BudgetReplay], in world: World) {
        let rows = refusals.flatMap { refusal in
            refusal.budgets.map { budget in
                [
                    refusal.record.occurredAt.rfc3339, refusal.record.id.text,
                    refusal.record.attribution.tenant, refusal.record.attribution.user,
                    refusal.record.reportedModel, budget.name, budget.needs.plain,
                ]
            }
        }
        switch format {
        case .csv:
            var csv = CSV()
            csv.line(Self.columns)
            for row in rows { csv.line(row) }
            world.out.write(csv.take())
        case .json, .jsonl:
            var json = JSONWriter()
            if format == .json {
                json.beginObject()
                json.field("calls", Int64(calls))
                json.field("refused", Int64(refusals.count))
                json.key("refusals")
                json.beginArray()
            }
            for row in rows {
                json.beginObject()
                for (name, value) in zip(Self.columns, row) { json.field(name, value) }
                json.endObject()
                if format == .jsonl { json.newline() }
            }
            if format == .json {
                json.endArray()
                json.key("budgets")
                json.beginArray()
                for replay in replays {
                    json.beginObject()
                    json.field("name", replay.budget.name)
                    json.field("limit", replay.budget.limit?.plain)
                    json.field("most_spent", replay.most.plain)
                    json.endObject()
                }
                json.endArray()
                json.endObject()
                json.newline()
            }
            world.out.write(bytes: json.bytes)
        case .text, .markdown, .html:
            var table = TextTable(
                Self.columns.map { .init($0.replacing("_", with: " "), numeric: $0 == "needs") })
            table.rows = rows
            if !rows.isEmpty { world.out.write(table.text(columns: world.outStyle.columns)) }
            world.out.write("\(refusals.count) of \(calls) calls would have been refused\n")
            for replay in replays {
                world.out.write(
                    "\(replay.budget.name): at most \(replay.most.plain) of "
                        + "\(replay.budget.limit?.plain ?? "no limit") in one window\n")
            }
        }
    }
}
