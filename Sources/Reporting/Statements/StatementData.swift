// A statement for programs. JSON has everything exactly, in the shape of a report with more members; CSV has
// the lines that add up to the amount due.
public import Bookkeeping
import Terms

extension Statement {
    public var json: String {
        var json = JSONWriter(reserving: 4096 + lines.rows.count * 512)
        json.beginObject()
        json.field("tenant", question.tenant)
        json.field("cost_center", question.tenant.flatMap { question.costCenters[$0] })
        json.field("month", question.month)
        json.key("period")
        json.beginObject()
        json.field("since", question.period.since.rfc3339)
        json.field("until", question.period.until.rfc3339)
        json.field("timezone", question.zone.name)
        json.endObject()
        json.field("state", question.state.rawValue)
        json.field("book", StatementQuestion.book.rawValue)
        json.field("currency", totals.count == 1 ? totals[0].currency.code : nil)
        json.rows("rows", lines.query.by, usageRows)
        json.rows("meters", meters.query.by, meters.rows)
        json.rows("days", days.query.by, days.rows)
        json.rows("keys", keys.query.by, keys.rows)
        json.objects("labels", labels) { json, report in
            json.field("label", report.query.by.last?.name)
            json.rows("rows", report.query.by, report.rows)
        }
        json.objects("adjustments", byHand) { json, one in
            json.field("record_id", one.record.text)
            json.field("occurred_at", one.occurredAt.rfc3339)
            json.field("tenant", one.tenant)
            json.field("user", one.user.isEmpty ? nil : one.user)
            json.field("reason", one.reason)
            json.field("currency", one.currency.code)
            json.key("cost")
            json.cost(one.amounts)
        }
        json.objects("earlier_periods", earlier) { json, sum in
            json.field("period", sum.from)
            json.field("kind", sum.kind.rawValue)
            json.field("tenant", sum.tenant)
            json.field("user", sum.user.isEmpty ? nil : sum.user)
            json.field("provider", sum.provider)
            json.field("model", sum.model.isEmpty ? nil : sum.model)
            json.field("requests", sum.requests)
            json.field("currency", sum.currency.code)
            json.key("cost")
            json.cost(sum.amounts)
        }
        json.key("total")
        json.beginObject()
        json.figures(totals.count == 1 ? totals[0].figures : Figures.withoutCost(totals))
        json.endObject()
        json.rows("totals", [], totals)
        writeDue(to: &json)
        writeShared(to: &json)
        json.rows("unallocated", [], unallocated)
        json.objects("unpriced", unpricedMeters) { json, row in
            for (dimension, key) in zip(meters.query.by, row.keys) {
                json.field(dimension.name, key.isEmpty ? nil : key)
            }
            json.field("quantity", row.figures.quantity)
        }
        writeIncidents(to: &json)
        writeChange(to: &json)
        writePlan(to: &json)
        json.key("completeness")
        json.footer(lines.footer)
        json.key("price_books")
        json.beginArray()
        for book in question.priceBooks { json.string(book) }
        json.endArray()
        json.field("input_digest", "sha256:" + inputDigest)
        json.key("seal")
        if let seal = question.seal {
            json.beginObject()
            json.field("number", seal.number)
            json.field("day", seal.day.iso8601)
            json.field("mac", seal.mac)
            json.endObject()
        } else {
            json.null()
        }
        json.endObject()
        json.newline()
        return json.text
    }

    private func writeDue(to json: inout JSONWriter) {
        json.objects("due", totals) { json, total in
            json.field("currency", total.currency.code)
            for part in parts(total.currency) { json.field(part.key, part.cost.chargeback) }
            json.field("amount", due(total.currency))
        }
    }

    private func writeShared(to json: inout JSONWriter) {
        json.key("shared_costs")
        json.beginObject()
        json.field("method_id", Self.sharingMethodID)
        json.field("method", Self.sharingMethod)
        json.objects("tenants", shares) { json, share in
            json.field("tenant", share.tenant)
            json.field("cost_center", share.costCenter)
            json.field("currency", share.currency.code)
            json.field("own", share.own)
            json.field("ratio", share.ratio)
            json.field("share", share.share)
            json.field("total", share.total)
        }
        json.objects("cost_centers", question.tenant == nil ? costCenters : []) { json, center in
            json.field("cost_center", center.name)
            json.field("currency", center.currency.code)
            json.field("own", center.own)
            json.field("share", center.share)
            json.field("total", center.own + center.share)
        }
        json.endObject()
    }

    private func writeChange(to json: inout JSONWriter) {
        json.key("compared")
        json.beginObject()
        json.field("month", question.previous?.month)
        json.objects("changes", comparison.changes) { json, change in
            json.field("currency", change.currency.code)
            json.field("before", change.before)
            json.field("after", change.after)
            json.field("difference", change.difference)
            json.field("price", change.price)
            json.field("volume", change.volume)
            json.field("mix", change.mix)
        }
        json.rows("same_time", [], previousSoFar)
        json.objects("movers", comparison.movers.prefix(Self.moversShown)) { json, mover in
            json.field("provider", mover.provider)
            json.field("model", mover.model)
            json.field("meter", mover.meter)
            json.field("currency", mover.currency.code)
            json.field("before", mover.before)
            json.field("after", mover.after)
            json.field("price", mover.price)
            json.field("quantity", mover.quantity)
        }
        json.key("new_models")
        json.beginArray()
        for model in newModels { json.string(model) }
        json.endArray()
        json.endObject()
    }

    /// A header, then lines that add up to the amount due, each with what it is: usage by user, provider,
    /// model and meter, what was booked by hand, what came from earlier months, the share of shared costs.
    public var csv: String {
        var csv = CSV()
        csv.line([
            "kind", "month", "tenant", "cost_center", "user", "provider", "model", "meter", "requests",
            "quantity", "cost_list", "cost_contracted", "cost_chargeback", "currency", "note",
        ])
        let by = meters.query.by
        func line(
            _ kind: String, _ tenant: String, _ names: [String], _ counts: [String], _ cost: Cost,
            _ currency: Currency, month: String? = nil, note: String = ""
        ) {
            let amounts = Book.allCases.map { cost[$0]?.plain ?? "" }
            csv.line(
                [kind, month ?? question.month, tenant, question.costCenters[tenant] ?? ""] + names + counts
                    + amounts + [currency.code, note])
        }
        for row in meters.rows {
            let keys = by.first == .tenant ? Array(row.keys.dropFirst()) : row.keys
            let tenant = by.first == .tenant ? row.keys[0] : question.tenant ?? ""
            guard keys[1] != Adjustment.provider else { continue }
            let counts = [String(row.figures.requests), row.figures.quantity.plain]
            line("usage", tenant, keys, counts, row.figures.cost, row.currency)
        }
        for one in byHand {
            line(
                "adjustment", one.tenant, [one.user, "", "", ""], ["", ""], one.amounts, one.currency,
                note: one.reason)
        }
        for sum in earlier {
            line(
                "earlier", sum.tenant, [sum.user, sum.provider, sum.model, ""], [String(sum.requests), ""],
                sum.amounts, sum.currency, month: sum.from, note: sum.kind.rawValue)
        }
        for share in shares where share.share != .zero {
            var cost = Cost()
            cost.chargeback = share.share
            line(
                "shared", share.tenant, ["", "", "", ""], ["", ""], cost, share.currency,
                note: Self.sharingMethod)
        }
        return csv.take()
    }
}

extension Figures {
    /// Of several currencies: counts add up, amounts do not.
    static func withoutCost(_ rows: [ReportRow]) -> Figures {
        var sum = rows.sum
        sum.cost = Cost()
        return sum
    }
}
