// Tenants and keys from the command line, on a real ledger: shapes, exit codes, what is kept and what is
// not.
import Foundation
import LedgerStore
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing)) struct AccessCommandTests {
    /// A directory and a ledger of its own.
    struct Place {
        let directory: String
        let conninfo: String

        init() throws {
            directory = try TemporaryFolder.make()
            conninfo = try LedgerFixture.emptyDatabase()
            try LedgerStore.open(conninfo).migrate()
        }

        func run(_ command: String, _ environment: [String: String] = [:]) throws -> Program {
            try Program.shell(
                command, in: directory,
                environment: ["TOLLBOOK_DATABASE": conninfo].merging(environment) { $1 })
        }

        func json(_ command: String) throws -> [String: Any] {
            let done = try run(command)
            try #require(done.status == 0, "\(command): \(done.stderr)")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [String: Any])
        }

        func list(_ command: String) throws -> [[String: Any]] {
            let done = try run(command)
            try #require(done.status == 0, "\(command): \(done.stderr)")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [[String: Any]])
        }
    }

    @Test("key create answers with the fields of the contract, and shows the secret once")
    func create() throws {
        let place = try Place()
        #expect(try place.run("tollbook tenant create acme --currency EUR --cost-center 4711").status == 0)
        let made = try place.json(
            "tollbook key create --tenant acme --user alice --name checkout --upstream openai "
                + "--model 'gpt-5*' --label team=search --expires 2099-01-01 --format json")
        #expect(Set(made.keys) == ["key_id", "prefix", "secret", "tenant", "user", "expires_at"])
        let secret = try #require(made["secret"] as? String)
        let prefix = try #require(made["prefix"] as? String)
        let id = try #require(made["key_id"] as? String)
        #expect(secret.hasPrefix("tb_" + prefix) && prefix.count == 8 && secret.count == 54)
        #expect(made["tenant"] as? String == "acme" && made["user"] as? String == "alice")
        #expect(made["expires_at"] as? String == "2099-01-01T00:00:00.000000Z")
        let shown = try place.json("tollbook key show \(prefix) --format json")
        #expect(shown["key_id"] as? String == id && shown["state"] as? String == "active")
        #expect(shown["upstreams"] as? [String] == ["openai"] && shown["models"] as? [String] == ["gpt-5*"])
        #expect(shown["labels"] as? [String: String] == ["team": "search"])
        // The secret is nowhere: not in any table, not in the trail, not in a file.
        let rest = String(secret.dropFirst(11))
        let store = try LedgerStore.open(place.conninfo)
        let notes = try store.auditNotes()
        #expect(notes.map(\.action) == ["key.create", "tenant.create"])
        #expect(notes[0].object == id && notes[0].objectKind == "key" && !notes[0].actor.isEmpty)
        #expect(!notes.contains { $0.detail.contains(rest) })
        let state = try store.accessState()
        #expect(state.secrets.count == 1 && state.secrets[0].digest.count == 32)
        #expect(!String(describing: state).contains(rest))
        let found = try place.run("grep -r '\(rest)' tollbook-data; echo $?")
        #expect(found.stdout == "1\n")
        // The pepper was made with the key, for its owner's eyes only.
        #expect(try place.run("stat -c %a tollbook-data/key-pepper").stdout == "600\n")
    }

    @Test("a key for a tenant that nobody registered registers it and says so")
    func newTenant() throws {
        let place = try Place()
        let done = try place.run("tollbook key create --tenant globex")
        #expect(done.status == 0 && done.stderr.contains("tenant globex was not registered; it is now"))
        #expect(done.stdout.contains("secret   tb_"))
        #expect(
            try place.list("tollbook tenant list --format json").map { $0["tenant"] as? String } == ["globex"]
        )
    }

    @Test("a key for an upstream that is not configured is made, and the misspelling told")
    func strangeUpstream() throws {
        let place = try Place()
        let configured = ["TOLLBOOK_UPSTREAMS__OPENAI__URL": "https://api.openai.com"]
        let done = try place.run(
            "tollbook key create --tenant acme --upstream openai,opneai", configured)
        #expect(done.status == 0 && done.stdout.contains("secret   tb_"))
        #expect(done.stderr.contains("the key allows 'opneai', and no upstream is called so here"))
        #expect(!done.stderr.contains("'openai'"))
    }

    @Test("rotate gives another secret, expire and revoke end the key; each counts the version up")
    func changes() throws {
        let place = try Place()
        let store = try LedgerStore.open(place.conninfo)
        let first = try place.json("tollbook key create --tenant acme --name a --format json")
        #expect(try store.accessVersion() == 2)
        let second = try place.json("tollbook key rotate acme/a --overlap 1h --format json")
        #expect(Set(second.keys) == Set(first.keys))
        #expect(first["key_id"] as? String == second["key_id"] as? String)
        #expect(first["secret"] as? String != second["secret"] as? String)
        #expect(
            try place.list("tollbook key list --format json")[0]["prefixes"] as? [String]
                == [
                    second["prefix"] as? String, first["prefix"] as? String,
                ].compactMap(\.self))
        let third = try place.json("tollbook key rotate acme/a --format json")
        #expect(
            try place.list("tollbook key list --format json")[0]["prefixes"] as? [String]
                == [
                    third["prefix"] as? String
                ].compactMap(\.self))
        #expect(try place.run("tollbook key expire acme/a --at 2099-01-01").status == 0)
        #expect(try place.json("tollbook key show acme/a --format json")["state"] as? String == "active")
        #expect(try place.run("tollbook key expire acme/a").status == 0)
        #expect(try place.json("tollbook key show acme/a --format json")["state"] as? String == "expired")
        #expect(try place.run("tollbook key rotate acme/a").stderr.contains("[key.ended]"))
        #expect(try place.run("tollbook key revoke acme/a").stdout.hasSuffix("is revoked\n"))
        #expect(try place.run("tollbook key revoke acme/a").stdout.hasSuffix("was revoked already\n"))
        #expect(try store.accessVersion() == 7)
        #expect(try place.list("tollbook key list --state active --format json").isEmpty)
        // The name is free again.
        #expect(try place.run("tollbook key create --tenant acme --name a").status == 0)
    }

    @Test(
        "what cannot be is refused with its code",
        arguments: [
            ("tollbook tenant create unattributed", "tenant.invalid", 64),
            ("tollbook tenant create acme --currency euro", "tenant.invalid", 64),
            ("tollbook tenant create acme --timezone Mars/Olympus", "tenant.invalid", 64),
            ("tollbook tenant show nobody", "tenant.unknown", 1),
            ("tollbook tenant archive nobody", "tenant.unknown", 1),
            ("tollbook key create", "usage.missing-value", 64),
            ("tollbook key create --tenant acme --expires 2001-01-01", "key.invalid", 64),
            ("tollbook key create --tenant acme --expires soon", "usage.invalid-value", 64),
            ("tollbook key create --tenant acme --label a=1 --label a=2", "key.invalid", 64),
            ("tollbook key show nothing", "key.unknown", 1),
            ("tollbook key revoke tb_aaaaaaaa", "key.unknown", 1),
        ])
    func refusals(command: String, code: String, exit: Int32) throws {
        let done = try Place().run(command)
        #expect(done.status == exit && done.stderr.contains("[\(code)]"), "\(done.stderr)")
        #expect(done.stdout.isEmpty)
    }

    @Test("a tenant twice, and a key of an archived tenant, are refused; archiving is taken back by --undo")
    func tenants() throws {
        let place = try Place()
        #expect(try place.run("tollbook tenant create acme").status == 0)
        #expect(try place.run("tollbook tenant create acme").stderr.contains("[tenant.exists]"))
        #expect(try place.run("tollbook tenant archive acme").stdout == "tenant acme is archived\n")
        #expect(try place.run("tollbook key create --tenant acme").stderr.contains("[tenant.archived]"))
        #expect(try place.list("tollbook tenant list --format json").isEmpty)
        #expect(try place.list("tollbook tenant list --all --format json").count == 1)
        #expect(try place.run("tollbook tenant archive acme --undo").stdout == "tenant acme is active\n")
        #expect(try place.run("tollbook key create --tenant acme").status == 0)
    }

    @Test("apply makes what a file says, once; a dry run and a mistake change nothing")
    func apply() throws {
        let place = try Place()
        let file = """
            tenants:
              - {name: acme, currency: EUR, timezone: Europe/Berlin, cost_center: "4711"}
              - name: globex
            keys:
              - {tenant: acme, name: checkout, user: svc, models: ["gpt-5*"], labels: {team: search}}
            """
        try file.write(toFile: place.directory + "/access.yaml", atomically: true, encoding: .utf8)
        let store = try LedgerStore.open(place.conninfo)
        let dry = try place.run("tollbook apply access.yaml --dry-run")
        #expect(
            dry.stdout.hasPrefix("+ tenant acme: currency EUR, timezone Europe/Berlin, cost_center 4711\n"))
        #expect(dry.stdout.hasSuffix("3 changes to make, 0 as is\n") && !dry.stdout.contains("tb_"))
        #expect(try store.accessState() == AccessState())
        let done = try place.json("tollbook apply access.yaml --format json")
        let changes = try #require(done["changes"] as? [[String: Any]])
        #expect(changes.map { $0["action"] as? String } == ["create", "create", "create"])
        #expect((changes[2]["secret"] as? String)?.hasPrefix("tb_") == true)
        #expect(try place.run("tollbook apply access.yaml").stdout == "0 changes, 3 as is\n")
        let version = try store.accessVersion()
        let changed = file.replacingOccurrences(of: "user: svc, ", with: "").replacingOccurrences(
            of: "- name: globex", with: "- {name: globex, archived: true}")
        try changed.write(toFile: place.directory + "/access.yaml", atomically: true, encoding: .utf8)
        let second = try place.run("tollbook apply access.yaml").stdout
        #expect(second == "~ tenant globex: archived\n~ key acme/checkout: user -\n2 changes, 1 as is\n")
        #expect(try store.accessVersion() == version + 2)
        #expect(try store.auditNotes(limit: 2).map(\.action) == ["key.change", "tenant.change"])
        for (text, words) in [
            ("tenant: []", "there is no section `tenant`; did you mean `tenants`?"),
            ("tenants: {acme: {}}", "`tenants` is a list"), ("tenants: [acme]", "an item is a map"),
            ("tenants: [{name: new}, {name: bad, currency: euro}]", "'euro' is no currency"),
            ("keys: [{tenant: new, name: a, modles: []}]", "did you mean `models`?"),
            ("keys: [{tenant: new}]", "`name` is missing"),
            ("keys: [{tenant: new, name: a}, {tenant: new, name: a}]", "stands here twice"),
        ] {
            try text.write(toFile: place.directory + "/bad.yaml", atomically: true, encoding: .utf8)
            let refused = try place.run("tollbook apply bad.yaml")
            #expect(refused.status == 78 && refused.stderr.contains(words), "\(text): \(refused.stderr)")
        }
        #expect(try store.accessVersion() == version + 2)
    }

    @Test("an empty pepper makes no key, nor does a second one beside the pepper in use")
    func peppers() throws {
        let place = try Place()
        let empty = try place.run("tollbook key create --tenant acme", ["TOLLBOOK_KEYS__PEPPER": ""])
        #expect(empty.status == 78 && empty.stderr.contains("[keys.pepper-empty]"))
        #expect(try place.run("tollbook key create --tenant acme").status == 0)
        let elsewhere = try place.run(
            "tollbook key create --tenant acme", ["TOLLBOOK_DATA_DIR": "./elsewhere"])
        #expect(elsewhere.status == 78 && elsewhere.stderr.contains("[keys.pepper-missing]"))
        #expect(!FileManager.default.fileExists(atPath: place.directory + "/elsewhere/key-pepper"))
        let rotated = [
            "TOLLBOOK_KEYS__PEPPER": "a new one",
            "TOLLBOOK_KEYS__PREVIOUS_PEPPER": try String(
                contentsOfFile: place.directory + "/tollbook-data/key-pepper", encoding: .utf8
            ).trimmingCharacters(in: .newlines),
        ]
        #expect(try place.run("tollbook key create --tenant acme", rotated).status == 0)
    }

    @Test("doctor says whether keys can be checked here, and which end soon")
    func doctor() throws {
        let place = try Place()
        func line(_ environment: [String: String] = [:]) throws -> [String: String] {
            let done = try place.run("tollbook doctor --format json", environment)
            let json = try JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [String: Any]
            let checks = try #require(json?["checks"] as? [[String: Any]], "\(done.stderr)")
            let keys = try #require(checks.first { $0["name"] as? String == "keys" })
            return keys.compactMapValues { $0 as? String }
        }
        #expect(
            try line() == ["name": "keys", "state": "ok", "detail": "no gateway keys are in use"])
        #expect(try place.run("tollbook key create --tenant acme").status == 0)
        #expect(try line()["detail"] == "1 gateway key in use, all can be checked here")
        let id = try #require(
            try place.json("tollbook key create --tenant acme --expires 3d --format json")["key_id"]
                as? String)
        let soon = try line()
        #expect(soon["state"] == "warn" && soon["detail"] == "1 key will expire within 14 days: \(id)")
        for (environment, words) in [
            (["TOLLBOOK_DATA_DIR": "./elsewhere"], "gateway keys are in use, and their pepper ("),
            (["TOLLBOOK_KEYS__PEPPER": ""], "keys.pepper is empty"),
            (["TOLLBOOK_KEYS__PEPPER": "another"], "gateway keys are in use, and their pepper ("),
        ] {
            let wrong = try line(environment)
            #expect(wrong["state"] == "fail" && wrong["detail"]?.hasPrefix(words) == true, "\(wrong)")
        }
        // A short pepper is told even if it is the right one.
        let pepper = ["TOLLBOOK_KEYS__PEPPER": "short"]
        let other = try Place()
        #expect(try other.run("tollbook key create --tenant acme", pepper).status == 0)
        let short = try other.run("tollbook doctor", pepper)
        #expect(short.status == 2 && short.stdout.contains("keys.pepper has fewer than 16 bytes"))
    }
}
