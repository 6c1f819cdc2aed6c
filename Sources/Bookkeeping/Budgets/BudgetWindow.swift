// The stretch of time over which a budget counts. Nothing is ever reset: a window is a range over entries
// that follows from the rule and an instant, so there is no job that could fail to run.
public import Terms

/// How long a budget's window is and where it begins.
public enum WindowRule: Hashable, Sendable {
    /// Anchored to the calendar of a zone.
    ///
    /// - Parameter anchorDay: the day of the week (1 is Monday) or of the window's first month on which it
    ///   begins; in a month that has no such day, its last one. 1 for days.
    case calendar(Length, timezone: String, anchorDay: Int)
    /// The last so many seconds.
    case rolling(seconds: Int64)
    /// From the ledger's beginning on.
    case lifetime

    public enum Length: String, CaseIterable, Hashable, Sendable {
        case day, week, month, quarter, year

        /// The anchor days that there are.
        public var anchors: ClosedRange<Int> {
            switch self {
            case .day: 1...1
            case .week: 1...7
            case .month, .quarter, .year: 1...31
            }
        }

        var months: Int? {
            switch self {
            case .day, .week: nil
            case .month: 1
            case .quarter: 3
            case .year: 12
            }
        }
    }

    /// The longest rolling window: 10 years.
    static let longestSeconds: Int64 = 10 * 366 * 86_400

    /// Reads `month`, `lifetime` or `rolling:24h` (also `s`, `m`, `d`).
    ///
    /// - Returns: nil for anything else, and for an anchor day that the window cannot have.
    public init?(_ text: String, timezone: String, anchorDay: Int) {
        if text == "lifetime" {
            self = .lifetime
            return
        }
        if let length = Length(rawValue: text) {
            guard length.anchors.contains(anchorDay) else { return nil }
            self = .calendar(length, timezone: timezone, anchorDay: anchorDay)
            return
        }
        let head = "rolling:"
        guard text.hasPrefix(head), let unit = text.utf8.last, let seconds = Self.seconds[unit],
            text.utf8.count > head.utf8.count + 1, text.utf8.count <= head.utf8.count + 10,
            text.dropFirst(head.count).dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(text.dropFirst(head.count).dropLast()), count > 0,
            count <= Self.longestSeconds / seconds
        else { return nil }
        self = .rolling(seconds: count * seconds)
    }

    private static let seconds: [UInt8: Int64] = [
        UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400,
    ]

    /// What ``init(_:timezone:anchorDay:)`` reads.
    public var text: String {
        switch self {
        case .calendar(let length, _, _): length.rawValue
        case .lifetime: "lifetime"
        case .rolling(let seconds):
            if seconds.isMultiple(of: 86_400) && seconds > 86_400 {
                "rolling:\(seconds / 86_400)d"
            } else if seconds.isMultiple(of: 3600) {
                "rolling:\(seconds / 3600)h"
            } else if seconds.isMultiple(of: 60) {
                "rolling:\(seconds / 60)m"
            } else {
                "rolling:\(seconds)s"
            }
        }
    }

    /// The zone's name, `UTC` where none matters.
    public var timezone: String {
        if case .calendar(_, let timezone, _) = self { timezone } else { "UTC" }
    }

    public var anchorDay: Int { if case .calendar(_, _, let day) = self { day } else { 1 } }

    /// Seconds of the window where it always has as many.
    public var seconds: Int64? {
        switch self {
        case .rolling(let seconds): seconds
        case .calendar(.week, "UTC", _): 7 * 86_400
        case .calendar(.day, "UTC", _): 86_400
        case .calendar, .lifetime: nil
        }
    }

    /// The window that holds an instant, half-open.
    ///
    /// - Parameter zone: the rules of ``timezone``.
    public func window(at instant: Instant, zone: TimeZoneRules) -> BudgetWindow {
        switch self {
        case .lifetime: return .always
        case .rolling(let seconds):
            return BudgetWindow(since: instant.advanced(bySeconds: -seconds), until: instant)
        case .calendar(let length, _, let anchorDay):
            let date = zone.date(at: instant)
            let (first, next) = Self.days(length, anchorDay, holding: date)
            return BudgetWindow(since: zone.start(of: first), until: zone.start(of: next))
        }
    }

    /// The stretch that is counted together for an instant: the window, but all time for rolling ones, which
    /// are counted anew from time to time.
    public func counted(at instant: Instant, zone: TimeZoneRules) -> BudgetWindow {
        if case .rolling = self { .always } else { window(at: instant, zone: zone) }
    }

    /// The first day of the window that holds a day, and of the one after it.
    private static func days(
        _ length: Length, _ anchorDay: Int, holding date: CivilDate
    ) -> (CivilDate, CivilDate) {
        guard let months = length.months else {
            if length == .day { return (date, date.adding(days: 1)) }
            let back = (date.weekday - (anchorDay - 1) + 7) % 7
            let first = date.adding(days: Int64(-back))
            return (first, first.adding(days: 7))
        }
        var month = date.year * 12 + date.month - 1
        month -= month % months
        if date < anchored(month, anchorDay) { month -= months }
        return (anchored(month, anchorDay), anchored(month + months, anchorDay))
    }

    /// The anchor day of a month counted from year 0: the month's last day where it is shorter.
    private static func anchored(_ month: Int, _ anchorDay: Int) -> CivilDate {
        let (year, index) = month.quotientAndRemainder(dividingBy: 12)
        let day = min(anchorDay, CivilDate.days(inMonth: index + 1, of: year))
        return CivilDate(year: year, month: index + 1, day: day) ?? CivilDate(daysSinceEpoch: 0)
    }
}

/// A half-open stretch of time, [since, until).
public struct BudgetWindow: Hashable, Sendable {
    public let since: Instant
    public let until: Instant

    public init(since: Instant, until: Instant) {
        self.since = since
        self.until = until
    }

    /// From 1970 to 9999, which is always.
    public static let always = BudgetWindow(
        since: Instant(microseconds: 0), until: Instant(microseconds: 253_370_764_800_000_000))

    public func contains(_ instant: Instant) -> Bool { since <= instant && instant < until }
}
