// The parts of the metrics page that have lines per name: usage, the times of syncs, refusals, what was told.
import Spool
import Terms

extension MetricText {
    /// Requests, tokens and amounts of the records that are in the ledger.
    mutating func usage(_ usage: UsageMetrics) {
        usage.read { state in
            begin("requests_total", .counter, "Calls in the ledger.")
            for series in state.series { line(series.labels.span, "\(series.requests)") }
            begin("tokens_total", .counter, "Their tokens; the kinds are disjoint.")
            for series in state.series {
                for (kind, count) in zip(UsageMetrics.TokenKind.allCases, series.tokens) where count != 0 {
                    line(series.with(["kind": kind.rawValue]), "\(count)")
                }
            }
            begin("cost_total", .counter, "Their cost, without calls that lack a price.")
            for series in state.series {
                for amount in series.amounts {
                    for (book, picos) in zip(Book.allCases, amount.picos) {
                        line(
                            series.with(["book": book.rawValue, "currency": amount.currency.code]),
                            Money(picos: picos).plain)
                    }
                }
            }
            begin("estimated_total", .counter, "Of them, those with a side that is an estimate.")
            for series in state.series where series.estimated > 0 {
                line(series.labels.span, "\(series.estimated)")
            }
            begin("unpriced_total", .counter, "Of them, those with a meter that has no price.")
            for series in state.series where series.unpriced > 0 {
                line(series.labels.span, "\(series.unpriced)")
            }
            begin("records_total", .counter, "Records in the ledger by how their exchange ended.")
            let ends = state.completed.map { ($0.key.upstream, $0.key.completeness.rawValue, $0.value) }
            for (upstream, completeness, count) in ends.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }) {
                line([("upstream", upstream), ("completeness", completeness)], "\(count)")
            }
            add(
                "series", .gauge, "Combinations of tenant, upstream and model above.",
                Int64(state.series.count))
            add("series_other_total", .counter, "Calls counted as `other`.", state.others)
        }
        add("series_limit", .gauge, "The most that have lines of their own.", Int64(usage.limit))
    }

    /// How long writing and syncing took.
    mutating func syncs(_ times: SyncTimes) {
        begin("spool_sync_seconds", .histogram, "Time to make a group of records durable.")
        var sum: Int64 = 0
        for (bound, count) in zip(SyncTimes.bounds, times.counts) {
            sum += count
            line([("le", Self.seconds(bound))], "\(sum)", suffix: "_bucket")
        }
        line([("le", "+Inf")], "\(times.count)", suffix: "_bucket")
        line([], Self.seconds(times.total), suffix: "_sum")
        line([], "\(times.count)", suffix: "_count")
    }

    /// Microseconds as a decimal number of seconds.
    private static func seconds(_ microseconds: Int64) -> String {
        DecimalText.plain(Int128(microseconds), places: 6)
    }

    /// Refused calls by their code, and observations by their word.
    mutating func told(_ refused: RefusedCodes, _ log: Log) {
        begin("refusals_total", .counter, "Calls that the sidecar answered itself, by code.")
        for (code, times) in refused.all { line([("code", code)], "\(times)") }
        begin("observations_total", .counter, "What the log was told, written or not.")
        for told in log.counts { line([("level", told.level), ("what", told.word)], "\(told.times)") }
    }
}

extension UsageMetrics.Series {
    /// Its labels and more.
    fileprivate func with(_ more: KeyValuePairs<String, String>) -> [UInt8] {
        labels + [UInt8(ascii: ",")] + MetricText.labels(more.map { ($0.key, $0.value) })
    }
}

extension MetricText {
    fileprivate mutating func line(_ labels: [UInt8], _ value: String) { line(labels.span, value) }
}
