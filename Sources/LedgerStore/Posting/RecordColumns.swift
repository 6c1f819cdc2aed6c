// The columns of `usage_record`, filled from one record each. Their order is that of the parameters and
// names in ``LedgerStore/ingestSQL``.
import Bookkeeping
import Postgres
import Terms

struct RecordColumns {
    private let tenant = ArrayParameter(.text)
    private let occurredAt = ArrayParameter(.timestamp)
    private let recordId = ArrayParameter(.uuid)
    private let operationId = ArrayParameter(.text)
    private let attempt = ArrayParameter(.int4)
    private let instance = ArrayParameter(.text)
    private let seq = ArrayParameter(.int8)
    private let userId = ArrayParameter(.text)
    private let keyId = ArrayParameter(.text)
    private let labels = ArrayParameter(.json)
    private let upstream = ArrayParameter(.text)
    private let provider = ArrayParameter(.text)
    private let dialect = ArrayParameter(.text)
    private let dialectVersion = ArrayParameter(.int4)
    private let api = ArrayParameter(.text)
    private let modelRequested = ArrayParameter(.text)
    private let model = ArrayParameter(.text)
    private let responseId = ArrayParameter(.text)
    private let providerRequestId = ArrayParameter(.text)
    private let stream = ArrayParameter(.bool)
    private let httpStatus = ArrayParameter(.int4)
    private let finishReason = ArrayParameter(.text)
    private let serviceTier = ArrayParameter(.text)
    private let usageStatus = ArrayParameter(.text)
    private let completeness = ArrayParameter(.text)
    private let notBillableReason = ArrayParameter(.text)
    private let inputTokens = ArrayParameter(.int8)
    private let cacheReadTokens = ArrayParameter(.int8)
    private let cacheWriteTokens = ArrayParameter(.int8)
    private let cacheWrite1hTokens = ArrayParameter(.int8)
    private let audioInputTokens = ArrayParameter(.int8)
    private let imageInputTokens = ArrayParameter(.int8)
    private let toolPromptTokens = ArrayParameter(.int8)
    private let outputTokens = ArrayParameter(.int8)
    private let reasoningTokens = ArrayParameter(.int8)
    private let audioOutputTokens = ArrayParameter(.int8)
    private let webSearches = ArrayParameter(.int8)
    private let providerCostUsd = ArrayParameter(.text)
    private let components = ArrayParameter(.json)
    private let estimate = ArrayParameter(.json)
    private let anomalies = ArrayParameter(.text)
    private let rawUsage = ArrayParameter(.json)
    private let firstByteMs = ArrayParameter(.int8)
    private let totalMs = ArrayParameter(.int8)
    private let requestBytes = ArrayParameter(.int8)
    private let responseBytes = ArrayParameter(.int8)
    private let bucket = ArrayParameter(.timestamp)
    private let currency = ArrayParameter(.text)
    private let hasUnpriced = ArrayParameter(.bool)
    private let keptLabels = ArrayParameter(.json)
    private var writer = JSONWriter(reserving: 1024)

    private var all: [ArrayParameter] {
        [
            tenant, occurredAt, recordId, operationId, attempt, instance, seq, userId, keyId, labels,
            upstream, provider, dialect, dialectVersion, api, modelRequested, model, responseId,
            providerRequestId, stream, httpStatus, finishReason, serviceTier, usageStatus,
            completeness, notBillableReason, inputTokens, cacheReadTokens, cacheWriteTokens,
            cacheWrite1hTokens, audioInputTokens, imageInputTokens, toolPromptTokens, outputTokens,
            reasoningTokens, audioOutputTokens, webSearches, providerCostUsd, components, estimate,
            anomalies, rawUsage, firstByteMs, totalMs, requestBytes, responseBytes, bucket, currency,
            hasUnpriced, keptLabels,
        ]
    }

    func removeAll() {
        for column in all { column.removeAll() }
    }

    func add(to parameters: inout Parameters) {
        for column in all { parameters.add(column) }
    }

    mutating func append(_ rated: RatedRecord, unpriced: Bool, rollupLabels: RollupLabels) {
        appendIdentity(of: rated.record)
        appendFacts(of: rated.record.usage)
        appendTokens(of: rated.record.usage.tokens)
        appendText(of: rated.record.usage)
        firstByteMs.append(rated.record.timing.firstByteMilliseconds)
        totalMs.append(rated.record.timing.totalMilliseconds)
        requestBytes.append(rated.record.timing.requestBytes)
        responseBytes.append(rated.record.timing.responseBytes)
        bucket.append(microseconds: Self.bucket(of: rated.record.occurredAt))
        currency.append(rated.currency.code)
        hasUnpriced.append(unpriced)
        let kept = rollupLabels.kept(of: rated.record)
        appendJSON(keptLabels, empty: kept.isEmpty) { $0.labels(kept) }
    }

    private mutating func appendIdentity(of record: UsageRecord) {
        tenant.append(record.attribution.tenant)
        occurredAt.append(microseconds: record.occurredAt.microseconds)
        recordId.append(uuid: record.id.high, record.id.low)
        operationId.append(record.operationID)
        attempt.append(Int32(clamping: record.attempt))
        instance.append(record.instance)
        seq.append(record.sequence)
        userId.append(record.attribution.user)
        keyId.append(record.attribution.keyID)
        upstream.append(record.upstream)
        let attached = record.attribution.labels
        appendJSON(labels, empty: attached.isEmpty) { $0.labels(attached) }
    }

    private func appendFacts(of usage: Usage) {
        provider.append(usage.provider)
        dialect.append(usage.dialect)
        dialectVersion.append(Int32(clamping: usage.dialectVersion))
        api.append(usage.api)
        modelRequested.append(usage.modelRequested)
        model.append(usage.model)
        responseId.append(usage.responseID)
        providerRequestId.append(usage.providerRequestID)
        stream.append(usage.stream)
        httpStatus.append(Int32(clamping: usage.httpStatus))
        finishReason.append(usage.finishReason)
        serviceTier.append(usage.serviceTier)
        usageStatus.append(usage.status.rawValue)
        completeness.append(usage.completeness.rawValue)
        notBillableReason.append(usage.notBillable?.rawValue)
        providerCostUsd.append(usage.providerCostUSD)
    }

    private func appendTokens(of tokens: TokenCounts) {
        inputTokens.append(tokens.input)
        cacheReadTokens.append(tokens.cacheRead)
        cacheWriteTokens.append(tokens.cacheWrite)
        cacheWrite1hTokens.append(tokens.cacheWrite1h)
        audioInputTokens.append(tokens.audioInput)
        imageInputTokens.append(tokens.imageInput)
        toolPromptTokens.append(tokens.toolPrompt)
        outputTokens.append(tokens.output)
        reasoningTokens.append(tokens.reasoning)
        audioOutputTokens.append(tokens.audioOutput)
        webSearches.append(tokens.webSearches)
    }

    private mutating func appendText(of usage: Usage) {
        appendJSON(components) { $0.components(usage.components) }
        if usage.estimate == nil {
            estimate.appendNull()
        } else {
            appendJSON(estimate) { $0.estimate(usage.estimate) }
        }
        // A list as PostgreSQL spells it; the words are plain, so nothing needs quotes.
        let words = usage.anomalies.map(\.rawValue).joined(separator: ",")
        anomalies.append(words.isEmpty ? "{}" : "{\(words)}")
        rawUsage.append(usage.rawUsage)
    }

    private mutating func appendJSON(
        _ column: ArrayParameter, empty: Bool = false, _ write: (inout JSONWriter) -> Void
    ) {
        if empty {
            column.append("{}")
            return
        }
        writer.removeAll()
        write(&writer)
        column.append(utf8: writer.bytes)
    }

    /// The start of the quarter of an hour, in microseconds.
    private static func bucket(of instant: Instant) -> Int64 {
        let size = Posting.bucketSeconds * 1_000_000
        let rest = instant.microseconds % size
        return instant.microseconds - (rest < 0 ? rest + size : rest)
    }
}
