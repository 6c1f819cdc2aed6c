/// A point in time, in microseconds since 1970-01-01T00:00:00Z. UTC, leap seconds smeared away.
public struct Instant: Hashable, Comparable, Sendable {
    public let microseconds: Int64
    public init(microseconds: Int64) { self.microseconds = microseconds }
    public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

    public var seconds: Int64 { microseconds.flooredDivision(by: 1_000_000) }

    public func advanced(bySeconds seconds: Int64) -> Instant {
        Instant(microseconds: microseconds + seconds * 1_000_000)
    }

    /// Midnight UTC of a day.
    public init(_ date: CivilDate) { microseconds = date.daysSinceEpoch * 86_400_000_000 }

    /// The day in UTC.
    public var date: CivilDate { CivilDate(daysSinceEpoch: microseconds.flooredDivision(by: 86_400_000_000)) }

    /// RFC 3339 in UTC with microseconds: `2026-10-01T00:00:00.000000Z`.
    public var rfc3339: String {
        let day = date
        var rest = microseconds - day.daysSinceEpoch * 86_400_000_000
        let micros = rest % 1_000_000
        rest /= 1_000_000
        var text = day.iso8601
        text.reserveCapacity(27)
        text += "T"
        text.appendPadded(rest / 3600, width: 2)
        text += ":"
        text.appendPadded(rest / 60 % 60, width: 2)
        text += ":"
        text.appendPadded(rest % 60, width: 2)
        text += "."
        text.appendPadded(micros, width: 6)
        text += "Z"
        return text
    }

    /// Reads RFC 3339 (`2026-10-01T12:30:00.25+02:00`, also a blank for `T`); a bare date is midnight UTC.
    public init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, let date = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)) else {
            return nil
        }
        if bytes.count == 10 {
            self.init(date)
            return
        }
        guard bytes.count >= 19, "Tt ".utf8.contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = Self.number(bytes, 11, 2, max: 23), let minute = Self.number(bytes, 14, 2, max: 59),
            let second = Self.number(bytes, 17, 2, max: 60)
        else { return nil }
        var index = 19
        var micros: Int64 = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            var unit: Int64 = 100_000
            index += 1
            let start = index
            while index < bytes.count, let digit = Self.number(bytes, index, 1, max: 9) {
                micros += digit * unit
                unit /= 10
                index += 1
            }
            if index == start { return nil }
        }
        guard let offset = Self.offset(bytes, index) else { return nil }
        let secondsOfDay = hour * 3600 + minute * 60 + second - offset
        self.init(
            microseconds: date.daysSinceEpoch * 86_400_000_000 + secondsOfDay * 1_000_000 + micros)
    }

    private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int, max: Int64) -> Int64? {
        guard at + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[at..<at + count] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value <= max ? value : nil
    }

    /// Seconds east of UTC: `Z`, `+02:00`, `-0530`. Nothing at all is refused: it would be a guess.
    private static func offset(_ bytes: [UInt8], _ at: Int) -> Int64? {
        guard at < bytes.count else { return nil }
        if bytes.count == at + 1 { return "Zz".utf8.contains(bytes[at]) ? 0 : nil }
        guard bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") else { return nil }
        let colon = at + 3 < bytes.count && bytes[at + 3] == UInt8(ascii: ":")
        guard bytes.count == at + (colon ? 6 : 5), let hours = number(bytes, at + 1, 2, max: 23),
            let minutes = number(bytes, at + (colon ? 4 : 3), 2, max: 59)
        else { return nil }
        return (hours * 3600 + minutes * 60) * (bytes[at] == UInt8(ascii: "-") ? -1 : 1)
    }
}

extension Int64 {
    func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension String {
    mutating func appendPadded(_ value: Int64, width: Int) {
        let digits = String(value)
        for _ in 0..<Swift.max(0, width - digits.utf8.count) { append("0") }
        append(digits)
    }
}
