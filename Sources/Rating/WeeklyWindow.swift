// Hours of the week in a time zone, for prices that differ between peak and off-peak.
import Terms

/// A daily stretch of time on some weekdays, on the wall clock of one zone.
public struct WeeklyWindow: Hashable, Sendable {
    /// Bit 0 is Monday. The day on which the stretch begins.
    let days: UInt8
    /// Minutes of the day; the end is exclusive and may be 1440, or before the start: then it is on the
    /// next day.
    let from: Int
    let to: Int
    /// IANA name.
    public let timezone: String

    static let minutesPerDay = 1440
    static let everyDay: UInt8 = 0b111_1111
    static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    init(days: UInt8 = everyDay, from: Int = 0, to: Int = minutesPerDay, timezone: String = "UTC") {
        self.days = days
        self.from = from
        self.to = to
        self.timezone = timezone
    }

    func contains(_ instant: Instant, in zone: TimeZoneRules) -> Bool {
        let local = instant.seconds + zone.offset(at: instant)
        let second = ((local % 86_400) + 86_400) % 86_400
        let day = (local - second) / 86_400
        let weekday = Int(((day + 3) % 7 + 7) % 7)  // 1970-01-01 was a Thursday
        let minute = Int(second / 60)
        let today = days & (1 << weekday) != 0
        if from < to { return today && from <= minute && minute < to }
        let yesterday = days & (1 << ((weekday + 6) % 7)) != 0
        return (today && minute >= from) || (yesterday && minute < to)
    }

    /// Whether both can hold at once. Windows of different zones count as overlapping: their clocks
    /// move against each other over the year.
    func overlaps(_ other: WeeklyWindow) -> Bool {
        guard timezone == other.timezone else { return true }
        for a in stretches {
            for b in other.stretches where a.lowerBound < b.upperBound && b.lowerBound < a.upperBound {
                return true
            }
        }
        return false
    }

    /// Whether this window surely holds whenever the other does.
    func covers(_ other: WeeklyWindow) -> Bool {
        guard timezone == other.timezone else { return false }
        let ours = stretches
        return other.stretches.allSatisfy { theirs in
            ours.contains { $0.lowerBound <= theirs.lowerBound && theirs.upperBound <= $0.upperBound }
        }
    }

    /// Minutes of the week that begins on Monday; a stretch that runs over its end is cut in two.
    private var stretches: [Range<Int>] {
        let week = 7 * Self.minutesPerDay
        var found: [Range<Int>] = []
        for day in 0..<7 where days & (1 << day) != 0 {
            let start = day * Self.minutesPerDay + from
            let end = day * Self.minutesPerDay + (from < to ? to : to + Self.minutesPerDay)
            found.append(start..<min(end, week))
            if end > week { found.append(0..<(end - week)) }
        }
        return found
    }

    /// `mon,tue 01:00-04:00 UTC`.
    public var text: String {
        let names = Self.dayNames.indices.filter { days & (1 << $0) != 0 }.map { Self.dayNames[$0] }
        return "\(names.joined(separator: ",")) \(Self.clock(from))-\(Self.clock(to)) \(timezone)"
    }

    private static func clock(_ minutes: Int) -> String {
        func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
