// `doctor` finds every mistake that is planted, by the name of the check that it belongs to, and finds
// nothing where nothing is wrong.
import Foundation
import LedgerStore
import Postgres
import Simulator
import Terms
import Testing

@testable import Commands

@Suite(.serialized) struct DoctorTests {
    private struct Line: Hashable {
        var name: String
        var state: String
        var detail: String
        var remedy: String
    }

    /// A healthy sidecar's surroundings.
    private final class Place {
        let directory: String
        let upstream: Simulator
        let database: String
        private var lock: Int32 = -1

        init(database: String) throws {
            directory = NSTemporaryDirectory() + "tollbook-doctor-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            upstream = try Simulator.start(SimulatorConfiguration())
            self.database = database
        }

        deinit {
            if lock >= 0 { close(lock) }
            upstream.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }

        private func filled(_ text: String) -> String {
            text.replacing("UPSTREAM", with: "\(upstream.port)")
        }

        func doctor(_ mistake: Misconfiguration? = nil, databases: [String: String] = [:]) throws -> [Line] {
            var settings = [
                "listen": "listen: 127.0.0.1:0", "admin": "admin: 127.0.0.1:0", "data_dir": "data_dir: data",
                "database": "database: \"\(database)\"",
                "upstreams": "upstreams: {openai: {url: 'http://127.0.0.1:UPSTREAM', provider: openai}}",
            ]
            for name in mistake?.without ?? [] { settings[name] = nil }
            for line in mistake?.settings ?? [] {
                var line = line
                for (name, conninfo) in databases { line = line.replacing(name, with: conninfo) }
                settings[String(line.prefix { $0 != ":" })] = line
            }
            let file = directory + "/tollbook.yaml"
            try settings.sorted { $0.key < $1.key }.map { filled($0.value) + "\n" }.joined()
                .write(toFile: file, atomically: true, encoding: .utf8)
            chmod(file, 0o600)
            if mistake?.before == "HOLD" {
                try hold()
            } else if let before = mistake?.before, !before.isEmpty {
                let done = try Program.shell(before, in: directory)
                guard done.status == 0 else { throw WaitedTooLong(description: done.stderr) }
            }
            let now = mistake.flatMap { Instant(rfc3339: $0.now) } ?? Clock.now()
            let world = World(
                out: Output(), err: Output(), environment: mistake?.environment ?? [:], clock: { now })
            let exit = Tollbook.run(["doctor", "--format", "json", "--config", file], in: world)
            let json = try JSONSerialization.jsonObject(with: Data(world.out.captured.utf8))
            let whole = try #require(json as? [String: Any])
            let checks = try #require(whole["checks"] as? [[String: Any]])
            let lines = checks.map { check in
                func word(_ key: String) -> String { check[key] as? String ?? "" }
                return Line(
                    name: word("name"), state: word("state"), detail: word("detail"), remedy: word("remedy"))
            }
            #expect(exit == (lines.allSatisfy { $0.state == "ok" } ? .done : .found))
            return lines
        }

        /// Takes the spool's lock, as a sidecar does.
        private func hold() throws {
            try FileManager.default.createDirectory(
                atPath: directory + "/data/spool", withIntermediateDirectories: true)
            chmod(directory + "/data/spool", 0o700)
            lock = open(directory + "/data/spool/lock", O_RDWR | O_CREAT, 0o600)
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
                throw WaitedTooLong(description: "no lock")
            }
        }

        func expectFound(_ mistake: Misconfiguration, databases: [String: String] = [:]) throws {
            let lines = try doctor(mistake, databases: databases)
            let words = filled(mistake.words.replacing("D/", with: directory + "/"))
            let found = lines.filter {
                $0.name == mistake.check && $0.state == mistake.state && $0.detail.contains(words)
            }
            #expect(found.count == 1, "\(mistake.words): \(lines.filter { $0.state != "ok" })")
            #expect(found.allSatisfy { !$0.remedy.isEmpty })
        }
    }

    @Test("a mistake in the file is found by name", arguments: Misconfiguration.inTheFile)
    func inTheFile(mistake: Misconfiguration) throws {
        try Place(database: "host=/nowhere").expectFound(mistake)
    }

    @Test("a mistake around the program is found by name", arguments: Misconfiguration.around)
    func around(mistake: Misconfiguration) throws {
        try Place(database: "host=/nowhere").expectFound(mistake)
    }

    @Test("directories of another user are found", .enabled(if: geteuid() == 0, "needs root to give away"))
    func otherOwner() throws {
        try Place(database: "host=/nowhere").expectFound(
            Misconfiguration(
                "data_dir", "fail", "D/data belongs to user 65534, and this is user 0",
                before: "mkdir data; chown 65534 data"))
    }

    @Test("more than thirty kinds of mistakes are planted")
    func many() {
        let all = Misconfiguration.inTheFile + Misconfiguration.around + Misconfiguration.inTheDatabase
        #expect(Set(all.map(\.words)).count == all.count && all.count >= 30)
    }

    @Test(
        "nothing is found where nothing is wrong, and a mistake in the database by name",
        .enabled(if: LedgerFixture.isThere))
    func inTheDatabase() throws {
        let healthy = try LedgerFixture.emptyDatabase()
        try LedgerStore.open(healthy).migrate()
        let clean = try Place(database: healthy).doctor()
        #expect(clean.filter { $0.state != "ok" } == [])
        #expect(clean.count >= 12)
        let databases = try Self.databases()
        for mistake in Misconfiguration.inTheDatabase {
            try Place(database: healthy).expectFound(mistake, databases: databases)
        }
    }

    /// Databases with something wrong, by the word that stands for them.
    private static func databases() throws -> [String: String] {
        let cluster = try #require(LedgerFixture.cluster, LedgerFixture.missing)
        var made = ["CLUSTER": cluster, "EMPTY": try LedgerFixture.emptyDatabase()]
        for (name, script) in [
            (
                "OLDER",
                "DELETE FROM tollbook.schema_version WHERE version > 1; "
                    + "COMMENT ON TABLE tollbook.schema_version IS NULL"
            ),
            (
                "NEWER",
                "INSERT INTO tollbook.schema_version SELECT 9999, 'later', 'x', now(); "
                    + "COMMENT ON TABLE tollbook.schema_version IS 'serves 9999'"
            ),
            (
                "BARE",
                "INSERT INTO tollbook.instance VALUES ('a', '{}', '1', now(), 0, 0, now())"
            ),
            (
                "SILENT",
                "INSERT INTO tollbook.instance "
                    + "VALUES ('a', '{}', '1', now() - interval '2 days', 7, 0, now())"
            ),
            ("KEYS", ""),
        ] {
            let conninfo = try LedgerFixture.emptyDatabase()
            let ledger = try LedgerStore.open(conninfo)
            try ledger.migrate()
            if !script.isEmpty { try Connection.open(conninfo).runScript(Array(script.utf8)) }
            made[name] = conninfo
        }
        let place = try Place(database: made["KEYS"] ?? "")
        let created = try Program.shell(
            "tollbook key create --tenant acme", in: place.directory,
            environment: ["TOLLBOOK_DATABASE": made["KEYS"] ?? ""])
        #expect(created.status == 0, "\(created.stderr)")
        let reader = "r" + UUID().uuidString.lowercased().replacing("-", with: "").prefix(12)
        let readable = try LedgerFixture.emptyDatabase()
        try LedgerStore.open(readable).migrate()
        try Connection.open(readable).runScript(
            Array("CREATE ROLE \(reader) LOGIN IN ROLE tollbook_report".utf8))
        let words = readable.split(separator: " ").filter { !$0.hasPrefix("user=") }
        made["READER"] = (words + ["user=\(reader)"]).joined(separator: " ")
        return made
    }
}
