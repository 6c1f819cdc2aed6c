// A small ledger whose every number can be checked by hand: two tenants, three models, one month boundary.
import Bookkeeping
import Documents
import Foundation
import LedgerStore
import Postgres
import Rating
import Terms
import Testing

enum LedgerFixture {
    static let cluster = ProcessInfo.processInfo.environment["TOLLBOOK_TEST_DATABASE"]
    static let missing: Comment = "TOLLBOOK_TEST_DATABASE is not set: run scripts/with-postgres swift test"
    static var isThere: Bool { cluster != nil || ProcessInfo.processInfo.environment["CI"] == "true" }

    /// Where the cluster lives differs from run to run.
    static var hidden: [(String, String)] {
        let words = (cluster ?? "").split(separator: " ").compactMap { word in
            word.hasPrefix("host=") ? String(word.dropFirst(5)) : nil
        }
        return words.map { ($0, "/CLUSTER") }
    }

    /// An empty database of its own; the cluster is thrown away as a whole.
    static func emptyDatabase() throws -> String {
        let cluster = try #require(cluster, missing)
        let name = "c" + UUID().uuidString.lowercased().replacing("-", with: "")
        try Connection.open(cluster).runScript(Array("CREATE DATABASE \(name)".utf8))
        return "\(cluster) dbname=\(name)"
    }

    /// One ledger for all tests that only read.
    static let shared = Result { () throws -> String in try ownLedger() }

    /// The same ledger again, for a test that changes it.
    static func ownLedger() throws -> String {
        let conninfo = try emptyDatabase()
        let ledger = try LedgerStore.open(conninfo)
        try ledger.migrate()
        let book = try Self.book()
        try ledger.storePriceBook(
            version: book.version, files: [StoredPriceFile(name: "acme.yaml", text: prices)],
            recordedAt: booked)
        let records = Self.records.map { record in
            RatedRecord(
                record: record,
                rated: book.rate(record.usage, upstream: record.upstream, at: record.occurredAt))
        }
        let receipt = try ledger.post(records, bookedAt: booked)
        #expect(receipt.inserted == records.count)
        try ledger.noteInstance(
            InstanceNote(
                instance: "sidecar-1", version: "0.1.0", reportedAt: booked, backlog: 0, openExchanges: 0,
                completeUntil: booked))
        return conninfo
    }

    static let prices = """
        provider: acme
        currency: USD
        prices:
        - id: acme/small/2026-01
          models: [small, "small-2026-*"]
          from: 2026-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          rates:
            in.text.fresh: {amount: "1.25", per: 1000000}
            in.text.cache_read: {amount: "0.125", per: 1000000}
            out.text: {amount: "10", per: 1000000}
            web_search.request: {amount: "10", per: 1000}
          same_as: {out.text.reasoning: out.text}
        - id: acme/large/2026-01/batch
          models: [large]
          from: 2026-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          when: {batch: true}
          multiply: "1/2"
          rates:
            in.text.fresh: {amount: "5", per: 1000000}
            out.text: {amount: "30", per: 1000000}
        - id: acme/large/2026-01
          models: [large]
          from: 2026-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          rates:
            in.text.fresh: {amount: "5", per: 1000000}
            out.text: {amount: "30", per: 1000000}

        """

    static func book() throws -> PriceBook {
        let file = try PriceFile(try Document.yaml(prices), name: "acme.yaml")
        return try PriceBook(version: "fixture-1", files: [file])
    }

    private static let booked = Instant(rfc3339: "2026-11-02T08:00:00Z")!

    /// 1: 600 fresh, 400 cached, 50 answer, 150 reasoning. 2: a batch call of the dearer model. 3: a model
    /// without a price. 4: an estimate. 5: refused by the provider. 6: in November, just after midnight UTC.
    private static let records: [UsageRecord] = [
        record(1, "2026-10-30T10:00:00Z", "acme", user: "alice", [("team", "search")]) { usage in
            usage.model = "small-2026-03-01"
            usage.tokens.input = 1000
            usage.tokens.cacheRead = 400
            usage.tokens.output = 200
            usage.tokens.reasoning = 150
            usage.rawUsage = #"{"prompt_tokens":1000,"completion_tokens":200}"#
            usage.components = [
                Component(
                    model: "small-2026-03-01",
                    readings: [
                        MeterReading(.cacheRead, Quantity(400)), MeterReading(.freshInput, Quantity(600)),
                        MeterReading(.output, Quantity(50)), MeterReading(.reasoning, Quantity(150)),
                    ])
            ]
        },
        record(2, "2026-10-30T11:00:00.5Z", "globex", user: "bob", []) { usage in
            usage.model = "large"
            usage.tokens.input = 2_000_001
            usage.tokens.output = 1
            var selectors = Selectors()
            selectors.batch = true
            usage.components = [
                Component(
                    model: "large",
                    readings: [
                        MeterReading(.freshInput, Quantity(2_000_001)), MeterReading(.output, Quantity(1)),
                    ], selectors: selectors)
            ]
        },
        record(3, "2026-10-31T12:00:00Z", "acme", user: "", [("team", "search"), ("env", "dev")]) { usage in
            usage.model = "unheard-of"
            usage.tokens.input = 10
            usage.tokens.output = 20
            usage.note(.unknownField)
            usage.components = [
                Component(
                    model: "unheard-of",
                    readings: [MeterReading(.freshInput, Quantity(10)), MeterReading(.output, Quantity(20))])
            ]
        },
        record(4, "2026-10-31T13:00:00Z", "acme", user: "alice", []) { usage in
            usage.model = "small"
            usage.status = .estimated
            usage.completeness = .clientAborted
            usage.tokens.input = 100
            var estimate = Estimate(method: "bytes/4", version: 1)
            estimate.outputTokens = 7
            estimate.upperOutputTokens = 28
            usage.estimate = estimate
            usage.components = [
                Component(
                    model: "small",
                    readings: [
                        MeterReading(.freshInput, Quantity(100)),
                        MeterReading(.output, Quantity(7), status: .estimated),
                    ])
            ]
        },
        record(5, "2026-10-31T23:59:59.999999Z", "globex", user: "", []) { usage in
            usage.modelRequested = "small"
            usage.httpStatus = 429
            usage.status = .absent
            usage.completeness = .upstreamError
            usage.notBillable = .providerError
        },
        record(6, "2026-11-01T00:01:00Z", "globex", user: "bob", []) { usage in
            usage.model = "small"
            usage.tokens.input = 8
            usage.tokens.output = 1
            usage.tokens.webSearches = 1
            usage.components = [
                Component(
                    model: "small",
                    readings: [
                        MeterReading(.freshInput, Quantity(8)), MeterReading(.output, Quantity(1)),
                        MeterReading(.webSearch, Quantity(1)),
                    ])
            ]
        },
    ]

    static func record(
        _ number: UInt64, _ time: String, _ tenant: String, user: String, _ labels: [(String, String)],
        _ fill: (inout Usage) -> Void
    ) -> UsageRecord {
        var usage = Usage()
        usage.provider = "acme"
        usage.dialect = "openai/chat"
        usage.api = "chat_completions"
        usage.httpStatus = 200
        usage.status = .reported
        fill(&usage)
        let instant = Instant(rfc3339: time)!
        var attribution = Attribution()
        attribution.tenant = tenant
        attribution.user = user
        attribution.labels = labels.map { Label(key: $0.0, value: $0.1) }.sorted()
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = 40
        timing.totalMilliseconds = 120
        timing.requestBytes = 300
        timing.responseBytes = 900
        return UsageRecord(
            id: RecordID(at: instant, random: (number, number)), operationID: "operation-\(number)",
            instance: "sidecar-1", sequence: Int64(number), occurredAt: instant, upstream: "acme",
            attribution: attribution, usage: usage, timing: timing)
    }
}
