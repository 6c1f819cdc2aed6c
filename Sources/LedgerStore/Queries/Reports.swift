// Reports: sums from the rollups, cut exactly at the period's ends. Rollups hold quarters of an hour;
// where an end lies inside one, and before a label was rolled up, the facts are summed instead.
public import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// Answers a query with the same rows as ``MemoryLedger/report(_:)``.
    ///
    /// - Throws: ``LedgerError/tooManyUnits(limit:)`` when the period has too many days, weeks or months.
    public func report(_ query: ReportQuery) throws(LedgerError) -> Report {
        var cuts: CalendarCuts?
        if let unit = query.finestUnit {
            guard let found = CalendarCuts(query.period, by: unit, zone: query.zone) else {
                throw .tooManyUnits(limit: CalendarCuts.limit)
            }
            cuts = found
        }
        let labels = try rollupLabelsFresh()
        let rolledUp = Self.rolledUp(query, cuts, labels)
        try requireFacts(of: query, besides: rolledUp)
        // One snapshot for rows and footer.
        let (sums, footer) = try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") {
            connection throws(PostgresError) -> ([GroupSums], CompletenessFooter) in
            // Groups are few and rows are many, but PostgreSQL cannot know: it would sort them all.
            try connection.run("SET LOCAL enable_sort = off")
            try connection.run("SET LOCAL work_mem = '64MB'")
            var spans = ReportSpans(quarters: rolledUp)
            if query.isAnsweredByDays {
                spans.takeDays(cuts: cuts, except: try Self.unsummedDays(connection, rolledUp))
            }
            let parameters = query.parameters(cuts: cuts, rolledUp: rolledUp, spans: spans)
            var sums: [GroupSums] = []
            let sql =
                query.isAnswered(by: spans, rolledUp)
                ? Self.reportDaysSQL : query.knownAt == nil ? Self.reportSQL : Self.reportKnownSQL
            try connection.run(sql, parameters).forEachRow { row throws(PostgresError) in
                sums.append(try GroupSums(&row, by: query.by))
            }
            return (sums, try Self.footer(connection))
        }
        return Report(query: query, sums: sums, cuts: cuts, footer: footer)
    }

    func rollupLabelsFresh() throws(LedgerError) -> RollupLabels {
        rollupLabels = nil
        return try currentRollupLabels(at: Instant(microseconds: 0))
    }

    /// The part of the period that the rollups answer: whole quarters of an hour, from when on every
    /// label that the query names was rolled up.
    static func rolledUp(
        _ query: ReportQuery, _ cuts: CalendarCuts?, _ labels: RollupLabels
    ) -> (from: Instant, to: Instant) {
        let size = Posting.bucketSeconds * 1_000_000
        let since = query.period.since
        let until = query.period.until
        let nothing = (from: since, to: since)
        // No zone in use has offsets that are no multiple; some of the far past do.
        if let cuts, cuts.starts.contains(where: { $0.microseconds % size != 0 }) { return nothing }
        var from = since
        for name in query.labelNames {
            guard let start = labels.since[name] else { return nothing }
            from = max(from, start)
        }
        let start = (from.microseconds + size - 1).flooredMultiple(of: size)
        let end = until.microseconds.flooredMultiple(of: size)
        guard start < end else { return nothing }
        return (Instant(microseconds: start), Instant(microseconds: end))
    }

    static func footer(_ connection: borrowing Connection) throws(PostgresError) -> CompletenessFooter {
        let answer = try connection.run(
            """
            SELECT coalesce(sum(upper(received) - 1 - (
                    SELECT sum(upper(part) - lower(part)) FROM unnest(received) AS part)), 0)::bigint,
                sum(backlog)::bigint, min(complete_until)
            FROM tollbook.instance
            """)
        return try answer.withRow(0) { row throws(PostgresError) in
            var footer = CompletenessFooter()
            footer.gaps = try row.integer()
            footer.backlog = try row.optionalInteger()
            footer.completeUntil = try row.optionalMicroseconds().map { Instant(microseconds: $0) }
            return footer
        }
    }
}

extension ReportQuery {
    /// Labels that the query groups by or filters on.
    fileprivate var labelNames: [String] {
        by.compactMap { if case .label(let name) = $0 { name } else { nil } } + filter.labels.map(\.key)
    }

    func parameters(
        cuts: CalendarCuts?, rolledUp: (from: Instant, to: Instant), spans: ReportSpans
    ) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: period.since.microseconds)
        parameters.add(microseconds: rolledUp.from.microseconds)
        parameters.add(microseconds: rolledUp.to.microseconds)
        parameters.add(microseconds: period.until.microseconds)
        for dimension: Dimension in [.tenant, .user, .key, .model, .provider, .upstream, .meter] {
            parameters.add(by.contains(dimension))
        }
        parameters.add(
            ArrayParameter(texts: by.compactMap { if case .label(let name) = $0 { name } else { nil } }))
        let starts = ArrayParameter(.timestamp)
        for start in cuts?.starts ?? [] { starts.append(microseconds: start.microseconds) }
        parameters.add(starts)
        parameters.add(filter.tenant)
        parameters.add(filter.user)
        parameters.add(filter.key)
        parameters.add(filter.model)
        parameters.add(filter.provider)
        parameters.add(filter.upstream)
        parameters.add(filter.labels.filterText)
        parameters.add(microseconds: knownAt?.microseconds)
        parameters.add(basis != .occurred)
        parameters.add(basis == .booked)
        // What was known at an instant is in no sums.
        for part in knownAt == nil ? [spans.quarters, spans.days] : [[], []] {
            for end in [part.map(\.from), part.map(\.to)] {
                let column = ArrayParameter(.timestamp)
                for instant in end { column.append(microseconds: instant.microseconds) }
                parameters.add(column)
            }
        }
        return parameters
    }
}

extension GroupSums {
    /// In the order of the columns of ``LedgerStore/reportSQL``.
    init(_ row: inout Row, by dimensions: [Dimension]) throws(PostgresError) {
        let tenant = try row.text()
        let user = try row.text()
        let key = try row.text()
        let model = try row.text()
        let provider = try row.text()
        let upstream = try row.text()
        let meter = try row.text()
        var labels = try row.texts().makeIterator()
        let unit = Int(try row.integer())
        let currency = Currency(try row.text())
        let keys = dimensions.map { dimension in
            switch dimension {
            case .tenant: tenant
            case .user: user
            case .key: key
            case .model: model
            case .provider: provider
            case .upstream: upstream
            case .meter: meter
            case .label: labels.next() ?? ""
            case .day, .week, .month: ""
            }
        }
        self.init(keys: keys, unit: unit, currency: currency)
        requests = try row.integer()
        estimatedRequests = try row.integer()
        unpricedRequests = try row.integer()
        openRequests = try row.integer()
        lateRequests = try row.integer()
        unpricedReadings = try row.integer()
        quantity = try row.quantity()
        input = try row.quantity()
        cacheRead = try row.quantity()
        cacheWrite = try row.quantity()
        output = try row.quantity()
        reasoning = try row.quantity()
        for book in Book.allCases {
            amounts[book] = try row.optionalDecimal(places: 12).map { Money(picos: $0) }
        }
        unpricedSince = try row.optionalMicroseconds().map { Instant(microseconds: $0) }
    }
}

extension Row {
    fileprivate mutating func quantity() throws(PostgresError) -> Quantity {
        Quantity(nanos: try decimal(places: 9))
    }
}

extension Int64 {
    func flooredMultiple(of size: Int64) -> Int64 {
        let rest = self % size
        return self - (rest < 0 ? rest + size : rest)
    }
}
