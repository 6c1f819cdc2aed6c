import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook close`: ends a month, so that its statements never change again.
struct CloseCommand: Command {
    static let help = Help(
        "close", "close a month: its statements never change again",
        details: """
            A month goes from open to closing to closed. Until its grace is over (72 hours after its end) it is
            closing: late usage still enters it. Then it is closed: its totals are sealed and its statements are
            stored as they are; usage that comes later and corrections are booked in the month that is open
            then, and name the month that they belong to.

            What stands against closing is listed: usage without a price, spend that is nobody's, gaps in sidecars'
            sequences, exchanges that never ended, records that sidecars still hold. With --check nothing is
            changed, and the exit code is 2 when there is something; without it nothing is closed while there is,
            unless --force is given. For a closed month --check compares the seal with the books.

            The terms of contracts (free allowances, tiers, minimum amounts) that end with the month are booked
            before it is closed, as `tollbook rate --terms` does.
            """,
        options: [
            .init("--month", "YYYY-MM", "which month"),
            .init("--tenant", "NAME", "only this tenant's month", fallback: "all tenants"),
            .init(flag: "--check", "change nothing, list what stands against it"),
            .init(flag: "--force", "close in spite of it"),
            .init(flag: "--early", "close although the month is not over: later usage goes to the next"),
            .init("--grace", "HOURS", "how long after its end a month stays closing", fallback: "72"),
            .init(
                "--unattributed-limit", "PERCENT", "how much of the spend may be nobody's", fallback: "1"),
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook close --month 2026-10 --check", "what stands against it"),
            .init("tollbook close --month 2026-10", "all tenants"),
        ])

    private let ledger: LedgerOptions
    private let work: Closing
    private let isCheck: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        guard let month = try arguments.month() else { throw .missingOperand("--month YYYY-MM") }
        try arguments.exclusive("--check", "--force")
        isCheck = arguments.flag("--check")
        format = Format(arguments)
        let grace = try arguments.value("--grace", expected: "a number of hours from 0 to 8784") { text in
            Int64(text).flatMap { (0...8784).contains($0) ? $0 : nil }
        }
        let limit = try arguments.value("--unattributed-limit", expected: "a percentage such as 0.5") {
            text in
            DecimalText(text)?.fixed(places: 2).flatMap { (0...10_000).contains($0) ? Int64($0) : nil }
        }
        work = Closing(
            month: month, tenant: arguments.value("--tenant"), graceHours: grace ?? 72,
            unattributedLimit: limit ?? 100, isForced: arguments.flag("--force"),
            isEarly: arguments.flag("--early"))
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let outcome = try ledger.withDesk(in: world) { desk throws(Failure) in
            var outcome = isCheck ? try work.check(desk) : try work.close(desk, by: OperatingSystem.user())
            outcome.terms = try work.terms(desk, isDry: true)
            return outcome
        }
        world.out.write(format == .json ? outcome.json : outcome.text(columns: world.outStyle.columns))
        if isCheck { return outcome.obstacles.isEmpty ? .done : .found }
        return outcome.isRefused ? .couldNot : .done
    }
}

/// What became of the months, and what stood against it.
struct ClosingOutcome {
    var month: String
    /// Ascending; '' is everybody without a month of their own.
    var periods: [StoredPeriod]
    var obstacles: [ClosingObstacle]
    /// Nothing was closed because of the obstacles.
    var isRefused = false
    /// What the contracts' terms came to.
    var terms: [SettledTerm] = []

    var json: String {
        var json = JSONWriter()
        json.beginObject()
        json.field("month", month)
        json.field("closed", !periods.isEmpty && periods.allSatisfy { $0.state == .closed })
        json.key("tenants")
        json.beginArray()
        for period in periods {
            json.beginObject()
            json.field("tenant", period.tenant.isEmpty ? nil : period.tenant)
            json.field("state", period.state.rawValue)
            json.field("since", period.period?.since.rfc3339)
            json.field("until", period.period?.until.rfc3339)
            json.field("timezone", period.period?.timezone)
            json.field("sealed_at", period.sealedAt?.rfc3339)
            json.field("digest", period.digest.map { "sha256:" + $0 })
            json.endObject()
        }
        json.endArray()
        json.key("blockers")
        json.beginArray()
        for obstacle in obstacles {
            json.beginObject()
            json.field("kind", obstacle.kind.rawValue)
            json.field("tenant", obstacle.tenant)
            json.field("count", obstacle.count)
            json.field("problem", obstacle.text)
            json.endObject()
        }
        json.endArray()
        json.key("terms")
        terms.write(to: &json)
        json.endObject()
        json.newline()
        return json.text
    }

    func text(columns: Int?) -> String {
        var text = ""
        for obstacle in obstacles { text += "\(obstacle.kind.rawValue): \(obstacle.text.visible)\n" }
        text += terms.closingText
        if isRefused {
            text += "\(month) was not closed: mend what is listed, or use --force.\n"
        } else if obstacles.isEmpty, periods.isEmpty {
            text += "Nothing stands against closing \(month).\n"
        }
        guard !periods.isEmpty else { return text }
        var table = TextTable([
            .init("tenant"), .init("state"), .init("until"), .init("zone"), .init("sealed"), .init("digest"),
        ])
        table.rows = periods.map { period in
            [
                period.tenant.isEmpty ? "everybody else" : period.tenant, period.state.rawValue,
                period.period?.until.rfc3339 ?? "-", period.period?.timezone ?? "-",
                period.sealedAt?.rfc3339 ?? "-", period.digest.map { String($0.prefix(12)) } ?? "-",
            ]
        }
        return text + table.text(columns: columns)
    }
}
