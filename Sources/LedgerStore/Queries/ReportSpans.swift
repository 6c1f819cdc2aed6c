// Which part of a report's period is read from which sums. Days of UTC are the coarsest: a month is thirty of
// them, in any zone but for its first and last hours, which quarters of an hour answer. A day answers when
// the query asks for nothing finer, no calendar unit begins inside it, and all of its facts are in its
// sums (those of sidecars of an older release are not, until the day is made again).
import Bookkeeping
import Postgres
public import Terms

struct ReportSpans: Equatable {
    struct Span: Equatable {
        var from: Instant
        var to: Instant
    }

    private(set) var quarters: [Span]
    private(set) var days: [Span] = []

    static let day: Int64 = 86_400_000_000

    /// - Parameter quarters: the part of the period that rollups answer at all; may be empty.
    init(quarters: (from: Instant, to: Instant)) {
        self.quarters = quarters.from < quarters.to ? [Span(from: quarters.from, to: quarters.to)] : []
    }

    /// Gives whole days to the sums of days.
    ///
    /// - Parameters:
    ///   - cuts: the report's calendar units, if it has any.
    ///   - except: first instants of days whose sums lack something.
    mutating func takeDays(cuts: CalendarCuts?, except: Set<Instant>) {
        guard let whole = quarters.first else { return }
        quarters = []
        let first = (whole.from.microseconds + Self.day - 1).flooredMultiple(of: Self.day)
        let last = whole.to.microseconds.flooredMultiple(of: Self.day)
        guard first < last else {
            quarters = [whole]
            return
        }
        append(to: \.quarters, whole.from.microseconds, first)
        var start = first
        while start < last {
            defer { start += Self.day }
            let from = Instant(microseconds: start)
            let isWhole =
                cuts.map { $0.index(of: from) == $0.index(of: Instant(microseconds: start + Self.day - 1)) }
                ?? true
            append(to: isWhole && !except.contains(from) ? \.days : \.quarters, start, start + Self.day)
        }
        append(to: \.quarters, last, whole.to.microseconds)
    }

    /// Adds a stretch of time, to the last one if it follows on that.
    private mutating func append(to part: WritableKeyPath<Self, [Span]>, _ from: Int64, _ to: Int64) {
        guard from < to else { return }
        let span = Span(from: Instant(microseconds: from), to: Instant(microseconds: to))
        if let last = self[keyPath: part].indices.last, self[keyPath: part][last].to == span.from {
            self[keyPath: part][last].to = span.to
        } else {
            self[keyPath: part].append(span)
        }
    }
}

extension ReportQuery {
    /// Whether sums of days hold what it groups by and filters on.
    var isAnsweredByDays: Bool {
        let isCoarse = by.allSatisfy { dimension in
            switch dimension {
            case .tenant, .model, .provider, .upstream, .day, .week, .month: true
            case .user, .key, .meter, .label: false
            }
        }
        return isCoarse && filter.user == nil && filter.key == nil && filter.labels.isEmpty && knownAt == nil
    }

    /// Whether sums of days hold all of it: no quarters of an hour, no facts, nothing that was carried.
    func isAnswered(by spans: ReportSpans, _ rolledUp: (from: Instant, to: Instant)) -> Bool {
        isAnsweredByDays && basis == .occurred && spans.quarters.isEmpty
            && rolledUp.from == period.since && rolledUp.to == period.until
    }
}

extension LedgerStore {
    /// First instants of the days that have facts which are not in their sums.
    static func unsummedDays(
        _ connection: borrowing Connection, _ period: (from: Instant, to: Instant)
    ) throws(PostgresError) -> Set<Instant> {
        var parameters = Parameters()
        parameters.add(microseconds: period.from.microseconds)
        parameters.add(microseconds: period.to.microseconds)
        var days: Set<Instant> = []
        try connection.run(
            """
            SELECT DISTINCT date_trunc('day', occurred_at, 'UTC') FROM (
                SELECT occurred_at FROM tollbook.usage_record
                WHERE NOT in_day AND occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
                UNION ALL
                SELECT occurred_at FROM tollbook.entry
                WHERE NOT in_day AND occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
            ) AS outside
            """, parameters
        ).forEachRow { row throws(PostgresError) in days.insert(Instant(microseconds: try row.microseconds()))
        }
        return days
    }

    /// Makes the sums of all days again that lack something, except of the day of `now`, on which older
    /// sidecars may still be posting.
    ///
    /// - Returns: how many days were made again.
    @discardableResult
    public func rebuildDays(now: Instant) throws(LedgerError) -> Int {
        let today = Instant(now.date)
        let days = try transaction { connection throws(PostgresError) in
            try Self.unsummedDays(connection, (Instant(microseconds: 946_684_800_000_000), today))
        }
        for day in days.sorted() {
            var parameters = Parameters()
            parameters.add(day.date.iso8601)
            try inOneTrip("SELECT tollbook.rebuild_day($1::text::date)", parameters) { _ in }
        }
        return days.count
    }
}
