// The two notations of a zone file: the transition table (RFC 8536) and the POSIX footer that
// continues it. Only what ``TimeZoneRules`` needs.

struct TZifTable {
    /// Seconds since the epoch of the years -1199 to 9999: what a calendar here can be asked for.
    private static let times: ClosedRange<Int64> = -100_000_000_000...253_402_300_799
    var firstOffset: Int64 = 0
    var transitions: [(start: Int64, offset: Int64)] = []
    var footer = ""

    init?(_ bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0), first.version >= 2 else { return nil }
        let at = 44 + first.size(timeSize: 4)
        guard let header = Header(bytes, at: at) else { return nil }
        let times = at + 44
        let indices = times + header.times * 8
        let types = indices + header.times
        let end = at + 44 + header.size(timeSize: 8)
        guard end <= bytes.count, header.types > 0 else { return nil }
        func offset(ofType index: Int) -> Int64? {
            guard index < header.types else { return nil }
            return Int64(Int32(truncatingIfNeeded: Self.integer(bytes, types + index * 6, 4)))
        }
        guard let initial = offset(ofType: 0) else { return nil }
        firstOffset = initial
        for index in 0..<header.times {
            guard let offset = offset(ofType: Int(bytes[indices + index])) else { return nil }
            let start = Self.integer(bytes, times + index * 8, 8)
            // Some files begin with the Big Bang: that is the far past, whose offset comes first anyway.
            if start < Self.times.lowerBound {
                firstOffset = offset
            } else if Self.times.contains(start) {
                transitions.append((start, offset))
            }
        }
        let rest = bytes[end...].split(separator: UInt8(ascii: "\n"), maxSplits: 2)
        footer = rest.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private struct Header {
        let version: Int
        let times: Int, types: Int, letters: Int, leaps: Int, standards: Int, universals: Int

        init?(_ bytes: [UInt8], at: Int) {
            guard bytes.count >= at + 44, bytes[at..<at + 4].elementsEqual("TZif".utf8) else { return nil }
            version = Int(bytes[at + 4]) - 48
            func count(_ index: Int) -> Int { Int(TZifTable.integer(bytes, at + 20 + index * 4, 4)) }
            (universals, standards, leaps, times, types, letters) =
                (count(0), count(1), count(2), count(3), count(4), count(5))
        }

        func size(timeSize: Int) -> Int {
            times * timeSize + times + types * 6 + letters + leaps * (timeSize + 4) + standards + universals
        }
    }

    private static func integer(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int64 {
        bytes[at..<at + count].reduce(0) { $0 << 8 | Int64($1) }
    }
}

/// A POSIX `TZ` rule such as `CET-1CEST,M3.5.0,M10.5.0/3`; only the `M` form that zone files use.
struct POSIXZone {
    private let standard: Int64
    private let summer: (offset: Int64, starts: Change, ends: Change)?

    private struct Change {
        let month: Int, week: Int, weekday: Int
        let seconds: Int64

        init?(_ text: Substring) {
            guard text.first == "M" else { return nil }
            let halves = text.dropFirst().split(separator: "/")
            guard let parts = halves.first?.split(separator: ".").compactMap({ Int($0) }), parts.count == 3,
                (1...12).contains(parts[0]), (1...5).contains(parts[1]), (0...6).contains(parts[2])
            else { return nil }
            (month, week, weekday) = (parts[0], parts[1], parts[2])
            seconds = halves.count > 1 ? POSIXZone.seconds(halves[1]) ?? 7200 : 7200
        }

        /// Local wall-clock seconds since the epoch in a year.
        func wall(in year: Int) -> Int64? {
            guard let first = CivilDate(year: year, month: month, day: 1) else { return nil }
            let sundayBased = (first.weekday + 1) % 7
            var day = 1 + (weekday - sundayBased + 7) % 7 + (week - 1) * 7
            if day > CivilDate.days(inMonth: month, of: year) { day -= 7 }
            return (first.daysSinceEpoch + Int64(day - 1)) * 86_400 + seconds
        }
    }

    init?(_ text: String) {
        let parts = text.split(separator: ",")
        guard let names = parts.first else { return nil }
        var rest = names[...]
        guard Self.dropName(&rest), let west = Self.takeOffset(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard Self.dropName(&rest), parts.count == 3, let starts = Change(parts[1]),
            let ends = Change(parts[2])
        else { return nil }
        summer = (Self.takeOffset(&rest).map { -$0 } ?? standard + 3600, starts, ends)
    }

    func transitions(after last: Int64, untilYear: Int) -> [(Int64, Int64)] {
        guard let summer else { return [] }
        let from = last == .min ? 1970 : Instant(microseconds: last * 1_000_000).date.year
        var found: [(Int64, Int64)] = []
        for year in from...Swift.max(from, untilYear) {
            if let wall = summer.starts.wall(in: year) { found.append((wall - standard, summer.offset)) }
            if let wall = summer.ends.wall(in: year) { found.append((wall - summer.offset, standard)) }
        }
        return found.filter { $0.0 > last }.sorted { $0.0 < $1.0 }
    }

    private static func dropName(_ text: inout Substring) -> Bool {
        if text.first == "<" {
            guard let end = text.firstIndex(of: ">") else { return false }
            text = text[text.index(after: end)...]
            return true
        }
        let rest = text.drop { $0.isLetter }
        defer { text = rest }
        return rest.startIndex != text.startIndex
    }

    private static func takeOffset(_ text: inout Substring) -> Int64? {
        let number = text.prefix { $0.isNumber || $0 == ":" || $0 == "-" || $0 == "+" }
        text = text[number.endIndex...]
        return seconds(number)
    }

    private static func seconds(_ text: Substring) -> Int64? {
        let negative = text.first == "-"
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":").map { Int64($0) }
        // RFC 8536 allows a week in either direction.
        guard let hours = parts.first ?? nil, (0...167).contains(hours),
            parts.allSatisfy({ ($0 ?? -1) >= 0 && ($0 ?? -1) < 168 })
        else { return nil }
        let minutes = parts.count > 1 ? parts[1] ?? 0 : 0
        let seconds = parts.count > 2 ? parts[2] ?? 0 : 0
        let total = hours * 3600 + minutes * 60 + seconds
        return negative ? -total : total
    }
}
