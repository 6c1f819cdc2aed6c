// The columns of `usage_record`, filled from one record each. The order of the cases is the order of the
// parameters and of the names in ``LedgerStore/ingestSQL``.
import Bookkeeping
import Postgres
import Terms

struct RecordColumns {
    private var columns = Column.allCases.map { ArrayParameter($0.element) }
    private var writer = JSONWriter(reserving: 1024)

    private enum Column: Int, CaseIterable {
        case tenant, occurredAt, recordId, operationId, attempt, instance, seq, userId, keyId, labels
        case upstream, provider, dialect, dialectVersion, api, modelRequested, model, responseId
        case providerRequestId, stream, httpStatus, finishReason, serviceTier, usageStatus
        case completeness, notBillableReason, inputTokens, cacheReadTokens, cacheWriteTokens
        case cacheWrite1hTokens, audioInputTokens, imageInputTokens, toolPromptTokens, outputTokens
        case reasoningTokens, audioOutputTokens, webSearches, providerCostUsd, components, estimate
        case anomalies, rawUsage, firstByteMs, totalMs, requestBytes, responseBytes, bucket, currency
        case unpriced, rollupLabels

        var element: ArrayParameter.Element {
            switch self {
            case .occurredAt, .bucket: .timestamp
            case .recordId: .uuid
            case .attempt, .dialectVersion, .httpStatus: .int4
            case .seq, .inputTokens, .cacheReadTokens, .cacheWriteTokens, .cacheWrite1hTokens,
                .audioInputTokens, .imageInputTokens, .toolPromptTokens, .outputTokens, .reasoningTokens,
                .audioOutputTokens, .webSearches, .firstByteMs, .totalMs, .requestBytes, .responseBytes:
                .int8
            case .labels, .components, .estimate, .rawUsage, .rollupLabels: .json
            case .stream, .unpriced: .bool
            default: .text
            }
        }
    }

    mutating func removeAll() {
        for index in columns.indices { columns[index].removeAll() }
    }

    func add(to parameters: inout Parameters) {
        for column in columns { parameters.add(column) }
    }

    mutating func append(_ rated: RatedRecord, unpriced: Bool, rollupLabels: RollupLabels) {
        let record = rated.record
        appendIdentity(of: record)
        appendFacts(of: record.usage)
        appendTokens(of: record.usage)
        appendText(of: record.usage)
        self[.firstByteMs].append(record.timing.firstByteMilliseconds)
        self[.totalMs].append(record.timing.totalMilliseconds)
        self[.requestBytes].append(record.timing.requestBytes)
        self[.responseBytes].append(record.timing.responseBytes)
        self[.bucket].append(microseconds: Self.bucket(of: record.occurredAt))
        self[.currency].append(rated.currency.code)
        self[.unpriced].append(unpriced)
        let kept = rollupLabels.kept(of: record)
        appendJSON(.rollupLabels, empty: kept.isEmpty) { $0.labels(kept) }
    }

    private mutating func appendIdentity(of record: UsageRecord) {
        self[.tenant].append(record.attribution.tenant)
        self[.occurredAt].append(microseconds: record.occurredAt.microseconds)
        self[.recordId].append(uuid: record.id.high, record.id.low)
        self[.operationId].append(record.operationID)
        self[.attempt].append(Int32(clamping: record.attempt))
        self[.instance].append(record.instance)
        self[.seq].append(record.sequence)
        self[.userId].append(record.attribution.user)
        self[.keyId].append(record.attribution.keyID)
        self[.upstream].append(record.upstream)
        let labels = record.attribution.labels
        appendJSON(.labels, empty: labels.isEmpty) { $0.labels(labels) }
    }

    private mutating func appendFacts(of usage: Usage) {
        self[.provider].append(usage.provider)
        self[.dialect].append(usage.dialect)
        self[.dialectVersion].append(Int32(clamping: usage.dialectVersion))
        self[.api].append(usage.api)
        self[.modelRequested].append(usage.modelRequested)
        self[.model].append(usage.model)
        self[.responseId].append(usage.responseID)
        self[.providerRequestId].append(usage.providerRequestID)
        self[.stream].append(usage.stream)
        self[.httpStatus].append(Int32(clamping: usage.httpStatus))
        self[.finishReason].append(usage.finishReason)
        self[.serviceTier].append(usage.serviceTier)
        self[.usageStatus].append(usage.status.rawValue)
        self[.completeness].append(usage.completeness.rawValue)
        self[.notBillableReason].append(usage.notBillable?.rawValue)
        self[.providerCostUsd].append(usage.providerCostUSD)
    }

    private mutating func appendTokens(of usage: Usage) {
        self[.inputTokens].append(usage.tokens.input)
        self[.cacheReadTokens].append(usage.tokens.cacheRead)
        self[.cacheWriteTokens].append(usage.tokens.cacheWrite)
        self[.cacheWrite1hTokens].append(usage.tokens.cacheWrite1h)
        self[.audioInputTokens].append(usage.tokens.audioInput)
        self[.imageInputTokens].append(usage.tokens.imageInput)
        self[.toolPromptTokens].append(usage.tokens.toolPrompt)
        self[.outputTokens].append(usage.tokens.output)
        self[.reasoningTokens].append(usage.tokens.reasoning)
        self[.audioOutputTokens].append(usage.tokens.audioOutput)
        self[.webSearches].append(usage.tokens.webSearches)
    }

    private mutating func appendText(of usage: Usage) {
        appendJSON(.components) { $0.components(usage.components) }
        if usage.estimate == nil {
            self[.estimate].appendNull()
        } else {
            appendJSON(.estimate) { $0.estimate(usage.estimate) }
        }
        // A list as PostgreSQL spells it; the words are plain, so nothing needs quotes.
        let words = usage.anomalies.map(\.rawValue).joined(separator: ",")
        self[.anomalies].append(words.isEmpty ? "{}" : "{\(words)}")
        self[.rawUsage].append(usage.rawUsage)
    }

    private mutating func appendJSON(
        _ column: Column, empty: Bool = false, _ write: (inout JSONWriter) -> Void
    ) {
        if empty {
            self[column].append("{}")
            return
        }
        writer.removeAll()
        write(&writer)
        self[column].append(utf8: writer.bytes)
    }

    private subscript(column: Column) -> ArrayParameter {
        get { columns[column.rawValue] }
        _modify { yield &columns[column.rawValue] }
    }

    /// The start of the quarter of an hour, in microseconds.
    private static func bucket(of instant: Instant) -> Int64 {
        let size = Posting.bucketSeconds * 1_000_000
        let rest = instant.microseconds % size
        return instant.microseconds - (rest < 0 ? rest + size : rest)
    }
}
