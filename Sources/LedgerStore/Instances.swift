// What sidecars say of themselves, so that a report can say how complete it is: how much each still
// holds, and up to when everything it saw is posted. Which of their records arrived is not taken from
// their word but from the sequence numbers in the ledger.
import Postgres
public import Terms

/// What a sidecar says of itself now and then, and last when it ends.
public struct InstanceNote: Hashable, Sendable {
    public var instance: String
    /// Of the program.
    public var version: String
    public var reportedAt: Instant
    /// Records in its spool that are not posted yet.
    public var backlog: Int64
    /// Exchanges that began and have not ended.
    public var openExchanges: Int64
    /// Everything that it saw begin before this is posted. `nil` when it ends with nothing left: then it
    /// no longer holds any report back.
    public var completeUntil: Instant?

    public init(
        instance: String, version: String, reportedAt: Instant, backlog: Int64, openExchanges: Int64,
        completeUntil: Instant?
    ) {
        self.instance = instance
        self.version = version
        self.reportedAt = reportedAt
        self.backlog = backlog
        self.openExchanges = openExchanges
        self.completeUntil = completeUntil
    }
}

/// A sidecar as the ledger knows it.
public struct InstanceState: Hashable, Sendable {
    public var instance: String
    /// The highest sequence number that arrived, 0 while none did.
    public var lastSequence: Int64
    /// Sequence numbers below it that did not arrive, as closed ranges, ascending.
    public var gaps: [ClosedRange<Int64>]
    /// nil while it has not said anything.
    public var note: InstanceNote?
    /// By how much its clock was ahead of PostgreSQL's when it last said something.
    public var clockSkewMilliseconds: Int64?
}

extension LedgerStore {
    /// - Parameter clock: the sidecar's, to be compared with PostgreSQL's.
    public func noteInstance(
        _ note: InstanceNote, clock: (() -> Instant)? = nil
    ) throws(LedgerError) {
        try transaction { connection throws(PostgresError) in
            var skew: Int64?
            if let clock {
                let before = clock().microseconds
                let there = try connection.run(
                    "SELECT clock_timestamp()"
                ).withRow(0) { row throws(PostgresError) in try row.microseconds() }
                // The answer was given about in the middle.
                skew = ((before + clock().microseconds) / 2 - there) / 1000
            }
            var parameters = Parameters()
            parameters.add(note.instance)
            parameters.add(note.version)
            parameters.add(microseconds: note.reportedAt.microseconds)
            parameters.add(note.backlog)
            parameters.add(note.openExchanges)
            parameters.add(microseconds: note.completeUntil?.microseconds)
            parameters.add(skew)
            try connection.run(
                """
                INSERT INTO tollbook.instance (
                    instance, received, version, reported_at, backlog, open_exchanges, complete_until,
                    clock_skew_ms)
                VALUES ($1, '{}', $2, $3, $4, $5, $6, $7)
                ON CONFLICT (instance) DO UPDATE SET version = excluded.version,
                    reported_at = excluded.reported_at, backlog = excluded.backlog,
                    open_exchanges = excluded.open_exchanges, complete_until = excluded.complete_until,
                    clock_skew_ms = excluded.clock_skew_ms
                """, parameters)
        }
    }

    /// Notes numbers of sidecars whose records are in another ledger, so that they are no gaps in this one.
    public func noteElsewhere(_ numbers: [(instance: String, sequence: Int64)]) throws(LedgerError) {
        let sequences = ArrayParameter(.int8)
        for number in numbers { sequences.append(number.sequence) }
        var parameters = Parameters()
        parameters.add(ArrayParameter(texts: numbers.map(\.instance)))
        parameters.add(sequences)
        try inOneTrip(
            """
            INSERT INTO tollbook.instance AS s (instance, received, version)
            SELECT instance, range_agg(int8range(seq, seq + 1)), ''
            FROM unnest($1::text[], $2::bigint[]) AS n(instance, seq)
            GROUP BY instance
            ORDER BY instance COLLATE "C"
            ON CONFLICT (instance) DO UPDATE SET received = s.received + excluded.received
            """, parameters
        ) { _ in }
    }

    /// All sidecars that ever posted or reported, ascending by name.
    public func instances() throws(LedgerError) -> [InstanceState] {
        let rows = try inOneTrip(
            """
            SELECT i.instance, coalesce(upper(i.received) - 1, 0), i.version, i.reported_at, i.backlog,
                i.open_exchanges, i.complete_until, i.clock_skew_ms, g.missing
            FROM tollbook.instance i
            CROSS JOIN LATERAL (
                SELECT ARRAY(
                    SELECT lower(hole) || '-' || (upper(hole) - 1)
                    FROM unnest(
                        int8multirange(int8range(1, coalesce(upper(i.received), 1))) - i.received) AS hole
                    ORDER BY hole) AS missing
            ) g
            ORDER BY i.instance
            """, Parameters()
        ) { answer throws(PostgresError) -> [InstanceState] in
            var states: [InstanceState] = []
            try answer.forEachRow { row throws(PostgresError) in states.append(try Self.state(&row)) }
            return states
        }
        return rows
    }

    private static func state(_ row: inout Row) throws(PostgresError) -> InstanceState {
        var state = InstanceState(
            instance: try row.text(), lastSequence: try row.integer(), gaps: [], note: nil)
        let version = try row.text()
        let reportedAt = try row.optionalMicroseconds()
        let backlog = try row.optionalInteger()
        let open = try row.optionalInteger()
        let completeUntil = try row.optionalMicroseconds()
        state.clockSkewMilliseconds = try row.optionalInteger()
        if let reportedAt, let backlog, let open {
            state.note = InstanceNote(
                instance: state.instance, version: version, reportedAt: Instant(microseconds: reportedAt),
                backlog: backlog, openExchanges: open,
                completeUntil: completeUntil.map { Instant(microseconds: $0) })
        }
        for text in try row.texts() {
            let ends = text.split(separator: "-").compactMap { Int64($0) }
            guard ends.count == 2, ends[0] <= ends[1] else { throw .unexpected("gap \(text)") }
            state.gaps.append(ends[0]...ends[1])
        }
        return state
    }
}
