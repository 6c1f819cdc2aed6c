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
            directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
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
}
