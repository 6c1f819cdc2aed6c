// What is kept when a month is closed: the statement in every format, and the totals with their digest.
import Bookkeeping
import LedgerStore
import Rating
import Terms

extension Statement {
    /// To be stored under the tenant, or under '' for all tenants together.
    func seal() -> PeriodSeal {
        let totals = sealedTotals
        var hash = ContentHash()
        hash.update(totals.utf8)
        return PeriodSeal(
            tenant: question.tenant ?? "", month: question.month, totals: totals, digest: hash.hexadecimal(),
            statements: Format.documents.map { ($0.rawValue, written($0, columns: nil)) })
    }

    /// What the month came to, per currency, as JSON.
    var sealedTotals: String {
        var json = JSONWriter()
        json.beginArray()
        for total in totals {
            json.beginObject()
            json.field("currency", total.currency.code)
            json.field("requests", total.figures.requests)
            json.field("input_tokens", total.figures.inputTokens)
            json.field("output_tokens", total.figures.outputTokens)
            json.field("unpriced_requests", total.figures.unpricedRequests)
            json.key("cost")
            json.cost(total.figures.cost)
            json.endObject()
        }
        json.endArray()
        return json.text
    }
}
