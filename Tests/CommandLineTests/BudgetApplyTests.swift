// Budgets as a section of a file for `apply`, on a real ledger.
import Bookkeeping
import Foundation
import LedgerStore
import Postgres
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing)) struct BudgetApplyTests {
    private static let file = """
        tenants:
          - name: acme
        budgets:
          - {name: acme-month, tenant: acme, limit: 500, timezone: Europe/Berlin, anchor_day: 15, \
        warn_at: [95, 80]}
          - {name: ci, labels: {team: ci}, limit: "2000000", unit: tokens, window: "rolling:24h", action: warn}
          - {name: all, everybody: true, limit: none, book: list}
        """

    private static func store(_ text: String, _ place: AccessCommandTests.Place) throws {
        try text.write(toFile: place.directory + "/a.yaml", atomically: true, encoding: .utf8)
    }

    @Test("budgets become what the file says, once; a dry run changes nothing")
    func apply() throws {
        let place = try AccessCommandTests.Place()
        let store = try LedgerStore.open(place.conninfo)
        let now = Instant(microseconds: 0)
        try Self.store(Self.file, place)
        let dry = try place.run("tollbook apply a.yaml --dry-run")
        #expect(
            dry.stdout == """
                + tenant acme: currency USD, timezone UTC
                + budget acme-month: scope tenant=acme, limit 500, unit USD, window month, timezone \
                Europe/Berlin, anchor_day 15, action block, warn_at 80,95, book contracted
                + budget ci: scope label:team=ci, limit 2000000, unit tokens, window rolling:24h, timezone UTC, \
                anchor_day 1, action warn, book contracted
                + budget all: scope everybody, limit none, unit USD, window month, timezone UTC, anchor_day 1, \
                action block, book list
                4 changes to make, 0 as is

                """)
        #expect(try store.budgets(at: now).isEmpty)
        #expect(try place.run("tollbook apply a.yaml").stdout.hasSuffix("4 changes, 0 as is\n"))
        #expect(try place.run("tollbook apply a.yaml").stdout == "0 changes, 4 as is\n")
        let budgets = try store.budgets(at: now)
        #expect(budgets.map(\.budget.name) == ["acme-month", "all", "ci"])
        #expect(budgets.map(\.version) == [1, 1, 1])
        #expect(
            budgets[0].budget
                == Budget(
                    name: "acme-month", scope: BudgetScope(tenant: "acme"), unit: .money(.usd),
                    window: .calendar(.month, timezone: "Europe/Berlin", anchorDay: 15),
                    limit: BudgetAmount(whole: 500), warnAt: [80, 95]))
        let shown = try place.json("tollbook budget show ci --format json")
        #expect(shown["limit"] as? String == "2000000" && shown["action"] as? String == "warn")
    }

    @Test("a changed field is a new version and a line of the audit; one that is left out has its default")
    func change() throws {
        let place = try AccessCommandTests.Place()
        let store = try LedgerStore.open(place.conninfo)
        try Self.store(Self.file, place)
        #expect(try place.run("tollbook apply a.yaml").status == 0)
        #expect(try place.run("tollbook budget set by-hand --tenant acme --limit 1").status == 0)
        try Self.store(
            """
            budgets:
              - {name: acme-month, tenant: acme, limit: 0, timezone: Europe/Berlin, anchor_day: 15}
              - {name: all, everybody: true, limit: null, book: list}
            """, place)
        let second = try place.run("tollbook apply a.yaml").stdout
        #expect(second == "~ budget acme-month: limit 0, warn_at -\n1 change, 1 as is\n")
        let history = try store.budgetHistory("acme-month")
        #expect(history.map(\.version) == [1, 2] && history.map(\.generation) == [1, 1])
        #expect(history[1].budget.limit == .zero && history[1].budget.warnAt.isEmpty)
        let note = try #require(try store.auditNotes(limit: 1).first)
        #expect(note.action == "budget.set" && note.object == "acme-month")
        #expect(
            try store.budgets(at: Instant(microseconds: 0)).map(\.budget.name)
                == ["acme-month", "all", "by-hand", "ci"])
    }

    @Test(
        "what was done before the ledger refused is shown, a secret above all; the rest comes next time"
    )
    func failure() throws {
        let place = try AccessCommandTests.Place()
        let ledger = try Connection.open(place.conninfo)
        try ledger.run("ALTER TABLE tollbook.budget ADD CONSTRAINT never CHECK (name <> 'second')")
        try Self.store(
            """
            keys: [{tenant: acme, name: checkout}]
            budgets:
              - {name: first, tenant: acme, limit: 1}
              - {name: second, tenant: acme, limit: 1}
            """, place)
        let failed = try place.run("tollbook apply a.yaml")
        #expect(failed.status != 0 && failed.stdout.hasPrefix("+ key acme/checkout\n    secret tb_"))
        #expect(
            failed.stdout.contains("+ budget first: ") && failed.stdout.hasSuffix("\n2 changes, 0 as is\n"))
        try ledger.run("ALTER TABLE tollbook.budget DROP CONSTRAINT never")
        let again = try place.run("tollbook apply a.yaml").stdout
        #expect(again.hasPrefix("+ budget second: ") && again.hasSuffix("\n1 change, 2 as is\n"))
    }

    @Test("a budget of a tenant whose ledger is another database is refused here, and set there")
    func elsewhere() throws {
        let place = try AccessCommandTests.Place()
        let other = try AccessCommandTests.Place()
        try """
        database: "\(place.conninfo)"
        tenant_databases: {eu: "\(other.conninfo)"}
        """.write(toFile: place.directory + "/tollbook.yaml", atomically: true, encoding: .utf8)
        try Self.store(
            """
            tenants: [{name: acme}]
            budgets:
              - {name: acme-month, tenant: acme, limit: 5}
              - {name: eu-month, tenant: eu, limit: 5}
            """, place)
        // The environment would name another database.
        let refused = try place.run("unset TOLLBOOK_DATABASE; tollbook apply a.yaml")
        #expect(refused.status == 78 && refused.stdout == "", "\(refused.stdout)")
        #expect(
            refused.stderr.contains(
                "a.yaml:4: the budget eu-month: the ledger of eu is in a database of its own"))
        #expect(refused.stderr.contains("would never be spent"))
        let here = try LedgerStore.open(place.conninfo)
        let there = try LedgerStore.open(other.conninfo)
        let now = Instant(microseconds: 0)
        #expect(try here.budgets(at: now).isEmpty && here.accessState().tenants.isEmpty)
        try Self.store("budgets: [{name: eu-month, tenant: eu, limit: 5}]", place)
        let dry = try place.run("unset TOLLBOOK_DATABASE; tollbook apply a.yaml --dry-run")
        #expect(dry.status == 78)
        let applied = try place.run(
            "unset TOLLBOOK_DATABASE; tollbook apply a.yaml --database '\(other.conninfo)'")
        #expect(applied.status == 0, "\(applied.stderr)")
        #expect(try there.budgets(at: now).map(\.budget.name) == ["eu-month"])
        #expect(try here.budgets(at: now).isEmpty)
        // One that is there already cannot be turned into one of such a tenant either.
        let changed = try place.run(
            """
            unset TOLLBOOK_DATABASE
            tollbook budget set house --everybody --limit 5 > /dev/null
            tollbook budget set house --tenant eu
            """)
        #expect(changed.status == 78 && changed.stderr.contains("[budget.elsewhere]"), "\(changed.stderr)")
    }

    @Test("a mistake is named with its line, and nothing of the file is applied")
    func mistakes() throws {
        let place = try AccessCommandTests.Place()
        let store = try LedgerStore.open(place.conninfo)
        for (item, words) in [
            ("{tenant: acme, limit: 1}", "`name` is missing"),
            ("{name: 'a b', tenant: acme, limit: 1}", "not `a b`"),
            ("{name: a, tenant: acme}", "the budget a has no `limit`; `limit: none` is unlimited"),
            ("{name: a, limit: 1}", "the budget a needs one of `tenant`"),
            ("{name: a, tenant: acme, everybody: true, limit: 1}", "`everybody: true` alone"),
            ("{name: a, tenant: '', limit: 1}", "`tenant` is a name, or left out"),
            ("{name: a, tenant: acme, limit: -1}", "not `-1`"),
            ("{name: a, tenant: acme, limit: 1e3}", "not `1e3`"),
            ("{name: a, tenant: acme, limit: 1, window: fortnight}", "not `fortnight`"),
            ("{name: a, tenant: acme, limit: 1, window: week, anchor_day: 9}", "not `9`"),
            ("{name: a, tenant: acme, limit: 1, window: lifetime, anchor_day: 2}", "not `2`"),
            ("{name: a, tenant: acme, limit: 1, timezone: Mars/Base}", "not `Mars/Base`"),
            ("{name: a, tenant: acme, limit: 1, action: stop}", "one of block, warn, not `stop`"),
            ("{name: a, tenant: acme, limit: 1, warn_at: [80, 0]}", "not `0`"),
            ("{name: a, tenant: acme, limit: 1, unit: usd}", "not `usd`"),
            ("{name: a, tenant: acme, limit: 1.5, unit: requests}", "a whole number of requests, not `1.5`"),
            ("{name: a, tenant: acme, limit: 1, book: retail}", "not `retail`"),
            ("{name: a, tenant: acme, limit: 1, label: {a: b}}", "did you mean `labels`?"),
            ("{name: fine, tenant: acme, limit: 2}", "the budget fine stands here twice"),
        ] {
            try Self.store(
                """
                tenants: [{name: new}]
                budgets:
                  - {name: fine, tenant: acme, limit: 1}
                  - \(item)
                """, place)
            let refused = try place.run("tollbook apply a.yaml")
            #expect(
                refused.status == 78 && refused.stderr.contains(words)
                    && refused.stderr.contains("a.yaml:4:"), "\(item): \(refused.stderr)")
        }
        #expect(try store.accessState().tenants.isEmpty)
        #expect(try store.budgets(at: Instant(microseconds: 0)).isEmpty)
    }
}
