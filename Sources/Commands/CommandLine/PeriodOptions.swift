import Reporting
import Terms

/// `--since`, `--until`, `--month` and `--timezone`: a stretch of time as people state it. The words
/// are read at once; the zone is looked up, and dates become instants, when the command runs.
struct PeriodOptions {
    private enum Bound {
        /// Midnight in the zone.
        case date(CivilDate)
        case instant(Instant)

        func instant(in zone: TimeZoneRules) -> Instant {
            switch self {
            case .date(let date): zone.start(of: date)
            case .instant(let instant): instant
            }
        }
    }

    private let since: Bound?
    private let until: Bound?
    private let month: CivilDate?
    private let timezone: String

    static let help: [OptionHelp] = [
        OptionHelp("--since", "TIME", "from this date or RFC 3339 time on"),
        OptionHelp("--until", "TIME", "up to, and not including, this date or time"),
        OptionHelp("--month", "YYYY-MM", "one calendar month"),
        OptionHelp(
            "--timezone", "ZONE", "IANA name of the zone in which days and months begin", fallback: "UTC"),
    ]

    init(_ arguments: Arguments) throws(UsageError) {
        try arguments.exclusive("--month", "--since")
        try arguments.exclusive("--month", "--until")
        let expected = "a date (2026-10-01) or an RFC 3339 time with its offset"
        since = try arguments.value("--since", expected: expected, Self.bound)
        until = try arguments.value("--until", expected: expected, Self.bound)
        month = try arguments.value("--month", expected: "a month such as 2026-10", Self.firstDay)
        timezone = arguments.value("--timezone") ?? "UTC"
    }

    private static func bound(_ text: String) -> Bound? {
        if let date = CivilDate(text) { return isPlausible(date) ? .date(date) : nil }
        return Instant(rfc3339: text).map { .instant($0) }
    }

    private static func firstDay(_ text: String) -> CivilDate? {
        text.utf8.count == 7 ? CivilDate(text + "-01").flatMap { isPlausible($0) ? $0 : nil } : nil
    }

    /// Calendar arithmetic needs room on both sides of a year.
    private static func isPlausible(_ date: CivilDate) -> Bool { (1900..<9000).contains(date.year) }

    /// The zone that was named.
    func zone() throws(Failure) -> TimeZoneRules {
        if let zone = ZoneFiles.rules(timezone) { return zone }
        // Without any zone file the name may well be right.
        let installed = ZoneFiles.rules("Europe/Berlin") != nil
        throw Failure(
            installed ? .usage : .unavailable,
            Diagnosis(
                code: "time.unknown-zone", problem: "'\(timezone.visible)' is no time zone of this system",
                effect: "nothing was reported: the days would begin at the wrong hour",
                remedy: installed
                    ? "use an IANA name such as Europe/Berlin, or UTC"
                    : "install the zone files (`apt-get install tzdata`), or use UTC"))
    }

    /// What was said, open where nothing was.
    ///
    /// - Throws: for a period that ends before it begins, in which nothing would ever be found.
    func bounds(zone: TimeZoneRules) throws(Failure) -> (since: Instant?, until: Instant?) {
        if let month {
            return (zone.start(of: month), zone.start(of: month.firstOfMonth(adding: 1)))
        }
        let (start, end) = (since?.instant(in: zone), until?.instant(in: zone))
        if let start, let end, end < start { throw Self.empty(start, end) }
        return (start, end)
    }

    private static func empty(_ start: Instant, _ end: Instant) -> Failure {
        Failure(
            .usage,
            Diagnosis(
                code: "time.empty-period",
                problem: "the period ends at \(end.rfc3339), not after its start at \(start.rfc3339)",
                effect: "nothing was reported", remedy: "give --until a later time than --since"))
    }

    /// What was said, completed: without any bound the current month; without an end, to the end of
    /// the current day; without a start, from 1970 on.
    func period(zone: TimeZoneRules, now: Instant) throws(Failure) -> Period {
        let (since, until) = try bounds(zone: zone)
        let today = zone.date(at: now)
        let start: Instant
        let end: Instant
        if since == nil, until == nil {
            start = zone.start(of: today.firstOfMonth)
            end = zone.start(of: today.firstOfMonth(adding: 1))
        } else {
            start = since ?? Instant(microseconds: 0)
            end = until ?? max(zone.start(of: today.adding(days: 1)), start.advanced(bySeconds: 1))
        }
        guard let period = Period(since: start, until: end, timezone: zone.name) else {
            throw Self.empty(start, end)
        }
        return period
    }
}
