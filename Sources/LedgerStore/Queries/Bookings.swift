// When a record's entries were booked: what `explain` tells of corrections.
public import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// The first posting of a record and every correction since, in their order.
    public func bookings(of key: RecordKey) throws(LedgerError) -> [Booking] {
        try inOneTrip(Self.bookingsSQL, Self.parameters(of: key)) { answer throws(PostgresError) in
            try Self.bookings(answer)
        }
    }

    static func parameters(of key: RecordKey) -> Parameters {
        var parameters = Parameters()
        parameters.add(key.tenant.storableKey)
        parameters.add(microseconds: key.occurredAt.microseconds)
        parameters.add(uuid: (key.id.high, key.id.low))
        return parameters
    }

    static func bookings(_ answer: borrowing Answer) throws(PostgresError) -> [Booking] {
        var found: [Booking] = []
        try answer.forEachRow { row throws(PostgresError) in
            let bookedAt = Instant(microseconds: try row.microseconds())
            let first = Int(try row.integer())
            let last = Int(try row.integer())
            found.append(
                Booking(
                    bookedAt: bookedAt, entries: first...max(first, last), period: try row.text(),
                    carriedFrom: try row.optionalText()))
        }
        return found
    }

    /// `$1` to `$3`: the record's key.
    static let bookingsSQL: StaticString = """
        SELECT booked_at, min(entry_no)::bigint, max(entry_no)::bigint, period, carried_from
        FROM tollbook.entry
        WHERE tenant = $1 AND occurred_at = $2 AND record_id = $3
        GROUP BY booked_at, period, carried_from
        ORDER BY 2
        """
}
