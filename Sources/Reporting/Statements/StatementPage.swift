// A statement as a page: what is owed, what it consists of, what came from earlier months, what is shared,
// what nobody owns, why it differs from the month before, what is planned and expected, and how far the
// numbers can be relied on. Every block is there in every statement, also when it holds nothing.
public import Bookkeeping
import Terms

extension Statement {
    public var page: Page {
        let name = question.tenant.map { "Statement of \($0) for \(question.month)" }
        var page = Page(title: name ?? "Usage report for \(question.month)")
        page.blocks.append(.facts(headFacts))
        page.blocks.append(.highlights(highlights))
        page.blocks += summaryBlocks + chartBlocks + lineBlocks + groupBlocks + meterBlocks
        page.blocks += handBlocks + earlierBlocks + sharedBlocks + suspenseBlocks
        page.blocks += incidentBlocks + changeBlocks + budgetBlocks + completenessBlocks + sourceBlocks
        return page
    }

    private var headFacts: [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        if let tenant = question.tenant {
            facts.append(("Tenant", tenant))
            facts.append(("Cost center", question.costCenters[tenant] ?? "none"))
        }
        let period = question.period
        let zone = question.zone
        let last = zone.date(at: Instant(microseconds: period.until.microseconds - 1))
        facts.append(
            (
                "Period",
                "\(zone.date(at: period.since).iso8601) to \(last.iso8601), \(zone.name) "
                    + "(\(period.since.rfc3339) until \(period.until.rfc3339))"
            ))
        let state =
            switch question.state {
            case .open: "open: provisional, usage is still booked into this month"
            case .closing: "closing: provisional until the month is closed"
            case .closed: "closed: later usage and corrections go to the month that is open then"
            }
        facts.append(("State", state))
        let until = lines.footer.completeUntil?.rfc3339 ?? "unknown, no sidecar is at work"
        facts.append(("Complete until", until))
        return facts
    }

    /// One row per part of the total, per currency.
    private var summaryBlocks: [PageBlock] {
        var blocks: [PageBlock] = [.heading(question.tenant == nil ? "Total" : "Amount due")]
        for total in totals {
            let unit = total.currency.code
            var table = TextTable([
                .init("item"), .init("list", unit: unit, numeric: true),
                .init("contracted", unit: unit, numeric: true),
                .init("chargeback", unit: unit, numeric: true),
            ])
            table.rows = parts(total.currency).map { part in
                [part.name] + Book.allCases.map { part.cost[$0]?.shown ?? "-" }
            }
            table.totals = [["total", "", "", due(total.currency).shown]]
            blocks.append(.table(id: "summary-\(unit)", table, subtotals: []))
            if let usage = parts(total.currency).first?.cost, let list = usage.list,
                let contracted = usage.contracted,
                list != contracted
            {
                blocks.append(.paragraph("Discount on list prices: \((list - contracted).shown) \(unit)."))
            }
        }
        return blocks
    }

    /// Usage, adjustments, earlier months and the share of shared costs: they add up to what is due.
    func parts(_ currency: Currency) -> [(key: String, name: String, cost: Cost)] {
        var usage = Cost.nothing
        var hand = Cost.nothing
        var carried = Cost.nothing
        for book in Book.allCases {
            usage[book] = usageRows.filter { $0.currency == currency }
                .reduce(.zero) { $0 + ($1.figures.cost[book] ?? .zero) }
            hand[book] = byHand.filter { $0.currency == currency }
                .reduce(.zero) { $0 + ($1.amounts[book] ?? .zero) }
            carried[book] = earlier.filter { $0.currency == currency }
                .reduce(.zero) { $0 + ($1.amounts[book] ?? .zero) }
        }
        var parts = [
            ("usage", "usage of the month", usage), ("adjustments", "booked by hand", hand),
            ("earlier", "earlier months", carried),
        ]
        if question.tenant != nil {
            var shared = Cost()
            shared.chargeback = share(currency)
            parts.append(("shared", "share of shared costs", shared))
        }
        return parts
    }

    /// The lines without what was booked by hand.
    var usageRows: [ReportRow] {
        let provider = question.tenant == nil ? 2 : 1
        return lines.rows.filter { $0.keys[provider] != Adjustment.provider }
    }

    private var lineBlocks: [PageBlock] {
        let names = question.tenant == nil ? ["tenant", "user"] : ["user"]
        var columns = (names + ["provider", "model"]).map { TextTable.Column($0) }
        columns += [
            .init("requests", numeric: true), .init("input", unit: "tokens", numeric: true),
            .init("cache read", unit: "tokens", numeric: true, dispensable: 2),
            .init("output", unit: "tokens", numeric: true),
        ]
        let unit = totals.count == 1 ? totals[0].currency.code : ""
        if totals.count > 1 { columns.append(.init("currency")) }
        columns += [
            .init("list", unit: unit, numeric: true, dispensable: 1),
            .init("contracted", unit: unit, numeric: true, dispensable: 3),
            .init("chargeback", unit: unit, numeric: true),
        ]
        var table = TextTable(columns)
        var subtotals: Set<Int> = []
        let groups = grouped(usageRows)
        for group in groups {
            for row in group.rows { table.rows.append(row.keys.map { $0.isEmpty ? "-" : $0 } + cells(row)) }
            guard group.rows.count > 1 else { continue }
            subtotals.insert(table.rows.count)
            let name = (group.name.isEmpty ? "no user" : group.name) + ", all"
            let blank = [String](repeating: "", count: names.count + 1)
            table.rows.append([name] + blank + cells(group.sum))
        }
        table.totals = usageTotals.map { total in
            ["total"] + [String](repeating: "", count: names.count + 1) + cells(total)
        }
        guard !table.rows.isEmpty else {
            return [.heading("Usage"), .paragraph("No usage in this month.")]
        }
        return [.heading("Usage"), .table(id: "usage", table, subtotals: subtotals)]
    }

    private func cells(_ row: ReportRow) -> [String] {
        let figures = row.figures
        var cells = [
            figures.requests.grouped, figures.inputTokens.grouped, figures.cacheReadTokens.grouped,
            figures.outputTokens.grouped,
        ]
        if totals.count > 1 { cells.append(row.currency.code) }
        return cells + Book.allCases.map { figures.cost[$0]?.shown ?? "unpriced" }
    }

    private var handBlocks: [PageBlock] {
        guard !byHand.isEmpty else {
            return [.heading("Booked by hand"), .paragraph("Nothing was booked by hand.")]
        }
        var table = TextTable([
            .init("time"), .init("tenant"), .init("reason"), .init("currency"),
            .init("contracted", numeric: true), .init("chargeback", numeric: true),
        ])
        table.rows = byHand.map { one in
            [one.occurredAt.rfc3339, one.tenant, one.reason, one.currency.code]
                + [one.amounts.contracted?.shown ?? "-", one.amounts.chargeback?.shown ?? "-"]
        }
        var blocks: [PageBlock] = [
            .heading("Booked by hand"), .table(id: "adjustments", table, subtotals: []),
        ]
        for currency in Set(byHand.map(\.currency)).sorted() {
            let credits = byHand.filter { $0.currency == currency }
                .reduce(Money.zero) { $0 + min($1.amounts.chargeback ?? .zero, .zero) }
            guard credits < .zero else { continue }
            blocks.append(.paragraph("Credits among them: \(credits.shown) \(currency.code)."))
        }
        return blocks
    }

    private var earlierBlocks: [PageBlock] {
        let heading = PageBlock.heading("From earlier months")
        guard !earlier.isEmpty else {
            return [heading, .paragraph("Nothing came late and nothing was corrected in a closed month.")]
        }
        var table = TextTable([
            .init("month"), .init("what"), .init("tenant"), .init("user"), .init("model"),
            .init("requests", numeric: true), .init("currency"), .init("contracted", numeric: true),
            .init("chargeback", numeric: true),
        ])
        table.rows = earlier.map { sum in
            let what =
                switch sum.kind {
                case .usage: "late usage"
                case .correction: "correction"
                case .adjustment: "booked by hand"
                }
            return [sum.from, what, sum.tenant, sum.user, sum.model].map { $0.isEmpty ? "-" : $0 }
                + [sum.requests.grouped, sum.currency.code, sum.amounts.contracted?.shown ?? "-"]
                + [sum.amounts.chargeback?.shown ?? "-"]
        }
        return [heading, .table(id: "earlier", table, subtotals: [])]
    }
}
