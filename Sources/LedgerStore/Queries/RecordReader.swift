// One row of ``LedgerStore/recordsSQL`` as a record, column by column from the left.
import Bookkeeping
import Postgres
import Terms

struct RecordReader {
    /// What could not be read, when ``read(_:)`` returned nil.
    private(set) var problem = ""

    /// - Returns: nil when a word or a JSON text is not of a form that this version knows.
    mutating func read(_ row: inout Row) throws(PostgresError) -> StoredRecord? {
        var attribution = Attribution()
        attribution.tenant = try row.text()
        let occurredAt = Instant(microseconds: try row.microseconds())
        let id = try row.uuid()
        let bookedAt = Instant(microseconds: try row.microseconds())
        let operationID = try row.text()
        let attempt = Int(try row.integer())
        let instance = try row.text()
        let sequence = try row.integer()
        attribution.user = try row.text()
        attribution.keyID = try row.text()
        let labels = Label.list(try row.text())
        let upstream = try row.text()
        var timing = UsageRecord.Timing()
        timing.firstByteMilliseconds = try row.optionalInteger()
        timing.totalMilliseconds = try row.integer()
        timing.requestBytes = try row.integer()
        timing.responseBytes = try row.integer()
        var usage = try plainUsage(&row)
        usage.tokens = try tokens(&row)
        try words(&row, &usage)
        let entries = Entry.list(try row.text())
        let carriedFrom = try row.optionalText()
        let period = try row.text()
        let carried = try row.optionalText()
        attribution.labels = known(labels, "label list") ?? []
        let booked = known(entries, "list of entries") ?? []
        let places = carried.map { known(CarriedEntry.places($0), "list of carried entries") ?? [:] }
        guard problem.isEmpty else { return nil }
        let record = UsageRecord(
            id: RecordID(high: id.high, low: id.low), operationID: operationID, attempt: attempt,
            instance: instance, sequence: sequence, occurredAt: occurredAt, upstream: upstream,
            attribution: attribution, usage: usage, timing: timing)
        var stored = StoredRecord(record: record, bookedAt: bookedAt, entries: booked)
        stored.carriedFrom = carriedFrom
        stored.period = period
        stored.carried = places ?? [:]
        return stored
    }

    private func plainUsage(_ row: inout Row) throws(PostgresError) -> Usage {
        var usage = Usage()
        usage.provider = try row.text()
        usage.dialect = try row.text()
        usage.dialectVersion = Int(try row.integer())
        usage.api = try row.text()
        usage.modelRequested = try row.optionalText()
        usage.model = try row.optionalText()
        usage.responseID = try row.optionalText()
        usage.providerRequestID = try row.optionalText()
        usage.stream = try row.bool()
        usage.httpStatus = Int(try row.integer())
        usage.finishReason = try row.optionalText()
        usage.serviceTier = try row.optionalText()
        usage.providerCostUSD = try row.optionalText()
        usage.rawUsage = try row.optionalText()
        return usage
    }

    private func tokens(_ row: inout Row) throws(PostgresError) -> TokenCounts {
        var tokens = TokenCounts()
        tokens.input = try row.optionalInteger()
        tokens.cacheRead = try row.optionalInteger()
        tokens.cacheWrite = try row.optionalInteger()
        tokens.cacheWrite1h = try row.optionalInteger()
        tokens.audioInput = try row.optionalInteger()
        tokens.imageInput = try row.optionalInteger()
        tokens.toolPrompt = try row.optionalInteger()
        tokens.output = try row.optionalInteger()
        tokens.reasoning = try row.optionalInteger()
        tokens.audioOutput = try row.optionalInteger()
        tokens.webSearches = try row.optionalInteger()
        return tokens
    }

    private mutating func words(_ row: inout Row, _ usage: inout Usage) throws(PostgresError) {
        usage.status = known(UsageStatus(rawValue: try row.text()), "usage status") ?? .absent
        usage.completeness = known(Completeness(rawValue: try row.text()), "completeness") ?? .complete
        if let reason = try row.optionalText() {
            usage.notBillable = known(NotBillableReason(rawValue: reason), "reason not to bill")
        }
        usage.components = known(Component.list(try row.text()), "list of components") ?? []
        if let estimate = try row.optionalText() {
            usage.estimate = known(Estimate(estimate), "estimate")
        }
        for word in try row.texts() {
            if let anomaly = known(Anomaly(rawValue: word), "anomaly") { usage.anomalies.append(anomaly) }
        }
    }

    private mutating func known<Value>(_ value: Value?, _ what: String) -> Value? {
        if value == nil, problem.isEmpty { problem = what }
        return value
    }
}
