import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook budget list`: every budget and where it stands.
struct BudgetListCommand: Command {
    static let help = Help(
        "budget list", "list all budgets and where they stand",
        options: [Format.option([.text, .csv, .json, .jsonl]), LedgerOptions.help],
        examples: [.init("tollbook budget list", "every budget with what is left of it")])

    private let ledger: LedgerOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let standings = try Self.standings(ledger, only: nil, in: world)
        switch format {
        case .json, .jsonl:
            var json = JSONWriter()
            if format == .json { json.beginArray() }
            for standing in standings {
                json.budget(standing, withBound: false)
                if format == .jsonl { json.newline() }
            }
            if format == .json {
                json.endArray()
                json.newline()
            }
            world.out.write(bytes: json.bytes)
        case .csv:
            var csv = CSV()
            csv.line([
                "name", "scope", "window", "unit", "limit", "spent", "held", "leased", "remaining", "action",
            ])
            for standing in standings { csv.line(Self.cells(standing, unlimited: "")) }
            world.out.write(csv.take())
        case .text, .markdown, .html:
            guard !standings.isEmpty else {
                world.out.write("No budgets.\n")
                return .done
            }
            var table = TextTable([
                .init("budget"), .init("counts"), .init("window"), .init("unit"),
                .init("limit", numeric: true), .init("spent", numeric: true), .init("held", numeric: true),
                .init("leased", numeric: true), .init("remaining", numeric: true), .init("action"),
            ])
            table.rows = standings.map { Self.cells($0, unlimited: "none") }
            world.out.write(table.text(columns: world.outStyle.columns))
        }
        return .done
    }

    private static func cells(_ standing: BudgetStanding, unlimited: String) -> [String] {
        let budget = standing.stored.budget
        return [
            budget.name, budget.scope.text, budget.window.text, budget.unit.text,
            standing.limit?.plain ?? unlimited, standing.pool.spent.plain, standing.held.plain,
            (standing.pool.open + standing.pool.presumed).plain, standing.pool.remaining?.plain ?? unlimited,
            budget.action.rawValue,
        ]
    }

    /// Where budgets stand, by name.
    static func standings(
        _ options: LedgerOptions, only name: String?, in world: World
    ) throws(Failure) -> [BudgetStanding] {
        var problem: Failure?
        let standings = try options.withLedger(in: world) { ledger throws(LedgerError) -> [BudgetStanding] in
            let now = world.clock()
            var found: [BudgetStanding] = []
            for stored in try ledger.budgets(at: now) where name.map({ $0 == stored.budget.name }) ?? true {
                let zone: TimeZoneRules
                do throws(Failure) {
                    zone = try BudgetOptions.zone(stored.budget.window.timezone)
                } catch {
                    problem = error
                    return []
                }
                found.append(try BudgetStanding.read(stored, zone: zone, ledger, now: now))
            }
            return found
        }
        if let problem { throw problem }
        return standings
    }

    static func names(_ options: LedgerOptions, in world: World) throws(Failure) -> [String] {
        try options.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.budgets(at: world.clock()).map(\.budget.name)
        }
    }
}
