// What is done to a report's rows after the ledger answered: another order, only the largest with the rest in
// one row, and another period beside them. None of it changes a total.
public import Terms

/// By what rows are ordered; calendar units stay ascending before everything else.
public enum ReportOrder: String, CaseIterable, Hashable, Sendable {
    case cost, requests, tokens, name
}

extension Report {
    /// Orders rows by a measure, the largest first, or by name.
    public mutating func sort(by order: ReportOrder) {
        guard order != .cost else { return }
        let calendar = query.by.indices.filter { query.by[$0].calendarUnit != nil }
        func size(_ row: ReportRow) -> Int64 {
            switch order {
            case .requests: row.figures.requests
            case .tokens: row.figures.inputTokens &+ row.figures.outputTokens
            case .cost, .name: 0
            }
        }
        rows.sort { a, b in
            for index in calendar where a.keys[index] != b.keys[index] {
                return a.keys[index] < b.keys[index]
            }
            if size(a) != size(b) { return size(a) > size(b) }
            return a.keys == b.keys ? a.currency < b.currency : a.keys.lexicographicallyPrecedes(b.keys)
        }
    }

    /// Keeps the first rows and joins the others in one row per currency, named `(12 others)`.
    public mutating func keepTop(_ count: Int) {
        guard !query.by.isEmpty, rows.count > count else { return }
        var rest: [Currency: (row: ReportRow, count: Int)] = [:]
        for row in rows[count...] {
            var sum =
                rest[row.currency]
                ?? (ReportRow(keys: [], currency: row.currency, figures: Figures(cost: Cost())), 0)
            sum.row.figures.add(row.figures)
            if let compared = row.compared {
                var both = sum.row.compared ?? Figures(cost: Cost())
                both.add(compared)
                sum.row.compared = both
            }
            sum.count += 1
            rest[row.currency] = sum
        }
        rows.removeLast(rows.count - count)
        for (_, sum) in rest.sorted(by: { $0.key < $1.key }) {
            var row = sum.row
            let name = "(\(sum.count) \(sum.count == 1 ? "other" : "others"))"
            row.keys = [name] + [String](repeating: "", count: query.by.count - 1)
            rows.append(row)
        }
    }

    /// Sets another period's report of the same question beside this one; what only that one has gets a row.
    public mutating func compare(with other: Report) {
        struct Key: Hashable {
            let keys: [String]
            let currency: Currency
        }
        comparedPeriod = other.query.period
        var left = Dictionary(
            other.rows.map { (Key(keys: $0.keys, currency: $0.currency), $0.figures) },
            uniquingKeysWith: { first, _ in first })
        for index in rows.indices {
            let key = Key(keys: rows[index].keys, currency: rows[index].currency)
            rows[index].compared = left.removeValue(forKey: key) ?? Figures()
        }
        let gone = other.rows.filter { left[Key(keys: $0.keys, currency: $0.currency)] != nil }
        for row in gone {
            var empty = ReportRow(keys: row.keys, currency: row.currency, figures: Figures())
            empty.compared = row.figures
            rows.append(empty)
        }
        for index in totals.indices {
            totals[index].compared =
                other.totals.first { $0.currency == totals[index].currency }?.figures ?? Figures()
        }
        for total in other.totals where !totals.contains(where: { $0.currency == total.currency }) {
            guard total.figures.requests > 0 || total.figures.cost != .nothing else { continue }
            var empty = ReportRow(keys: [], currency: total.currency, figures: Figures())
            empty.compared = total.figures
            totals.append(empty)
        }
    }
}

extension Figures {
    init(cost: Cost) {
        self.init()
        self.cost = cost
    }

    /// Adds measures of the same currency. What has no price adds nothing; where nothing has one, the sum has
    /// none.
    mutating func add(_ other: Figures) {
        requests += other.requests
        inputTokens += other.inputTokens
        cacheReadTokens += other.cacheReadTokens
        cacheWriteTokens += other.cacheWriteTokens
        outputTokens += other.outputTokens
        reasoningTokens += other.reasoningTokens
        quantity += other.quantity
        estimatedRequests += other.estimatedRequests
        unpricedRequests += other.unpricedRequests
        for book in Book.allCases {
            if let amount = other.cost[book] { cost[book] = (cost[book] ?? .zero) + amount }
        }
    }
}

/// The period that another is compared with.
public enum ReportComparison: String, CaseIterable, Hashable, Sendable {
    /// The one before: the calendar month before a month, else as many days before as the period has.
    case previous
    /// The same dates a year earlier.
    case year

    /// - Returns: nil where the calendar has no such period.
    public func period(for period: Period, zone: TimeZoneRules) -> Period? {
        let first = zone.date(at: period.since)
        let last = zone.date(at: period.until)
        let isWhole = zone.start(of: first) == period.since && zone.start(of: last) == period.until
        switch self {
        case .previous where isWhole && first.day == 1 && last.day == 1:
            let months = (last.year - first.year) * 12 + last.month - first.month
            guard first.year > 1900 else { return nil }
            return Period(
                since: zone.start(of: first.firstOfMonth(adding: -months)), until: period.since,
                timezone: period.timezone)
        case .previous where isWhole:
            let days = last.daysSinceEpoch - first.daysSinceEpoch
            return Period(
                since: zone.start(of: first.adding(days: -days)), until: period.since,
                timezone: period.timezone)
        case .previous:
            let length = period.until.microseconds - period.since.microseconds
            return Period(
                since: Instant(microseconds: period.since.microseconds - length), until: period.since,
                timezone: period.timezone)
        case .year:
            func before(_ instant: Instant, _ date: CivilDate) -> Instant? {
                // The 29th of February becomes the 28th.
                let earlier =
                    CivilDate(year: date.year - 1, month: date.month, day: date.day)
                    ?? CivilDate(year: date.year - 1, month: date.month, day: date.day - 1)
                return earlier.map {
                    let time = instant.microseconds - zone.start(of: date).microseconds
                    return Instant(microseconds: zone.start(of: $0).microseconds + time)
                }
            }
            guard let since = before(period.since, first), let until = before(period.until, last) else {
                return nil
            }
            return Period(since: since, until: until, timezone: period.timezone)
        }
    }
}
