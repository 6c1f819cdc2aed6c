// Records and the report of the same period, read from one snapshot: what an export writes and what it is
// compared with can then differ only by a fault, never by traffic that came in between.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Hands out the records of a period in the order of time, then id, and answers with the flat report of
    /// the same snapshot. Memory stays flat however many records there are.
    ///
    /// - Parameters:
    ///   - tenant: only this one; nil for all.
    ///   - each: returns false to stop.
    public func export(
        _ period: Period, tenant: String? = nil, each: (StoredRecord) -> Bool
    ) throws(LedgerError) -> Report {
        var query = ReportQuery(by: [], period: period)
        query.filter.tenant = tenant
        var filter = RecordFilter()
        filter.tenant = tenant
        (filter.since, filter.until) = (period.since, period.until)
        let labels = try rollupLabelsFresh()
        let rolledUp = Self.rolledUp(query, nil, labels)
        let asked = query.parameters(cuts: nil, rolledUp: rolledUp, spans: ReportSpans(quarters: rolledUp))
        let listed = filter.parameters
        var unreadable: LedgerError?
        let (sums, footer) = try withConnection {
            connection throws(PostgresError) -> ([GroupSums], CompletenessFooter) in
            try connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            // No time limit for the statement: whoever reads the export may be slow.
            try connection.run("SET LOCAL statement_timeout = 0")
            try connection.run("SET LOCAL jit = off")
            try connection.run("SET LOCAL TimeZone = 'UTC'")
            var sums: [GroupSums] = []
            try connection.run(Self.reportSQL, asked).forEachRow { row throws(PostgresError) in
                sums.append(try GroupSums(&row, by: []))
            }
            let footer = try Self.footer(connection)
            try connection.stream(Self.recordsSQL, listed) { row throws(PostgresError) -> Bool in
                var reader = RecordReader()
                guard let record = try reader.read(&row) else {
                    unreadable = .unreadable(what: "a \(reader.problem) in a record")
                    return false
                }
                return each(record)
            }
            try connection.run("ROLLBACK")
            return (sums, footer)
        }
        if let unreadable { throw unreadable }
        return Report(query: query, sums: sums, cuts: nil, footer: footer)
    }
}
