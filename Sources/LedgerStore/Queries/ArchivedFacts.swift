// Reports that sums alone cannot answer: as the books were known at an instant, over labels that were not
// summed yet, or with an end inside a quarter of an hour. They read facts, and a month whose facts are in
// an archive would silently be missing from them. So such a report is refused, and says which month to
// bring back.
import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// - Throws: ``LedgerError/archived(month:)`` when the query reads facts of a month that is put aside.
    func requireFacts(
        of query: ReportQuery, besides rolledUp: (from: Instant, to: Instant)
    ) throws(LedgerError) {
        let period = query.period
        let spans =
            query.knownAt != nil
            ? [(period.since, period.until)] : [(period.since, rolledUp.from), (rolledUp.to, period.until)]
        let asked = spans.filter { $0.0 < $0.1 }
        if asked.isEmpty { return }
        var parameters = Parameters()
        for ends in [asked.map(\.0), asked.map(\.1)] {
            let column = ArrayParameter(.timestamp)
            for end in ends { column.append(microseconds: end.microseconds) }
            parameters.add(column)
        }
        let month = try inOneTrip(
            """
            SELECT min(a.month) FROM tollbook.archive a
            JOIN unnest($1::timestamptz[], $2::timestamptz[]) AS span(since, until)
                ON (a.month || '-01')::timestamp AT TIME ZONE 'UTC' < span.until
                AND ((a.month || '-01')::timestamp + interval '1 month') AT TIME ZONE 'UTC' > span.since
            WHERE a.restored_at IS NULL
            """, parameters
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.optionalText() }
        }
        if let month { throw .archived(month: month) }
    }
}
