// What posting costs beside the fastest that PostgreSQL can do with the same rows: `PostBench RECORDS`, with
// TOLLBOOK_TEST_DATABASE naming a cluster. `PostBench --into CONNINFO RECORDS` only ships, into a ledger
// that is there. Records have four charges each. The shipper's own way rates them, builds columns, and
// posts records, entries and rollups exactly once, as many at a time as a sidecar does. The other way gets
// the finished rows from files on the server and has nothing to do but copy them in and add up the rollups.
import Bookkeeping
import Documents
import Glibc
import LedgerStore
import Postgres
import Rating
import Terms

func seconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Records a second, in whole numbers.
func rate(_ count: Int, _ body: () throws -> Void) rethrows -> Int {
    let start = seconds()
    try body()
    return Int(UInt64(count) * 1_000_000_000 / max(1, seconds() - start))
}

enum Texts {
    static let prices = """
        provider: acme
        currency: USD
        prices:
        - id: acme/small
          models: [small]
          from: 2026-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          rates:
            in.text.fresh: {amount: "1.25", per: 1000000}
            in.text.cache_read: {amount: "0.125", per: 1000000}
            out.text: {amount: "10", per: 1000000}
            out.text.reasoning: {amount: "10", per: 1000000}
        """

    static let rollup = """
        INSERT INTO tollbook.rollup AS t (
            tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest, labels,
            requests, estimated_requests, unpriced_requests, open_requests, late_requests, unpriced_readings,
            quantity, list_amount, contracted_amount, chargeback_amount)
        SELECT tenant, date_bin('15 minutes', occurred_at, '2000-01-01'), user_id, key_id, provider, upstream,
            model, meter, currency, '', '{}', sum(n), 0, 0, 0, 0, 0, sum(quantity), sum(amount), sum(amount),
            sum(amount)
        FROM (
            SELECT r.tenant, r.occurred_at, user_id, key_id, provider, upstream, model, 'request' AS meter,
                'USD' AS currency, 1 AS n, 0::numeric AS quantity, NULL::numeric AS amount FROM r
            UNION ALL
            SELECT e.tenant, e.occurred_at, user_id, key_id, provider, upstream, e.model, e.meter, e.currency, 0,
                e.quantity, e.amount
            FROM e JOIN r USING (tenant, occurred_at, record_id)) cell
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT (tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest)
        DO UPDATE SET requests = t.requests + excluded.requests, quantity = t.quantity + excluded.quantity,
            list_amount = coalesce(t.list_amount + excluded.list_amount, excluded.list_amount),
            contracted_amount = coalesce(
                t.contracted_amount + excluded.contracted_amount, excluded.contracted_amount),
            chargeback_amount = coalesce(
                t.chargeback_amount + excluded.chargeback_amount, excluded.chargeback_amount)
        """
}

/// Owner of a session, so that closures may use it.
final class Session {
    let connection: Connection
    init(_ conninfo: String) throws { connection = try Connection.open(conninfo) }

    func run(_ script: String) throws { try connection.runScript(Array(script.utf8)) }
}

func record(_ number: Int) -> UsageRecord {
    var usage = Usage()
    usage.provider = "acme"
    usage.dialect = "openai/chat"
    usage.api = "chat_completions"
    usage.modelRequested = "small"
    usage.model = "small"
    usage.responseID = "chatcmpl-\(number)"
    usage.httpStatus = 200
    usage.finishReason = "stop"
    usage.status = .reported
    usage.tokens.input = 1000
    usage.tokens.cacheRead = 400
    usage.tokens.output = 300
    usage.tokens.reasoning = 100
    usage.rawUsage = #"{"prompt_tokens":1000,"completion_tokens":300,"total_tokens":1300}"#
    usage.components = [
        Component(
            model: "small",
            readings: [
                MeterReading(.cacheRead, Quantity(400)), MeterReading(.freshInput, Quantity(600)),
                MeterReading(.output, Quantity(200)), MeterReading(.reasoning, Quantity(100)),
            ])
    ]
    var attribution = Attribution()
    attribution.tenant = "tenant-\(number % 8)"
    attribution.user = "user-\(number % 160)"
    let at = Instant(microseconds: 1_796_000_000_000_000 + Int64(number) * 20_000)
    let id = RecordID(at: at, random: (UInt64(number), UInt64(number)))
    return UsageRecord(
        id: id, operationID: id.text, instance: "0123456789abcdef", sequence: Int64(number + 1),
        occurredAt: at, upstream: "acme", attribution: attribution, usage: usage,
        timing: UsageRecord.Timing())
}

/// Rates records and posts them, as the shipper of a sidecar does.
struct Shipping {
    let store: LedgerStore
    let book: PriceBook

    init(_ conninfo: String) throws {
        store = try LedgerStore.open(conninfo)
        try store.migrate()
        book = try PriceBook(
            version: "bench", files: [try PriceFile(try Document.yaml(Texts.prices), name: "acme.yaml")])
    }

    func ship(_ records: ArraySlice<UsageRecord>) throws {
        var rest = records
        while !rest.isEmpty {
            let batch = rest.prefix(LedgerLimits.recordsPerBatch)
            rest = rest.dropFirst(batch.count)
            let rated = batch.map { record in
                RatedRecord(
                    record: record, rated: book.rate(record.usage, upstream: "acme", at: record.occurredAt))
            }
            _ = try store.post(rated, bookedAt: Instant(microseconds: 1_796_100_000_000_000))
        }
    }
}

func measureInto(_ conninfo: String, _ count: Int) throws {
    let shipping = try Shipping(conninfo)
    let records = (0..<count).map(record)
    try shipping.ship(records.prefix(2000))
    let shipped = try rate(count - 2000) { try shipping.ship(records.dropFirst(2000)) }
    print("shipper, \(LedgerLimits.recordsPerBatch) a transaction: \(shipped) records a second")
}

func measure(_ cluster: String, _ count: Int) throws {
    try Session(cluster).run("CREATE DATABASE bench")
    let conninfo = "\(cluster) dbname=bench"
    let shipping = try Shipping(conninfo)
    let records = (0..<count).map(record)
    // Partitions, plans and the first pages are made before the clock runs.
    try shipping.ship(records.prefix(2000))
    let shipped = try rate(count - 2000) { try shipping.ship(records.dropFirst(2000)) }
    let again = try rate(count) { try shipping.ship(records[...]) }
    let session = try Session(conninfo)
    var best = 0
    for batch in [500, 2000, 10_000] {
        let copied = try copy(session, count, batch: batch)
        print("plain COPY + upsert, \(batch) a transaction: \(copied) records a second")
        best = max(best, copied)
    }
    let ratio = shipped * 100 / max(1, best)
    print("shipper, \(LedgerLimits.recordsPerBatch) a transaction: \(shipped) records a second")
    print("shipper, all of them again: \(again) records a second")
    print("ratio: 0.\(ratio < 10 ? "0" : "")\(ratio) of the best plain COPY + upsert, at least 0.50 wanted")
    if ratio < 50 { exit(2) }
}

/// The same rows by COPY into staging tables, one upsert of each table a transaction.
func copy(_ session: Session, _ count: Int, batch: Int) throws -> Int {
    let parts = (count + batch - 1) / batch
    try session.run(
        "CREATE TEMP TABLE numbered AS "
            + "SELECT tenant, occurred_at, record_id, seq FROM tollbook.usage_record")
    let key = "r.tenant = n.tenant AND r.occurred_at = n.occurred_at AND r.record_id = n.record_id"
    for part in 0..<parts {
        let chosen = "n.seq > \(part * batch) AND n.seq <= \((part + 1) * batch)"
        for table in ["usage_record", "entry"] {
            try session.run(
                "COPY (SELECT r.* FROM tollbook.\(table) r JOIN numbered n ON \(key) WHERE \(chosen) "
                    + "ORDER BY r.tenant, r.occurred_at, r.record_id) "
                    + "TO '/tmp/tollbook-\(table)-\(part)' (FORMAT binary)")
        }
    }
    try session.run(
        "DROP TABLE numbered; TRUNCATE tollbook.usage_record, tollbook.entry, tollbook.rollup; "
            + "CREATE TEMP TABLE r (LIKE tollbook.usage_record); CREATE TEMP TABLE e (LIKE tollbook.entry)")
    let copied = try rate(count) {
        for part in 0..<parts {
            try session.run(
                "BEGIN; SET LOCAL synchronous_commit = on; "
                    + "COPY r FROM '/tmp/tollbook-usage_record-\(part)' (FORMAT binary); "
                    + "COPY e FROM '/tmp/tollbook-entry-\(part)' (FORMAT binary); "
                    + "INSERT INTO tollbook.usage_record SELECT * FROM r ON CONFLICT DO NOTHING; "
                    + "INSERT INTO tollbook.entry SELECT * FROM e ON CONFLICT DO NOTHING; \(Texts.rollup); "
                    + "TRUNCATE r, e; COMMIT")
        }
    }
    try session.run("DROP TABLE r, e")
    return copied
}

let words = CommandLine.arguments.dropFirst()
if words.count == 3, words[1] == "--into", let count = Int(words[3]) {
    do {
        try measureInto(words[2], max(4000, count))
        exit(0)
    } catch {
        print("PostBench: \(error)")
        exit(1)
    }
}
guard let cluster = getenv("TOLLBOOK_TEST_DATABASE") else {
    print("PostBench: TOLLBOOK_TEST_DATABASE is not set; run scripts/bench-posting")
    exit(69)
}
do {
    let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 30_000
    try measure(String(cString: cluster), max(4000, count))
} catch {
    print("PostBench: \(error)")
    exit(1)
}
