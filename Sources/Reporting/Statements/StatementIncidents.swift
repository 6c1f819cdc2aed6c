// What went wrong: requests that did not end as they should with what they cost all the same, and answers
// that do not add up.
import Bookkeeping
import Terms

extension Statement {
    var incidentBlocks: [PageBlock] {
        var blocks: [PageBlock] = [.heading("Failed requests and anomalies")]
        if incidents.failed.isEmpty {
            blocks.append(.paragraph("Every request ended as it should: failed requests cost 0."))
        } else {
            var table = TextTable([
                .init("outcome"), .init("requests", numeric: true), .init("currency"),
                .init("chargeback", numeric: true),
            ])
            table.rows = incidents.failed.map { one in
                let code = one.currency.code
                return [one.outcome.words, one.requests.grouped, code.isEmpty ? "-" : code, one.cost.shown]
            }
            let currencies = Set(incidents.failed.map(\.currency)).filter { !$0.code.isEmpty }.sorted()
            table.totals = currencies.map { currency in
                let count = incidents.failed.filter { $0.currency == currency }.reduce(0) { $0 + $1.requests }
                return [
                    "failed-request cost", count.grouped, currency.code, incidents.cost(currency).shown,
                ]
            }
            blocks.append(.table(id: "failed", table, subtotals: []))
        }
        guard !incidents.anomalies.isEmpty else { return blocks + [.paragraph("No anomalies.")] }
        var table = TextTable([.init("anomaly"), .init("requests", numeric: true)])
        table.rows = incidents.anomalies.map { [$0.anomaly.rawValue, $0.requests.grouped] }
        return blocks + [.table(id: "anomalies", table, subtotals: [])]
    }

    func writeIncidents(to json: inout JSONWriter) {
        json.objects("failed_requests", incidents.failed) { json, one in
            json.field("outcome", one.outcome.rawValue)
            json.field("requests", one.requests)
            json.field("currency", one.currency.code.isEmpty ? nil : one.currency.code)
            json.field("cost", one.cost)
        }
        json.objects("anomalies", incidents.anomalies) { json, one in
            json.field("anomaly", one.anomaly.rawValue)
            json.field("requests", one.requests)
        }
    }
}

extension Completeness {
    fileprivate var words: String {
        switch self {
        case .complete: "complete"
        case .clientAbortedDrained: "client left, answer read to its end"
        case .clientAborted: "client left"
        case .upstreamError: "error of the provider"
        case .truncated: "answer cut short"
        case .pending: "pending"
        case .refused: "refused, not sent"
        case .open: "never ended"
        }
    }
}
