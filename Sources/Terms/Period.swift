/// A half-open stretch of time, [since, until), named in one time zone.
public struct Period: Hashable, Sendable {
    public let since: Instant
    public let until: Instant
    /// IANA name of the zone in which the ends were stated.
    public let timezone: String

    /// - Returns: nil when the end is not after the start.
    public init?(since: Instant, until: Instant, timezone: String = "UTC") {
        guard since < until else { return nil }
        self.since = since
        self.until = until
        self.timezone = timezone
    }

    /// A calendar month, `2026-10`, in a zone.
    public init?(month text: some StringProtocol, zone: TimeZoneRules) {
        // The month after it must be one, too.
        guard let first = CivilDate("\(text)-01"), first.year < 9999 else { return nil }
        self.init(
            since: zone.start(of: first), until: zone.start(of: first.firstOfMonth(adding: 1)),
            timezone: zone.name)
    }

    public func contains(_ instant: Instant) -> Bool { since <= instant && instant < until }
}
