import Foundation
import Terms
import Testing

@Suite struct TimeTests {
    static func zone(_ name: String) throws -> TimeZoneRules {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)"))
        return try #require(TimeZoneRules(name: name, tzif: [UInt8](bytes)))
    }

    @Test("an instant is spelled and read with microseconds")
    func rfc3339() {
        let instant = Instant(microseconds: 1_790_812_800_000_001)
        #expect(instant.rfc3339 == "2026-10-01T00:00:00.000001Z")
        #expect(Instant(rfc3339: "2026-10-01T00:00:00.000001Z") == instant)
        #expect(Instant(rfc3339: "2026-10-01T02:00:00.000001+02:00") == instant)
        #expect(Instant(rfc3339: "2026-09-30 20:00:00.000001-0400") == instant)
        #expect(Instant(rfc3339: "2026-10-01")?.microseconds == 1_790_812_800_000_000)
        #expect(Instant(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999999Z")
    }

    @Test(
        "what is no instant is refused",
        arguments: [
            "", "2026-13-01", "2026-02-29", "2026-10-01T", "2026-10-01T00:00:00", "2026-10-01T24:00:00Z",
            "2026-10-01T00:00:00.Z", "2026-10-01T00:00:00+2", "20261001", "2026-10-01T00:61:00Z",
            "2026-+1-01", "+026-01-01", "2026-10-+1",
        ])
    func refused(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test("a month whose end is beyond the calendar is no period")
    func lastMonth() {
        #expect(Period(month: "9999-11", zone: .utc) == nil)
        #expect(Period(month: "9999-12", zone: .utc) == nil)
        #expect(Period(month: "9998-12", zone: .utc) != nil)
    }

    @Test("a zone file with any byte wrong is read or refused, and never traps")
    func damagedZones() throws {
        var seed: UInt64 = 4141
        func random(below bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for name in ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Casablanca"] {
            let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)")))
            for _ in 0..<1500 {
                var bytes = whole
                for _ in 0...random(below: 4) {
                    bytes[random(below: bytes.count)] = UInt8(random(below: 256))
                }
                if random(below: 4) == 0 { bytes.removeLast(random(below: bytes.count)) }
                guard let zone = TimeZoneRules(name: name, tzif: bytes) else { continue }
                for month in ["1970-01", "2026-03", "2026-10", "2099-12"] {
                    _ = Period(month: month, zone: zone)
                }
            }
        }
        let text = whole(footer: "CET-1CEST,M,M10.5.0/3")
        _ = TimeZoneRules(name: "x", tzif: text)
        _ = TimeZoneRules(name: "x", tzif: whole(footer: "CET-9223372036854775807CEST,M3.5.0,M10.5.0/3"))
        _ = TimeZoneRules(name: "x", tzif: whole(footer: "CET-1CEST,M3.9223372036854775807.0,M10.5.0/3"))
    }

    /// A zone file with no transitions and this rule.
    private func whole(footer: String) -> [UInt8] {
        let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
        let header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts
        let type: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("CET\0".utf8)
        return header + type + header + type + Array("\n\(footer)\n".utf8)
    }

    @Test("days and dates agree over eight centuries")
    func calendar() throws {
        var expected = try #require(CivilDate("1600-01-01"))
        let start = expected.daysSinceEpoch
        for offset in 0..<Int64(292_194) {
            let date = CivilDate(daysSinceEpoch: start + offset)
            #expect(date == expected && date.daysSinceEpoch == start + offset)
            expected =
                CivilDate(year: date.year, month: date.month, day: date.day + 1)
                ?? CivilDate(year: date.year, month: date.month + 1, day: 1)
                ?? CivilDate(year: date.year + 1, month: 1, day: 1)!
        }
        #expect(CivilDate("2026-11-21")?.weekday == 5)
        #expect(CivilDate("2026-12-15")?.firstOfMonth(adding: 1).iso8601 == "2027-01-01")
        #expect(CivilDate("2026-01-31")?.firstOfMonth(adding: -1).iso8601 == "2025-12-01")
    }

    @Test(
        "a zone's offsets and first instants match the system's own tables",
        arguments: [
            "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca",
            "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "UTC",
        ])
    func zones(name: String) throws {
        let zone = try Self.zone(name)
        let reference = try #require(TimeZone(identifier: name))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = reference
        for day in stride(from: Int64(14_000), to: 22_000, by: 1) {  // 2008 to 2030
            let instant = Instant(microseconds: day * 86_400_000_000 + 43_200_000_000)
            let date = Date(timeIntervalSince1970: TimeInterval(instant.seconds))
            #expect(zone.offset(at: instant) == Int64(reference.secondsFromGMT(for: date)))
            let start = calendar.startOfDay(for: date).timeIntervalSince1970
            #expect(zone.start(of: zone.date(at: instant)).seconds == Int64(start), "\(name) \(date)")
        }
    }

    @Test("rules go on beyond the table's end")
    func farFuture() throws {
        let berlin = try Self.zone("Europe/Berlin")
        #expect(berlin.offset(at: try #require(Instant(rfc3339: "2060-07-01T00:00:00Z"))) == 7200)
        #expect(berlin.offset(at: try #require(Instant(rfc3339: "2060-12-01T00:00:00Z"))) == 3600)
    }

    @Test("months are half open in their zone")
    func months() throws {
        let period = try #require(Period(month: "2026-10", zone: try Self.zone("Europe/Berlin")))
        #expect(period.since.rfc3339 == "2026-09-30T22:00:00.000000Z")
        #expect(period.until.rfc3339 == "2026-10-31T23:00:00.000000Z")
        #expect(!period.contains(period.until) && period.contains(period.since))
        #expect(Period(month: "2026-13", zone: .utc) == nil)
        #expect(Period(month: "October", zone: .utc) == nil)
    }

    @Test("bytes that are no zone file are refused")
    func garbage() {
        #expect(TimeZoneRules(name: "x", tzif: []) == nil)
        let nonsense = Array("TZif2".utf8) + [UInt8](repeating: 255, count: 200)
        #expect(TimeZoneRules(name: "x", tzif: nonsense) == nil)
    }
}
