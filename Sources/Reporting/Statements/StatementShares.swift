// Whose the money is beyond users and models: cost centres, keys, labels such as teams, the shares of what
// everybody uses, and what is still nobody's or without a price.
import Bookkeeping
import Terms

extension Statement {
    /// By key and by each label that the ledger keeps sums of; a block that would say nothing is left out.
    var groupBlocks: [PageBlock] {
        var blocks: [PageBlock] = []
        if keys.rows.contains(where: { !($0.keys.last ?? "").isEmpty }) {
            blocks += groupBlock("By key", id: "keys", keys) { key in
                question.keyNames[key].map { "\(key) (\($0))" } ?? key
            }
        }
        for report in labels {
            guard let dimension = report.query.by.last, case .label(let name) = dimension,
                report.rows.contains(where: { !($0.keys.last ?? "").isEmpty })
            else { continue }
            blocks += groupBlock("By \(name)", id: "label-\(name)", report) { $0 }
        }
        return blocks
    }

    private func groupBlock(
        _ heading: String, id: String, _ report: Report, _ named: (String) -> String
    ) -> [PageBlock] {
        let title = String(heading.dropFirst(3))
        var table = TextTable(
            (question.tenant == nil ? [.init("tenant")] : []) + [
                .init(title), .init("requests", numeric: true), .init("input", unit: "tokens", numeric: true),
                .init("output", unit: "tokens", numeric: true), .init("currency"),
                .init("chargeback", numeric: true),
            ])
        let byHand = Set(self.byHand.map(\.currency))
        for row in report.rows {
            // What was booked by hand has a block of its own, and no key or label.
            if row.figures.requests == 0, byHand.contains(row.currency), (row.keys.last ?? "").isEmpty {
                continue
            }
            let name = row.keys.last ?? ""
            table.rows.append(
                row.keys.dropLast() + [
                    name.isEmpty ? "-" : named(name), row.figures.requests.grouped,
                    row.figures.inputTokens.grouped, row.figures.outputTokens.grouped,
                    row.currency.code.isEmpty ? "-" : row.currency.code,
                    row.figures.cost.chargeback?.shown ?? "unpriced",
                ])
        }
        return [.heading(heading), .table(id: id, table, subtotals: [])]
    }

    /// A tenant's cost centre beside its share; in the report of all also the sum of each cost centre.
    var sharedBlocks: [PageBlock] {
        var table = TextTable([
            .init("tenant"), .init("cost center"), .init("currency"), .init("own", numeric: true),
            .init("ratio", unit: "%", numeric: true), .init("share", numeric: true),
            .init("total", numeric: true),
        ])
        table.rows = shares.map { share in
            [share.tenant, share.costCenter ?? "-", share.currency.code, share.own.shown]
                + [percent(share.ratio.picos, of: 1_000_000_000_000) ?? "-"]
                + [share.share.shown, share.total.shown]
        }
        let method = PageBlock.paragraph(
            "Shared are the costs of the tenant 'shared'; method \(Self.sharingMethodID): "
                + "\(Self.sharingMethod).")
        var blocks: [PageBlock] = [.heading("Shared costs")]
        if !table.rows.isEmpty { blocks.append(.table(id: "shares", table, subtotals: [])) }
        blocks.append(method)
        guard question.tenant == nil, !costCenters.isEmpty else { return blocks }
        var centers = TextTable([
            .init("cost center"), .init("tenants"), .init("currency"), .init("own", numeric: true),
            .init("share", numeric: true), .init("total", numeric: true),
        ])
        centers.rows = costCenters.map { center in
            [center.name ?? "none", center.tenants.joined(separator: ", "), center.currency.code]
                + [center.own.shown, center.share.shown, (center.own + center.share).shown]
        }
        return blocks + [.heading("By cost center"), .table(id: "cost-centers", centers, subtotals: [])]
    }

    struct CostCenter {
        /// nil for tenants without one.
        let name: String?
        var tenants: [String]
        let currency: Currency
        var own: Money
        var share: Money
    }

    /// Tenants joined by cost centre and currency, by name, those without one last.
    var costCenters: [CostCenter] {
        var found: [CostCenter] = []
        for share in shares {
            let same = found.firstIndex { $0.name == share.costCenter && $0.currency == share.currency }
            if let same {
                found[same].tenants.append(share.tenant)
                found[same].own += share.own
                found[same].share += share.share
            } else {
                found.append(
                    CostCenter(
                        name: share.costCenter, tenants: [share.tenant], currency: share.currency,
                        own: share.own, share: share.share))
            }
        }
        return found.sorted { a, b in
            if (a.name == nil) != (b.name == nil) { return b.name == nil }
            return (a.name ?? "", a.currency) < (b.name ?? "", b.currency)
        }
    }

    /// Always there, also with nothing in it.
    var suspenseBlocks: [PageBlock] {
        var table = TextTable([
            .init("item"), .init("requests", numeric: true), .init("currency"),
            .init("chargeback", numeric: true),
        ])
        for row in unallocated {
            table.rows.append([
                "unallocated: tenant 'unattributed', whole ledger", row.figures.requests.grouped,
                row.currency.code, row.figures.cost.chargeback?.shown ?? "unpriced",
            ])
        }
        let since = lines.footer.unpricedSince.map { ", since \($0.rfc3339)" } ?? ""
        let waiting = totals.reduce(0) { $0 + $1.figures.unpricedRequests }
        table.rows.append(["suspense: usage without a price\(since)", waiting.grouped, "", "unpriced"])
        var blocks: [PageBlock] = [
            .heading("Unallocated and suspense"), .table(id: "suspense", table, subtotals: []),
        ]
        guard !unpricedMeters.isEmpty else { return blocks }
        var quantities = TextTable([
            .init("without a price"), .init("meter"), .init("quantity", numeric: true),
        ])
        quantities.rows = unpricedMeters.map { row in
            let name = row.keys[row.keys.count - 2]
            return [name.isEmpty ? "-" : name, row.keys.last ?? "", row.figures.quantity.grouped]
        }
        blocks.append(.table(id: "unpriced", quantities, subtotals: []))
        return blocks
    }

    /// Meters of models that found no price at all, with what was counted.
    var unpricedMeters: [ReportRow] {
        meters.rows.filter { $0.figures.cost.chargeback == nil && $0.figures.quantity != .zero }
    }
}
