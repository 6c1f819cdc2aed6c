// What a month carries for months that were closed before it came.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// The same as ``MemoryLedger/carried(into:tenant:)``.
    public func carried(into period: Period, tenant: String?) throws(LedgerError) -> [CarriedSum] {
        var parameters = Parameters()
        parameters.add(microseconds: period.since.microseconds)
        parameters.add(microseconds: period.until.microseconds)
        parameters.add(tenant)
        let sums = try inOneTrip(
            """
            SELECT tenant, carried_from, kind, user_id, provider, model, currency, sum(requests)::bigint,
                sum(list_amount), sum(contracted_amount), sum(chargeback_amount)
            FROM tollbook.carried
            WHERE booked_at >= $1 AND booked_at < $2 AND ($3::text IS NULL OR tenant = $3)
                AND (kind <> 'correction' OR meter <> 'request' OR unpriced_requests = 0)
            GROUP BY 1, 2, 3, 4, 5, 6, 7
            """, parameters
        ) { answer throws(PostgresError) -> [CarriedSum] in
            var sums: [CarriedSum] = []
            try answer.forEachRow { row throws(PostgresError) in sums.append(try CarriedSum(&row)) }
            return sums
        }
        return CarriedSum.merged(sums)
    }
}

extension CarriedSum {
    fileprivate init(_ row: inout Row) throws(PostgresError) {
        let tenant = try row.text()
        let from = try row.text()
        let word = try row.text()
        guard let kind = Kind(rawValue: word) else { throw .unexpected("kind \(word)") }
        self.init(
            tenant: tenant, from: from, kind: kind, user: try row.text(), provider: try row.text(),
            model: try row.text(), currency: Currency(try row.text()))
        requests = try row.integer()
        for book in Book.allCases {
            amounts[book] = try row.optionalDecimal(places: 12).map { Money(picos: $0) }
        }
    }
}
