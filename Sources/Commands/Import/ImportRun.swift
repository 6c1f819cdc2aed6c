// The work of one import: rows become records, records are rated and posted in batches; what the ledger knows
// already is left alone. Memory is flat: one batch.
import Bookkeeping
import LedgerStore
import Rating
import Reporting
import Terms

struct ImportRun {
    private let source: ImportSource
    private let tenant: String
    private let upstream: String
    private let instance: String
    private let book: PriceBook
    /// Nil books nothing.
    private let ledger: LedgerStore?
    private let now: Instant
    private var rejected: RejectedLines
    private var batch: [(line: Int64, record: ImportedRecord)] = []
    private var sequence: Int64 = 0
    private var rows: Int64 = 0
    private var inserted: Int64 = 0
    private var known: Int64 = 0
    private var unpriced: Int64 = 0
    private(set) var rejectedCount: Int64 = 0
    /// The first few, each with its line.
    private(set) var rejectedWords: [String] = []
    private static let toldRows = 5

    init(
        source: ImportSource, tenant: String, upstream: String, instance: String, book: PriceBook,
        ledger: LedgerStore?, now: Instant, rejected: RejectedLines
    ) {
        self.source = source
        self.tenant = tenant
        self.upstream = upstream
        self.instance = instance
        self.book = book
        self.ledger = ledger
        self.now = now
        self.rejected = rejected
    }

    mutating func take(_ line: ImportLine) throws(LedgerError) {
        rows += 1
        do throws(ImportProblem) {
            batch.append((line.number, try source.record(try line.document(), tenant: tenant)))
        } catch {
            reject(line.number, error.words, line.content)
            return
        }
        if batch.count >= LedgerLimits.recordsPerBatch { try post() }
    }

    mutating func end() throws(LedgerError) { if !batch.isEmpty { try post() } }

    private mutating func reject(_ line: Int64, _ words: String, _ content: String) {
        rejectedCount += 1
        if rejectedWords.count < Self.toldRows { rejectedWords.append("line \(line): \(words.visible)") }
        if ledger != nil { rejected.keep(line, words, content) }
    }

    private mutating func post() throws(LedgerError) {
        defer { batch.removeAll(keepingCapacity: true) }
        var seen =
            try ledger?.known(
                batch.map {
                    RecordKey(
                        tenant: $0.record.attribution.tenant, occurredAt: $0.record.occurredAt,
                        id: $0.record.id)
                }) ?? []
        var rated: [RatedRecord] = []
        var lines: [RecordKey: Int64] = [:]
        for (line, imported) in batch {
            let record = imported.record(upstream: upstream, instance: instance, sequence: sequence + 1)
            var item = RatedRecord(
                record: record,
                rated: book.rate(
                    record.usage, upstream: record.upstream, tenant: record.attribution.tenant,
                    at: record.occurredAt))
            // A row may stand twice in one batch as well.
            guard seen.insert(item.key).inserted else {
                known += 1
                continue
            }
            sequence += 1
            if record.usage.providerCostUSD != nil { item.record.usage.noteStatedCost(besides: item.rated) }
            if !item.rated.unpriced.isEmpty { unpriced += 1 }
            lines[item.key] = line
            rated.append(item)
        }
        guard let ledger else {
            inserted += Int64(rated.count)
            return
        }
        let receipt = try ledger.post(rated, bookedAt: now)
        inserted += Int64(receipt.inserted)
        known += Int64(receipt.duplicates + receipt.conflicts)
        for refused in receipt.quarantined {
            let id = refused.key.id.text
            reject(lines[refused.key] ?? 0, "the ledger refuses record \(id): \(refused.reason)", id)
        }
    }

    func summary(isDry: Bool) -> String {
        var parts = ["\(counted(inserted, "record")) \(isDry ? "would be booked" : "booked")"]
        if known > 0 { parts.append("\(known.grouped) known already") }
        if unpriced > 0 { parts.append("\(unpriced.grouped) without a price") }
        if rejectedCount > 0 { parts.append("\(rejectedCount.grouped) rejected") }
        return "\(counted(rows, "row")): \(parts.joined(separator: ", "))\n"
    }
}
