// A budget as a command line describes it: all of it for a new one, what changes for one that exists.
import Bookkeeping
import Terms

struct BudgetDraft {
    static let help: [OptionHelp] = [
        .init("--tenant", "NAME", "whose calls count"),
        .init("--user", "NAME", "of this user"),
        .init("--key", "ID", "made with this key"),
        .init("--model", "NAME", "that ask for this model"),
        .init("--label", "KEY=VALUE", "with this label", arity: .repeated),
        .init(flag: "--everybody", "all calls"),
        .init("--limit", "AMOUNT", "how much, or none", fallback: "needed for a new budget"),
        .init(
            "--unit", "UNIT",
            "a currency such as USD, tokens, requests, or concurrent-requests (calls under way at a time)",
            fallback: "USD"),
        .init(
            "--window", "WINDOW", "day, week, month, quarter, year, lifetime or rolling:24h (s, m, h, d)",
            fallback: "month; lifetime for concurrent-requests"),
        .init("--timezone", "ZONE", "in which the window begins at midnight", fallback: "UTC"),
        .init(
            "--anchor-day", "N",
            "day of the month (1 to 31) or of the week (1 is Monday) on which it begins; in a shorter "
                + "month its last day", fallback: "1"),
        .init(
            "--action", "ACTION", "what happens at its end", fallback: "block",
            values: BudgetAction.allCases.map(\.rawValue)),
        .init("--warn-at", "PERCENT", "tell somebody at these parts of it, such as 80,95", arity: .list),
        .init(
            "--book", "BOOK", "whose amounts count", fallback: "contracted",
            values: Book.allCases.map(\.rawValue)),
    ]

    private let name: String
    private let scope: BudgetScope?
    private let limit: BudgetOptions.GivenLimit?
    private let unit: BudgetUnit?
    private let window: String?
    private let timezone: String?
    private let anchorDay: Int?
    private let action: BudgetAction?
    private let warnAt: [Int]?
    private let book: Book?

    init(_ arguments: Arguments, name: String) throws(UsageError) {
        self.name = name
        scope = try Self.scope(arguments)
        limit = try BudgetOptions.limit(arguments)
        unit = try arguments.value("--unit", expected: Self.units) { BudgetUnit.asked($0) }
        timezone = arguments.value("--timezone")
        anchorDay = try arguments.value("--anchor-day", expected: "a day from 1 to 31") { text in
            Int(text).flatMap { (1...31).contains($0) ? $0 : nil }
        }
        window = try arguments.value("--window", expected: Self.windows) { text in
            WindowRule(text, timezone: "UTC", anchorDay: 1).map { _ in text }
        }
        action = arguments.value("--action").flatMap(BudgetAction.init)
        book = arguments.value("--book").flatMap(Book.init)
        warnAt = try Self.thresholds(arguments)
    }

    /// What can be a window, in words.
    static let windows =
        "day, week, month, quarter, year, lifetime, or rolling: with a number and s, m, h or d"

    /// What can be a unit, in words.
    static let units = "a currency's code such as USD, tokens, requests or concurrent-requests"

    /// Percentages of a limit at which somebody can be told.
    static let percentages = 1...1000

    private static func scope(_ arguments: Arguments) throws(UsageError) -> BudgetScope? {
        for name in ["--tenant", "--user", "--key", "--model", "--label"] {
            try arguments.exclusive("--everybody", name)
        }
        let scope = BudgetScope(
            tenant: arguments.value("--tenant"), user: arguments.value("--user"),
            key: arguments.value("--key"), model: arguments.value("--model"), labels: try arguments.labels())
        return scope == BudgetScope() && !arguments.flag("--everybody") ? nil : scope
    }

    private static func thresholds(_ arguments: Arguments) throws(UsageError) -> [Int]? {
        guard arguments.isGiven("--warn-at") else { return nil }
        var found: [Int] = []
        for text in arguments.list("--warn-at") {
            guard let percent = Int(text), percentages.contains(percent) else {
                throw .invalid(
                    what: "--warn-at", value: text, expected: "a percentage from 1 to 1000", nearest: nil)
            }
            found.append(percent)
        }
        return found
    }

    /// The budget that is meant.
    ///
    /// - Parameter before: the budget of that name as it stands.
    func wanted(_ before: Budget?) throws(Failure) -> Budget {
        let unit = unit ?? before?.unit ?? .money(.usd)
        // Another unit may need another window.
        let kept = unit == before?.unit ? before?.window.text : nil
        let rule = window ?? kept ?? (unit == .concurrent ? "lifetime" : before?.window.text ?? "month")
        let day = anchorDay ?? (window == nil ? before?.window.anchorDay : nil) ?? 1
        guard
            let window = WindowRule(
                rule, timezone: timezone ?? before?.window.timezone ?? "UTC", anchorDay: day)
        else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.anchor-day", problem: "a window of one \(rule) cannot begin on day \(day)",
                    effect: "nothing was done",
                    remedy: "weeks begin on days 1 to 7, months, quarters and years on 1 to 31, days on none")
            )
        }
        guard Budget.isWindow(window, for: unit) else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.concurrent-window",
                    problem: "calls under way are counted now, and in no window of one \(rule)",
                    effect: "nothing was done", remedy: "leave --window out"))
        }
        guard let limit = limit ?? before.map({ BudgetOptions.GivenLimit(limit: $0.limit) }) else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.no-limit", problem: "the new budget '\(name)' has no --limit",
                    effect: "nothing was done", remedy: "add --limit AMOUNT, or --limit none"))
        }
        guard Budget.isLimit(limit.limit, in: unit) else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.fraction",
                    problem: "\(unit.text) are counted in whole ones, and the limit is "
                        + (limit.limit?.plain ?? "none"),
                    effect: "nothing was done", remedy: "give --limit a whole number"))
        }
        guard let scope = scope ?? before?.scope else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.no-scope", problem: "nothing says whose calls the budget '\(name)' counts",
                    effect: "nothing was done",
                    remedy: "add --tenant, --user, --key, --model or --label, or --everybody"))
        }
        return Budget(
            name: name, scope: scope, unit: unit,
            book: book ?? before?.book ?? .contracted, window: window, limit: limit.limit,
            action: action ?? before?.action ?? .block, warnAt: warnAt ?? before?.warnAt ?? [])
    }
}
