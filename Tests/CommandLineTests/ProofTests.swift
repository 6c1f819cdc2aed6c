// Verifying, sealing and putting aside from outside: a ledger of one's own, and what happens when it is
// damaged.
import Foundation
import LedgerStore
import Postgres
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ProofTests {
    private let key = ["TOLLBOOK_SEAL__KEY": "0123456789abcdef0123456789abcdef"]

    private func run(
        _ command: String, _ database: String, _ environment: [String: String] = [:],
        in directory: String = "/tmp"
    ) throws -> Program {
        try Program.shell(
            command, in: directory, environment: environment.merging(["TOLLBOOK_DATABASE": database]) { $1 })
    }

    private func damage(_ database: String, _ sql: StaticString) throws {
        try Connection.open(database).run(sql)
    }

    @Test("a sound ledger exits 0; a changed amount exits 2 and names its quarter of an hour")
    func verify() throws {
        let database = try LedgerFixture.ownLedger()
        #expect(try run("tollbook verify", database).status == 0)
        try damage(
            database,
            "UPDATE tollbook.entry SET amount = amount + 1 WHERE meter = 'web_search.request'")
        let found = try run("tollbook verify --format json", database)
        #expect(found.status == 2)
        #expect(found.stdout.contains(#""ok":false"#))
        #expect(
            found.stdout.contains(
                #""first":{"kind":"rollup","tenant":"globex","since":"2026-11-01T00:00:00.000000Z""#))
        #expect(try run("tollbook verify --until 2026-11-01", database).status == 0)
        #expect(try run("tollbook verify --tenant acme", database).status == 0)
    }

    @Test("days are sealed, heads are kept, and a change of what is sealed is found in both")
    func seals() throws {
        let database = try LedgerFixture.ownLedger()
        let sealed = try run("tollbook seal run --format json", database, key)
        #expect(sealed.status == 0, "\(sealed.stderr)")
        #expect(sealed.stdout.contains(#""records":6,"entries":"#))
        #expect(try run("tollbook seal run", database, key).stdout.hasPrefix("nothing to seal"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let heads = try run("tollbook seal heads --format jsonl | tee heads.jsonl", database, in: folder)
        #expect(heads.stdout.split(separator: "\n").count == 3)
        let sound = try run("tollbook verify --anchor heads.jsonl", database, key, in: folder)
        #expect(sound.status == 0, "\(sound.stdout)\(sound.stderr)")
        // Without the key the rows are compared all the same.
        #expect(try run("tollbook verify", database).stdout.contains("not checked"))
        try damage(database, "UPDATE tollbook.usage_record SET total_ms = 1 WHERE tenant = 'acme'")
        let found = try run("tollbook verify", database)
        #expect(found.status == 2 && found.stdout.contains("first     seal, 2026-11-02T00:00:00"))
        try damage(database, "DELETE FROM tollbook.seal")
        let cut = try run("tollbook verify --anchor heads.jsonl", database, key, in: folder)
        #expect(cut.status == 2 && cut.stdout.contains("kept elsewhere and is no longer in the ledger"))
        let wrong = try run("echo '{}' >x; tollbook verify --anchor x", database, key, in: folder)
        #expect(wrong.status == 1 && wrong.stderr.contains("seal.bad-anchor"))
    }

    @Test("a month is put aside and brought back byte for byte; reports do not notice")
    func archive() throws {
        let database = try LedgerFixture.ownLedger()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try run("tollbook seal run", database, key)
        let report = "tollbook report --month 2026-10 --by tenant,model,user,meter --format csv"
        let before = try run(report, database).stdout
        let listing = try run("tollbook records --month 2026-10 --format jsonl", database).stdout
        let made = try run("tollbook archive create 2026-10 .", database, in: folder)
        #expect(
            made.status == 0 && made.stdout.hasPrefix("put aside 2026-10: 5 records and"), "\(made.stderr)")
        #expect(try run("tollbook records --month 2026-10 --format jsonl", database).stdout.isEmpty)
        #expect(try run(report, database).stdout == before)
        let verified = try run("tollbook verify", database, key)
        #expect(verified.status == 0, "\(verified.stdout)")
        #expect(try run("zcat 2026-10.records.jsonl.gz | wc -l", database, in: folder).stdout == "5\n")
        let digest = try run(
            "zcat 2026-10.records.jsonl.gz | sha256sum | cut -d' ' -f1", database, in: folder)
        #expect(try run("cat 2026-10.json", database, in: folder).stdout.contains(digest.stdout.prefix(64)))
        // A damaged file is refused as a whole.
        let damaged = try run(
            """
            cp -r . ../damaged$$ && cd ../damaged$$ && zcat 2026-10.entries.jsonl.gz | sed 's/acme/acne/' | gzip >x \
            && mv x 2026-10.entries.jsonl.gz && tollbook archive restore 2026-10 .; s=$?; rm -r ../damaged$$; exit $s
            """, database, in: folder)
        #expect(damaged.status == 1 && damaged.stderr.contains("archive.mismatch"), "\(damaged.stderr)")
        let back = try run("tollbook archive restore 2026-10 .", database, in: folder)
        #expect(back.status == 0 && back.stdout.contains("rows added"), "\(back.stderr)")
        #expect(try run("tollbook records --month 2026-10 --format jsonl", database).stdout == listing)
        #expect(try run("tollbook verify", database, key).status == 0)
        #expect(try run("tollbook archive restore 2026-10 .", database, in: folder).stdout.contains("0 rows"))
        #expect(
            try run("tollbook archive list --format json", database).stdout.contains(#""restored_at":"2"#))
    }

    @Test("doctor tries out the database when it is named")
    func probes() throws {
        let database = try LedgerFixture.ownLedger()
        let plain = try run("tollbook doctor", database)
        #expect(!plain.stdout.contains("probe: pipeline"))
        let probed = try run("tollbook doctor --database '\(database)'", database)
        for name in [
            "pipeline", "unnamed statements", "settings of a transaction", "lock of a transaction",
            "upsert in one statement", "durability", "encoding", "prepared transactions",
        ] { #expect(probed.stdout.contains("ok    probe: \(name)"), "\(probed.stdout)") }
        #expect(probed.stdout.contains("may change entries, as owner"))
    }
}
