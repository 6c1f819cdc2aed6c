// Posting: a batch of rated records into facts, entries and rollups, in one transaction and one round
// trip. It may be repeated at will. A record that PostgreSQL cannot take is found by halving the batch
// and set apart, so that it never blocks the rest.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Posts records of any tenants, in the order of their keys, a transaction for each batch.
    ///
    /// - Parameters:
    ///   - bookedAt: when the ledger learns of them.
    ///   - limit: records of one transaction.
    /// - Returns: what became of each of them; their numbers add up to the number of records.
    /// - Throws: ``LedgerError/postgres(_:)``. What was committed before stays, and posting the same
    ///   records again completes the rest. ``LedgerError/isRetryable`` says whether that may help.
    public func post(
        _ records: [RatedRecord], bookedAt: Instant, atMost limit: Int = LedgerLimits.recordsPerBatch
    ) throws(LedgerError) -> PostReceipt {
        let records = try settled(records, at: bookedAt)
        var receipt = PostReceipt()
        var pending = PostingOrder(records)
        while !pending.order.isEmpty {
            receipt.duplicates += pending.duplicates
            var rest = pending.order[...]
            while !rest.isEmpty {
                let batch = rest.prefix(max(1, min(limit, LedgerLimits.recordsPerBatch)))
                receipt += try post(records, batch, bookedAt: bookedAt)
                rest = rest.dropFirst(batch.count)
            }
            pending = PostingOrder(records, pending.contradicting)
        }
        return receipt
    }

    private func post(
        _ records: [RatedRecord], _ order: ArraySlice<Int>, bookedAt: Instant
    ) throws(LedgerError) -> PostReceipt {
        do throws(LedgerError) {
            return try ingest(records, order, bookedAt: bookedAt)
        } catch {
            guard case .postgres(let cause) = error, cause.remedy == .data else { throw error }
            guard order.count > 1 else {
                return try postAlone(records[order[order.startIndex]], bookedAt: bookedAt, cause: cause)
            }
            let middle = order.startIndex + order.count / 2
            var receipt = try post(records, order[..<middle], bookedAt: bookedAt)
            receipt += try post(records, order[middle...], bookedAt: bookedAt)
            return receipt
        }
    }

    /// A record that was refused gets one more chance without what PostgreSQL cannot store: better a
    /// shortened name in the books than an amount outside them.
    private func postAlone(
        _ rated: RatedRecord, bookedAt: Instant, cause: PostgresError
    ) throws(LedgerError) -> PostReceipt {
        let storable = rated.storable
        var reason = cause.message
        if storable != rated {
            do throws(LedgerError) {
                return try ingest([storable], [0], bookedAt: bookedAt)
            } catch {
                guard case .postgres(let cause) = error, cause.remedy == .data else { throw error }
                reason = cause.message
            }
        }
        var receipt = PostReceipt()
        receipt.quarantined = [PostReceipt.Quarantined(key: rated.key, reason: reason)]
        return receipt
    }

    private func ingest(
        _ records: [RatedRecord], _ order: ArraySlice<Int>, bookedAt: Instant
    ) throws(LedgerError) -> PostReceipt {
        let months = Self.months(records, order)
        try ensurePartitions(months)
        let labels = try currentRollupLabels(at: bookedAt)
        batch.removeAll()
        // Records are large: they are read where they lie, never copied.
        records.withUnsafeBufferPointer { records in
            for index in order { batch.append(records[index], rollupLabels: labels) }
        }
        let parameters = batch.parameters(bookedAt: bookedAt)
        var keys = SettlementKeys()
        for index in order { keys.append(records[index].key) }
        var receipt = PostReceipt()
        do throws(LedgerError) {
            receipt.inserted = try ingest(parameters, keys, of: order.count)
        } catch .postgres(.refused(.noPartition, _, _)) where !readyMonths.isEmpty {
            // Somebody detached a month since; make sure once more and try once more.
            readyMonths = []
            try ensurePartitions(months)
            receipt.inserted = try ingest(parameters, keys, of: order.count)
        }
        if receipt.inserted < order.count {
            receipt.conflicts = try count(
                Self.conflictSQL, batch.conflictParameters(seenAt: bookedAt),
                of: order.count - receipt.inserted)
            receipt.duplicates = order.count - receipt.inserted - receipt.conflicts
        }
        return receipt
    }

    private func ingest(
        _ parameters: Parameters, _ keys: SettlementKeys, of limit: Int
    ) throws(LedgerError) -> Int {
        try booking(Self.ingestSQL, parameters, of: keys) { answer throws(PostgresError) in
            try answer.onlyCount(of: limit)
        }
    }

    private func count(_ sql: SQLText, _ parameters: Parameters, of limit: Int) throws(LedgerError) -> Int {
        try inOneTrip(sql, parameters) { answer throws(PostgresError) in try answer.onlyCount(of: limit) }
    }
}

extension Answer {
    /// The one number of an answer that says how many of `limit` records something holds for.
    fileprivate func onlyCount(of limit: Int) throws(PostgresError) -> Int {
        let count = try withRow(0) { row throws(PostgresError) in Int(try row.integer()) }
        guard (0...limit).contains(count) else { throw .unexpected("\(count) of \(limit) records") }
        return count
    }
}

/// The positions of records in the order of their keys, each key once. All sidecars lock rows in this
/// order.
private struct PostingOrder {
    private(set) var order: [Int] = []
    /// How often a record came again with the same facts.
    private(set) var duplicates = 0
    /// What contradicts the first of its key; it has to wait until that is in the ledger.
    private(set) var contradicting: [Int] = []

    init(_ records: [RatedRecord], _ positions: [Int]? = nil) {
        let positions = positions ?? Array(records.indices)
        let sorted = positions.map { (key: records[$0].key, position: $0) }
            .sorted { ($0.key, $0.position) < ($1.key, $1.position) }
        order.reserveCapacity(sorted.count)
        for index in sorted.indices {
            let position = sorted[index].position
            if index > 0, sorted[index - 1].key == sorted[index].key, let first = order.last {
                if records[first].record == records[position].record {
                    duplicates += 1
                } else {
                    contradicting.append(position)
                }
            } else {
                order.append(position)
            }
        }
    }
}

extension RatedRecord {
    /// The record without what PostgreSQL's types exclude: texts without NUL and of bounded length
    /// where they are part of a key, and raw usage that is no JSON as a JSON string.
    var storable: RatedRecord {
        var copy = self
        copy.record.attribution.tenant = record.attribution.tenant.storableKey
        copy.record.attribution.user = record.attribution.user.storableKey
        copy.record.attribution.keyID = record.attribution.keyID.storableKey
        copy.record.attribution.labels = record.attribution.labels.map {
            Label(key: $0.key.withoutNUL, value: $0.value.withoutNUL)
        }
        copy.record.upstream = record.upstream.storableKey
        copy.record.operationID = record.operationID.withoutNUL
        copy.record.usage = record.usage.storable
        return copy
    }
}

extension Usage {
    fileprivate var storable: Usage {
        var copy = self
        copy.provider = provider.storableKey
        copy.model = model?.storableKey
        copy.modelRequested = modelRequested?.storableKey
        copy.responseID = responseID?.withoutNUL
        copy.providerRequestID = providerRequestID?.withoutNUL
        copy.finishReason = finishReason?.withoutNUL
        copy.serviceTier = serviceTier?.withoutNUL
        copy.providerCostUSD = providerCostUSD?.withoutNUL
        copy.components = components.map { component in
            var copy = component
            copy.model = component.model?.storableKey
            return copy
        }
        if let rawUsage {
            var writer = JSONWriter()
            writer.string(rawUsage.withoutNUL)
            copy.rawUsage = writer.text
        }
        return copy
    }
}

extension String {
    var withoutNUL: String {
        utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
    }

    var storableKey: String {
        let text = withoutNUL
        guard text.utf8.count > LedgerLimits.keyTextBytes else { return text }
        var kept = String(text.prefix(LedgerLimits.keyTextBytes))
        while kept.utf8.count > LedgerLimits.keyTextBytes { kept.removeLast() }
        return kept + "…"
    }
}
