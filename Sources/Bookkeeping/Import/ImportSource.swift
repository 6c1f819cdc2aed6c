// Usage that was metered elsewhere, as a record of this ledger: what each source calls its fields, and
// whether its counts include their parts. A record's id follows from the source's own id, so that the same
// row is the same record however often and in whatever file it comes.
import Rating
public import Terms

/// Where rows come from.
public enum ImportSource: String, CaseIterable, Hashable, Sendable {
    /// LiteLLM's table of spend logs: prompt tokens include what was cached, completion tokens reasoning.
    case liteLLM = "litellm-spend-logs"
    /// OpenRouter's generations: native counts, inclusive; the stated cost is what is charged.
    case openRouter = "openrouter"
    /// The fields of `tollbook records --format jsonl`.
    case jsonl
}

/// Why a row is no record.
public struct ImportProblem: Error, Hashable, Sendable {
    public let words: String
    public init(_ words: String) { self.words = words }
}

/// A row as a record, before it has a number in this ledger.
public struct ImportedRecord: Hashable, Sendable {
    public var id: RecordID
    public var operationID: String
    public var attempt = 1
    public var occurredAt: Instant
    /// Nil where the row does not say.
    public var upstream: String?
    public var attribution: Attribution
    public var usage: Usage
    public var timing = UsageRecord.Timing()

    init(source: ImportSource, id: String, occurredAt: Instant) {
        self.id = RecordID(source: source, id: id, at: occurredAt)
        operationID = id
        self.occurredAt = occurredAt
        attribution = Attribution()
        // Nobody yet: a row that names none gets the tenant of the import.
        attribution.tenant = ""
        usage = Usage()
        usage.dialect = "import/\(source.rawValue)"
        usage.httpStatus = 200
        usage.status = .reported
    }

    /// - Parameters:
    ///   - upstream: where the row names none.
    ///   - sequence: counted from 1 within the instance.
    public func record(upstream: String, instance: String, sequence: Int64) -> UsageRecord {
        UsageRecord(
            id: id, operationID: operationID, attempt: attempt, instance: instance, sequence: sequence,
            occurredAt: occurredAt, upstream: self.upstream ?? upstream, attribution: attribution,
            usage: usage, timing: timing)
    }
}

extension RecordID {
    /// A UUID of version 7 whose time is the record's and whose other bits are a hash of where it comes from.
    init(source: ImportSource, id: String, at instant: Instant) {
        var hash = ContentHash()
        hash.update("\(source.rawValue)\n\(id)".utf8)
        let digits = hash.hexadecimal()
        let middle = digits.index(digits.startIndex, offsetBy: 16)
        let end = digits.index(middle, offsetBy: 16)
        self.init(
            at: instant,
            random: (UInt64(digits[..<middle], radix: 16) ?? 0, UInt64(digits[middle..<end], radix: 16) ?? 0))
    }
}

/// Inclusive counts of one call.
struct InclusiveCounts {
    var input: Int64?
    var cacheRead: Int64?
    var cacheWrite: Int64?
    var cacheWrite1h: Int64?
    var output: Int64?
    var reasoning: Int64?

    /// Fills headline and the one component.
    func fill(_ usage: inout Usage, model: String?) {
        usage.tokens.input = input
        usage.tokens.cacheRead = cacheRead
        usage.tokens.cacheWrite = cacheWrite
        usage.tokens.cacheWrite1h = cacheWrite1h
        usage.tokens.output = output
        usage.tokens.reasoning = reasoning
        let read = cacheRead ?? 0
        let written = cacheWrite ?? 0
        let hour = min(cacheWrite1h ?? 0, written)
        var fresh = (input ?? 0) - read - written
        if fresh < 0 {
            usage.note(.cachedExceedsPrompt)
            fresh = 0
        }
        var text = (output ?? 0) - (reasoning ?? 0)
        if text < 0 {
            usage.note(.reasoningExceedsOutput)
            text = 0
        }
        let readings: [(Meter, Int64, Bool)] = [
            (.cacheRead, read, cacheRead != nil), (.cacheWrite, written - hour, written > hour),
            (.cacheWrite1h, hour, hour > 0), (.freshInput, fresh, input != nil),
            (.output, text, output != nil),
            (.reasoning, min(reasoning ?? 0, output ?? 0), reasoning ?? 0 > 0),
        ]
        let stated = readings.filter(\.2).map { MeterReading($0.0, Quantity($0.1)) }
        usage.components = [Component(model: model, readings: stated.sorted { $0.meter < $1.meter })]
        if input == nil, output == nil { usage.status = .absent }
    }
}

/// The fields of a row.
struct ImportFields {
    let row: Document

    /// The text of the first of these fields that is there and not empty.
    func text(_ names: String...) -> String? {
        for name in names { if let text = row[name]?.text, !text.isEmpty { return text } }
        return nil
    }

    func needed(_ names: String...) throws(ImportProblem) -> String {
        for name in names { if let text = row[name]?.text, !text.isEmpty { return text } }
        throw ImportProblem("no \(names.joined(separator: " or "))")
    }

    /// A count: nil when none of the fields is there.
    func count(_ names: String...) throws(ImportProblem) -> Int64? {
        for name in names {
            guard let text = row[name]?.text, !text.isEmpty else { continue }
            guard let count = DecimalText(text)?.fixed(places: 0),
                (0...Int128(TokenCounts.limit)).contains(count)
            else { throw ImportProblem("\(name): '\(text.prefix(40))' is no count") }
            return Int64(count)
        }
        return nil
    }

    /// A time; one without a zone is UTC, as databases write it.
    func instant(_ names: String...) throws(ImportProblem) -> Instant {
        for name in names {
            guard let text = row[name]?.text, !text.isEmpty else { continue }
            let found =
                Instant(rfc3339: text) ?? Instant(rfc3339: text + "Z") ?? Instant(rfc3339: text + ":00")
            guard let found, (1990..<2100).contains(found.date.year) else {
                throw ImportProblem("\(name): '\(text.prefix(40))' is no time")
            }
            return found
        }
        throw ImportProblem("no \(names.joined(separator: " or "))")
    }

    func flag(_ name: String) -> Bool { ["true", "t", "1"].contains((row[name]?.text ?? "").lowercased()) }

    func inner(_ path: String...) -> ImportFields? {
        var document = row
        for name in path {
            guard let next = document[name] else { return nil }
            document = next
        }
        return ImportFields(row: document)
    }
}
