// What stands against closing a month: it would be signed although something in it is not known, not priced
// or not anybody's.
public import Terms

public struct ClosingObstacle: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The month is not over.
        case running
        /// Usage without a price.
        case unpriced
        /// Too much of the spend is nobody's.
        case unattributed
        /// Sequence numbers that never arrived.
        case gaps
        /// Exchanges that began and never ended.
        case open
        /// Sidecars that still hold records, or have not reported since the month's end.
        case backlog
        /// The sealed totals are not what the books say now.
        case altered
    }

    public let kind: Kind
    /// nil for the whole ledger.
    public let tenant: String?
    public let count: Int64
    /// What it is, in a sentence.
    public let text: String

    public init(_ kind: Kind, tenant: String? = nil, count: Int64, _ text: String) {
        self.kind = kind
        self.tenant = tenant
        self.count = count
        self.text = text
    }

    /// What a report of the month tells against closing it.
    ///
    /// - Parameters:
    ///   - report: by tenant, of what the month itself took.
    ///   - unattributedLimit: parts per ten thousand of the spend that may be nobody's.
    ///   - isWhole: whether all tenants are closed; what is nobody's stands against that alone.
    public static func found(
        in report: Report, until: Instant, unattributedLimit: Int64, isWhole: Bool
    ) -> [ClosingObstacle] {
        var found: [ClosingObstacle] = []
        for row in report.rows where row.figures.unpricedRequests > 0 {
            found.append(
                ClosingObstacle(
                    .unpriced, tenant: row.keys[0], count: row.figures.unpricedRequests,
                    "requests of \(row.keys[0]) without a price: \(row.figures.unpricedRequests)"))
        }
        let footer = report.footer
        if isWhole {
            for total in report.totals { found += unattributed(report, total, unattributedLimit) }
        }
        if footer.gaps > 0 {
            found.append(
                ClosingObstacle(
                    .gaps, count: footer.gaps, "numbers missing in sidecars' sequences: \(footer.gaps)"))
        }
        if footer.open > 0 {
            found.append(
                ClosingObstacle(
                    .open, count: footer.open, "exchanges that began and never ended: \(footer.open)"))
        }
        if let complete = footer.completeUntil, complete < until {
            found.append(
                ClosingObstacle(
                    .backlog, count: footer.backlog ?? 0,
                    "the books are complete until \(complete.rfc3339) only"))
        } else if let backlog = footer.backlog, backlog > 0 {
            found.append(
                ClosingObstacle(.backlog, count: backlog, "records that sidecars still hold: \(backlog)"))
        }
        return found
    }

    private static func unattributed(
        _ report: Report, _ total: ReportRow, _ limit: Int64
    ) -> [ClosingObstacle] {
        let book = StatementQuestion.book
        let all = total.figures.cost[book] ?? .zero
        guard all > .zero,
            let row = report.rows.first(where: {
                $0.keys[0] == Attribution.unattributedTenant && $0.currency == total.currency
            }), let cost = row.figures.cost[book],
            let allowed = proportion(all, Int128(limit), of: 10_000), cost > allowed
        else { return [] }
        return [
            ClosingObstacle(
                .unattributed, tenant: row.keys[0], count: row.figures.requests,
                "\(cost.plain) of \(all.plain) \(total.currency.code) are nobody's")
        ]
    }
}
