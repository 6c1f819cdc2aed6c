// Days, weeks and months as instants. A period is cut at the midnights of one zone, so that a day of
// 23 or 25 hours is one unit and the units of a period add up to it; nothing else in the program
// decides where a day begins, least of all the database's own zone tables.
public import Terms

public enum CalendarUnit: String, CaseIterable, Hashable, Sendable {
    case day
    /// From Monday, named as ISO 8601 does.
    case week
    case month

    /// The first day of the unit that holds a day.
    func start(of date: CivilDate) -> CivilDate {
        switch self {
        case .day: date
        case .week: date.adding(days: Int64(-date.weekday))
        case .month: date.firstOfMonth
        }
    }

    /// The first day of the next unit.
    func next(after start: CivilDate) -> CivilDate {
        switch self {
        case .day: start.adding(days: 1)
        case .week: start.adding(days: 7)
        case .month: start.firstOfMonth(adding: 1)
        }
    }

    /// `2026-10-25`, `2026-W43`, `2026-10`: ascending text is ascending time.
    public func name(of date: CivilDate) -> String {
        switch self {
        case .day: return date.iso8601
        case .month: return date.isoMonth
        case .week:
            // A week belongs to the year of its Thursday.
            let thursday = date.adding(days: Int64(3 - date.weekday))
            let newYear = CivilDate(year: thursday.year, month: 1, day: 1)!
            let week = (thursday.daysSinceEpoch - newYear.daysSinceEpoch) / 7 + 1
            return "\(thursday.iso8601.prefix(4))-W\(week < 10 ? "0" : "")\(week)"
        }
    }
}

/// A period cut into calendar units.
public struct CalendarCuts: Hashable, Sendable {
    /// More units than this are refused: a report of 27 years by day.
    public static let limit = 10_000

    /// The first instant of each unit that the period touches, ascending. The first may lie before
    /// the period.
    public let starts: [Instant]
    /// The first day of each unit.
    public let dates: [CivilDate]

    /// - Returns: nil when the period has more than ``limit`` units.
    public init?(_ period: Period, by unit: CalendarUnit, zone: TimeZoneRules) {
        var starts: [Instant] = []
        var dates: [CivilDate] = []
        var date = unit.start(of: zone.date(at: period.since))
        var start = zone.start(of: date)
        while start < period.until {
            guard starts.count < Self.limit else { return nil }
            // A day that a zone skipped altogether has no instants of its own.
            if starts.last.map({ $0 < start }) ?? true {
                starts.append(start)
                dates.append(date)
            }
            date = unit.next(after: date)
            start = zone.start(of: date)
        }
        self.starts = starts
        self.dates = dates
    }

    /// The unit that holds an instant of the period.
    public func index(of instant: Instant) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant { low = middle } else { high = middle }
        }
        return low
    }
}

extension ReportQuery {
    /// The finest calendar unit among the dimensions: coarser ones follow from it, except that a week
    /// may lie in two months, for which days are needed.
    public var finestUnit: CalendarUnit? {
        let units = by.compactMap(\.calendarUnit)
        if units.contains(.day) || (units.contains(.week) && units.contains(.month)) { return .day }
        return units.first
    }
}
