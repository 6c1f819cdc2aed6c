// The fields of a report that are there only when they are asked for, for programs.
import Bookkeeping
import Terms

extension Report {
    func extraNames(_ extras: ReportExtras) -> [String] {
        (comparedPeriod == nil
            ? [] : ["compared_requests"] + Book.allCases.map { "compared_cost_\($0.rawValue)" })
            + (extras.ratios
                ? ["cost_per_request", "cache_hit_ratio", "estimated_share", "unpriced_share"] : [])
    }

    func extraFields(_ row: ReportRow, _ extras: ReportExtras) -> [String] {
        var fields: [String] = []
        if comparedPeriod != nil {
            let compared = row.compared ?? Figures()
            fields += [String(compared.requests)] + Book.allCases.map { compared.cost[$0]?.plain ?? "" }
        }
        return fields + (extras.ratios ? ratios(row).map { $0 ?? "" } : [])
    }

    func writeExtras(of row: ReportRow, _ extras: ReportExtras, to json: inout JSONWriter) {
        if comparedPeriod != nil {
            let compared = row.compared ?? Figures()
            json.key("compared")
            json.beginObject()
            json.field("requests", compared.requests)
            json.key("cost")
            json.cost(compared.cost)
            json.endObject()
        }
        guard extras.ratios else { return }
        for (name, value) in zip(extraNames(extras).suffix(4), ratios(row)) { json.field(name, value) }
    }

    /// Decimals: cost per request to twelve places, shares to six.
    private func ratios(_ row: ReportRow) -> [String?] {
        let figures = row.figures
        func share(_ part: Int64, _ whole: Int64) -> String? {
            proportion(Money(picos: 1_000_000), Int128(part), of: Int128(whole))
                .map { Money(picos: $0.picos * 1_000_000).plain }
        }
        return [
            row.perRequest(query.book)?.plain, share(figures.cacheReadTokens, figures.inputTokens),
            share(figures.estimatedRequests, figures.requests),
            share(figures.unpricedRequests, figures.requests),
        ]
    }
}
