// `budgets:` of a file for `apply`. A budget is known by its name. A field that is left out has its default,
// not what the ledger has: what is reviewed is all that there is. Overrides are made by hand and stay.
import Bookkeeping
import LedgerStore
import Terms

enum BudgetSection: ApplySection {
    static let name = "budgets"

    static func plan(_ items: [ApplyItem], _ desk: AccessDesk) throws(ApplyProblem) -> [ApplyChange] {
        guard !items.isEmpty else { return [] }
        var stored: [StoredBudget] = []
        do throws(Failure) {
            stored = try AccessDesk.asking { () throws(LedgerError) in try desk.ledger.budgets(at: desk.now) }
        } catch {
            throw .ledger(error)
        }
        var changes: [ApplyChange] = []
        var seen: Set<String> = []
        for item in items {
            let budget = try BudgetItem(item).budget()
            guard seen.insert(budget.name).inserted else {
                throw ApplyProblem(line: item.line, words: "the budget \(budget.name) stands here twice")
            }
            if let elsewhere = desk.problem(ofBudgetFor: budget.scope.tenant) {
                throw ApplyProblem(
                    line: item.line,
                    words: "the budget \(budget.name): \(elsewhere.problem); \(elsewhere.effect): "
                        + elsewhere.remedy)
            }
            changes.append(change(budget, stored.first { $0.budget.name == budget.name }?.budget))
        }
        return changes
    }

    private static func change(_ budget: Budget, _ known: Budget?) -> ApplyChange {
        let object = "budget \(budget.name)"
        if budget == known { return .keep(object) }
        let before = known.map(fields) ?? []
        var details: [String] = []
        for (index, (name, value)) in fields(budget).enumerated() {
            let old = index < before.count ? before[index].value : ""
            if value != old { details.append("\(name) \(value.isEmpty ? "-" : value)") }
        }
        return ApplyChange(action: known == nil ? .create : .change, object: object, details: details) {
            desk throws(Failure) in
            _ = try AccessDesk.asking { () throws(LedgerError) in
                try desk.ledger.setBudget(budget, actor: desk.actor, at: desk.now)
            }
            return nil
        }
    }

    /// What can differ, always in the same order.
    private static func fields(_ budget: Budget) -> [(name: String, value: String)] {
        [
            ("scope", budget.scope.text), ("limit", budget.limit?.plain ?? "none"),
            ("unit", budget.unit.text), ("window", budget.window.text),
            ("timezone", budget.window.timezone), ("anchor_day", String(budget.window.anchorDay)),
            ("action", budget.action.rawValue),
            ("warn_at", budget.warnAt.map(String.init).joined(separator: ",")),
            ("book", budget.book.rawValue),
        ]
    }
}

/// The fields of one budget, with the words and defaults that `budget set` has.
private struct BudgetItem {
    private let item: ApplyItem

    init(_ item: ApplyItem) throws(ApplyProblem) {
        self.item = item
        try item.allow([
            "name", "tenant", "user", "key", "model", "labels", "everybody", "limit", "unit", "window",
            "timezone", "anchor_day", "action", "warn_at", "book",
        ])
    }

    func budget() throws(ApplyProblem) -> Budget {
        let name = try item.required("name")
        guard Budget.isName(name) else {
            throw wrong("name", name, "1 to 64 letters, digits or . _ - : /")
        }
        let unit = try read("unit", "USD", BudgetDraft.units, BudgetUnit.asked)
        let window = try window(unit)
        guard Budget.isWindow(window, for: unit) else {
            throw wrong("window", window.text, "left out where calls under way are counted")
        }
        let limit = try limit(name)
        guard Budget.isLimit(limit, in: unit) else {
            throw wrong("limit", limit?.plain ?? "none", "a whole number of \(unit.text)")
        }
        return Budget(
            name: name, scope: try scope(name), unit: unit,
            book: try word("book", Book.contracted), window: window, limit: limit,
            action: try word("action", BudgetAction.block), warnAt: try warnAt())
    }

    /// Nobody named must be meant: a forgotten field would otherwise bound everybody's calls.
    private func scope(_ name: String) throws(ApplyProblem) -> BudgetScope {
        let scope = BudgetScope(
            tenant: try named("tenant"), user: try named("user"), key: try named("key"),
            model: try named("model"), labels: try item.labels("labels"))
        let everybody = try item.flag("everybody") ?? false
        if everybody != (scope == BudgetScope()) {
            throw ApplyProblem(
                line: item.line,
                words: "the budget \(name) needs one of `tenant`, `user`, `key`, `model` and `labels`, or "
                    + "`everybody: true` alone")
        }
        return scope
    }

    private func named(_ field: String) throws(ApplyProblem) -> String? {
        guard let text = try item.text(field) else { return nil }
        if text.isEmpty { throw wrong(field, text, "a name, or left out") }
        return text
    }

    /// Nil is unlimited, and has to be said.
    private func limit(_ name: String) throws(ApplyProblem) -> BudgetAmount? {
        guard item.has("limit") else {
            throw ApplyProblem(
                line: item.line, words: "the budget \(name) has no `limit`; `limit: none` is unlimited")
        }
        guard let text = try item.text("limit"), text != "none" else { return nil }
        guard let limit = BudgetAmount(text) else {
            throw wrong("limit", text, "an amount such as 10.00 (at most twelve decimals), or none")
        }
        return limit
    }

    private func window(_ unit: BudgetUnit) throws(ApplyProblem) -> WindowRule {
        let zone = try item.text("timezone") ?? "UTC"
        guard ZoneFiles.rules(zone) != nil else {
            throw wrong("timezone", zone, "an IANA name that this system knows, or UTC")
        }
        let rule = try read("window", unit == .concurrent ? "lifetime" : "month", BudgetDraft.windows) {
            text in
            WindowRule(text, timezone: zone, anchorDay: 1)
        }
        guard let text = try item.text("anchor_day") else { return rule }
        guard let day = Int(text), let window = WindowRule(rule.text, timezone: zone, anchorDay: day),
            window.anchorDay == day
        else {
            throw wrong(
                "anchor_day", text,
                "1 to 7 for weeks, 1 to 31 for months, quarters and years, and no other window has one")
        }
        return window
    }

    private func warnAt() throws(ApplyProblem) -> [Int] {
        var found: [Int] = []
        for text in try item.list("warn_at") {
            guard let percent = Int(text), BudgetDraft.percentages.contains(percent) else {
                throw wrong("warn_at", text, "a percentage from 1 to 1000")
            }
            found.append(percent)
        }
        return found
    }

    private func word<Word: RawRepresentable & CaseIterable>(
        _ field: String, _ fallback: Word
    ) throws(ApplyProblem) -> Word where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return try read(field, fallback.rawValue, "one of \(words)") { Word(rawValue: $0) }
    }

    private func read<Value>(
        _ field: String, _ fallback: String, _ expected: String, _ reader: (String) -> Value?
    ) throws(ApplyProblem) -> Value {
        let text = try item.text(field) ?? fallback
        guard let value = reader(text) else { throw wrong(field, text, expected) }
        return value
    }

    private func wrong(_ field: String, _ text: String, _ expected: String) -> ApplyProblem {
        ApplyProblem(line: item.line, words: "`\(field)` is \(expected), not `\(text)`")
    }
}
