/// The UTC offsets of one IANA zone over time, read from a compiled zone file (TZif, RFC 8536).
///
/// Reading the file is an edge's work; this is the pure part. Beyond the table's last entry the last
/// offset pair is continued from the footer's rule, see ``init(name:tzif:)``.
public struct TimeZoneRules: Hashable, Sendable {
    public let name: String
    /// Seconds since the epoch from which an offset holds, ascending; the first is the far past.
    private let starts: [Int64]
    /// Seconds east of UTC, one for each start.
    private let offsets: [Int64]

    public static let utc = TimeZoneRules(name: "UTC", starts: [.min], offsets: [0])

    private init(name: String, starts: [Int64], offsets: [Int64]) {
        self.name = name
        self.starts = starts
        self.offsets = offsets
    }

    /// - Returns: nil when the bytes are no TZif file of version 2 or later.
    ///
    /// "Fat" files carry transitions until 2037 and are taken as they are; "slim" ones end with the
    /// last change of rule and are continued by their POSIX footer until 2100.
    public init?(name: String, tzif bytes: [UInt8]) {
        guard let table = TZifTable(bytes) else { return nil }
        var starts: [Int64] = [.min]
        var offsets: [Int64] = [table.firstOffset]
        for (start, offset) in table.transitions {
            starts.append(start)
            offsets.append(offset)
        }
        if let rule = POSIXZone(table.footer) {
            for (start, offset) in rule.transitions(after: starts.last ?? .min, untilYear: 2100) {
                starts.append(start)
                offsets.append(offset)
            }
        }
        self.init(name: name, starts: starts, offsets: offsets)
    }

    /// Seconds east of UTC at an instant.
    public func offset(at instant: Instant) -> Int64 {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant.seconds { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// The day that a clock on the wall shows.
    public func date(at instant: Instant) -> CivilDate {
        instant.advanced(bySeconds: offset(at: instant)).date
    }

    /// The first instant of a day. Where midnight is skipped it is the first instant after the gap;
    /// where it comes twice, the earlier one.
    public func start(of date: CivilDate) -> Instant {
        let naive = Instant(date)
        var best: Instant?
        // The offset in force around a midnight is that of a day before or a day after.
        for probe in [naive.advanced(bySeconds: -86_400), naive, naive.advanced(bySeconds: 86_400)] {
            let candidate = naive.advanced(bySeconds: -offset(at: probe))
            if self.date(at: candidate) == date, best.map({ candidate < $0 }) ?? true { best = candidate }
        }
        if let best, self.date(at: best.advanced(bySeconds: -1)) != date { return best }
        return starts.lazy.filter { $0 != .min }.map { Instant(microseconds: $0 * 1_000_000) }
            .first { self.date(at: $0) >= date && $0.microseconds > naive.microseconds - 100_000_000_000 }
            ?? best ?? naive
    }
}
