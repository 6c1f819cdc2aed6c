// Windows of budgets: where they begin and end, in any zone, over months of any length and days of 23 and 25
// hours. Nothing is reset, so these ranges are all that decides what counts.
import Bookkeeping
import Foundation
import Terms
import Testing

private func zone(_ name: String) -> TimeZoneRules {
    if name == "UTC" { return .utc }
    let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") ?? Data()
    return TimeZoneRules(name: name, tzif: [UInt8](bytes))!
}

private func window(_ rule: String, _ zoneName: String, _ anchor: Int, at time: String) -> [String] {
    let rule = WindowRule(rule, timezone: zoneName, anchorDay: anchor)!
    let window = rule.window(at: Instant(rfc3339: time)!, zone: zone(zoneName))
    return [window.since, window.until].map { String($0.rfc3339.prefix(16)) }
}

@Suite struct WindowTests {
    @Test("complaint 69: monthly is a calendar month with an anchor day, clamped to the month's last")
    func clamping() {
        #expect(
            window("month", "UTC", 31, at: "2026-02-15T00:00:00Z") == [
                "2026-01-31T00:00", "2026-02-28T00:00",
            ])
        #expect(
            window("month", "UTC", 31, at: "2026-02-28T00:00:00Z") == [
                "2026-02-28T00:00", "2026-03-31T00:00",
            ])
        #expect(
            window("month", "UTC", 30, at: "2028-02-29T12:00:00Z") == [
                "2028-02-29T00:00", "2028-03-30T00:00",
            ])
        #expect(
            window("month", "UTC", 1, at: "2026-12-31T23:59:59Z") == ["2026-12-01T00:00", "2027-01-01T00:00"])
        #expect(
            window("month", "UTC", 15, at: "2026-01-14T23:59:59Z") == [
                "2025-12-15T00:00", "2026-01-15T00:00",
            ])
    }

    @Test("quarters and years begin on the anchor day of their first month")
    func longer() {
        #expect(
            window("quarter", "UTC", 1, at: "2026-05-05T00:00:00Z") == [
                "2026-04-01T00:00", "2026-07-01T00:00",
            ])
        #expect(
            window("quarter", "UTC", 31, at: "2026-04-30T00:00:00Z") == [
                "2026-04-30T00:00", "2026-07-31T00:00",
            ])
        #expect(
            window("year", "UTC", 6, at: "2026-01-05T00:00:00Z") == ["2025-01-06T00:00", "2026-01-06T00:00"])
    }

    @Test("weeks begin on Monday or on the day that is asked for")
    func weeks() {
        #expect(
            window("week", "UTC", 1, at: "2026-11-21T10:00:00Z") == ["2026-11-16T00:00", "2026-11-23T00:00"])
        #expect(
            window("week", "UTC", 7, at: "2026-11-21T10:00:00Z") == ["2026-11-15T00:00", "2026-11-22T00:00"])
        #expect(
            window("week", "UTC", 6, at: "2026-11-21T10:00:00Z") == ["2026-11-21T00:00", "2026-11-28T00:00"])
    }

    @Test("complaint 68: days of 23 and 25 hours are one day")
    func daylightSaving() {
        #expect(
            window("day", "Europe/Berlin", 1, at: "2026-03-29T12:00:00Z")
                == ["2026-03-28T23:00", "2026-03-29T22:00"])
        #expect(
            window("day", "Europe/Berlin", 1, at: "2026-10-25T12:00:00Z")
                == ["2026-10-24T22:00", "2026-10-25T23:00"])
        #expect(
            window("month", "America/New_York", 1, at: "2026-11-01T03:00:00Z")
                == ["2026-10-01T04:00", "2026-11-01T04:00"])
    }

    @Test(
        "complaints 65 and 66: windows tile time: each instant lies in one, and the next begins where it ends"
    )
    func tiling() {
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"] {
            let rules = zone(name)
            for (rule, anchor) in [("day", 1), ("week", 3), ("month", 31), ("quarter", 30), ("year", 29)] {
                let rule = WindowRule(rule, timezone: name, anchorDay: anchor)!
                var at = Instant(rfc3339: "2011-11-01T00:00:00Z")!
                let end = Instant(rfc3339: "2013-03-01T00:00:00Z")!
                while at < end {
                    let window = rule.window(at: at, zone: rules)
                    #expect(window.contains(at), "\(name) \(rule) \(at.rfc3339)")
                    let last = Instant(microseconds: window.until.microseconds - 1)
                    #expect(rule.window(at: last, zone: rules) == window)
                    #expect(rule.window(at: window.until, zone: rules).since == window.until)
                    at = window.until
                }
            }
        }
    }

    @Test("what a window's text says is what is read from it; nonsense is not read")
    func texts() {
        for text in [
            "day", "week", "month", "quarter", "year", "lifetime", "rolling:24h", "rolling:30m", "rolling:7d",
        ] {
            #expect(WindowRule(text, timezone: "UTC", anchorDay: 1)?.text == text)
        }
        let wrong = [
            "", "Month", "rolling", "rolling:", "rolling:h", "rolling:0h", "rolling:-1h", "rolling:24",
            "rolling:99999999999d",
        ]
        for text in wrong { #expect(WindowRule(text, timezone: "UTC", anchorDay: 1) == nil, "\(text)") }
        #expect(WindowRule("month", timezone: "UTC", anchorDay: 32) == nil)
        #expect(WindowRule("week", timezone: "UTC", anchorDay: 8) == nil)
        #expect(WindowRule("day", timezone: "UTC", anchorDay: 2) == nil)
    }

    @Test("a rolling window is the last so many seconds; a lifetime has no end")
    func others() {
        #expect(
            window("rolling:24h", "UTC", 1, at: "2026-11-21T10:00:00Z") == [
                "2026-11-20T10:00", "2026-11-21T10:00",
            ])
        #expect(window("lifetime", "UTC", 1, at: "2026-11-21T10:00:00Z")[0] == "1970-01-01T00:00")
    }
}

@Suite struct ScopeTests {
    @Test("complaint 62: a budget counts who has all that it states, however many budgets there are")
    func conjunction() {
        var who = Attribution()
        who.tenant = "acme"
        who.user = "alice"
        who.keyID = "tb_1"
        who.labels = [Label(key: "team", value: "a")]
        #expect(BudgetScope().holds(who, model: "m"))
        #expect(BudgetScope(tenant: "acme", user: "alice", key: "tb_1", model: "m").holds(who, model: "m"))
        #expect(BudgetScope(labels: [Label(key: "team", value: "a")]).holds(who, model: ""))
        #expect(!BudgetScope(labels: [Label(key: "team", value: "b")]).holds(who, model: ""))
        #expect(!BudgetScope(tenant: "acme", user: "bob").holds(who, model: "m"))
        #expect(BudgetScope(model: "gpt-*").holds(who, model: "gpt-5.4"))
        #expect(!BudgetScope(model: "gpt-*").holds(who, model: "claude"))
        #expect(!BudgetScope(key: "tb_2").holds(who, model: "m"))
    }

    @Test("complaint 56: zero is a limit, no limit is none; an override holds for its time only")
    func limits() {
        let budget = Budget(
            name: "b", scope: BudgetScope(), unit: .money(.usd), window: .lifetime, limit: BudgetAmount("0"))
        #expect(budget.limit == .zero)
        let at = Instant(microseconds: 50)
        let holds = BudgetOverride(
            limit: BudgetAmount("5"), since: Instant(microseconds: 10), until: Instant(microseconds: 60),
            reason: "r")
        #expect(budget.limit(at: at, overrides: [holds])?.plain == "5")
        #expect(budget.limit(at: Instant(microseconds: 60), overrides: [holds]) == .zero)
        let later = BudgetOverride(
            limit: nil, since: Instant(microseconds: 20), until: Instant(microseconds: 55), reason: "r")
        #expect(budget.limit(at: at, overrides: [holds, later]) == nil)
    }
}
