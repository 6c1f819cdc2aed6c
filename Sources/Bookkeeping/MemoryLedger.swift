// The ledger as a fold over a dictionary: the specification that the one in PostgreSQL is tested
// against. It keeps whole records and sums them anew for every question, so that there is nothing in
// it that could be stale.
public import Rating
public import Terms

public struct MemoryLedger: Sendable {
    private var posted: [RecordKey: Posted] = [:]
    private var sequences: [String: Set<Int64>] = [:]

    /// Who is charged for what is charged for once.
    private var owners: [Settlement: RecordKey] = [:]

    private struct Settlement: Hashable {
        let upstream: String
        let name: String
    }

    private var closedMonths: [ClosedMonth] = []

    fileprivate struct Posted {
        let rated: RatedRecord
        let place: Placement
        var bookedAt: Instant { place.bookedAt }
        var entries: [Entry]
        /// When each of the corrections behind the first entries was booked, with how many entries.
        var corrections: [(place: Placement, count: Int)] = []

        /// As it was known at an instant, nil when it was not.
        func known(at instant: Instant?) -> Posted? {
            guard let instant else { return self }
            guard bookedAt <= instant else { return nil }
            var copy = self
            for correction in corrections.reversed() where correction.place.bookedAt > instant {
                copy.entries.removeLast(correction.count)
            }
            return copy
        }
    }

    public init() {}

    /// Books what is new. The same record again changes nothing; the same key with other facts is a
    /// conflict, and the first stays.
    public mutating func post(_ batch: [RatedRecord], bookedAt: Instant) -> PostReceipt {
        var receipt = PostReceipt()
        for rated in batch.sorted(by: { $0.key < $1.key }) {
            guard let name = rated.record.settlement else { continue }
            let settlement = Settlement(upstream: rated.record.upstream, name: name)
            owners[settlement] = owners[settlement] ?? rated.key
        }
        for var rated in batch {
            if let name = rated.record.settlement,
                owners[Settlement(upstream: rated.record.upstream, name: name)] != rated.key
            {
                rated.becomeReplay()
            }
            sequences[rated.record.instance, default: []].insert(rated.record.sequence)
            if let known = posted[rated.key] {
                if known.rated.record == rated.record {
                    receipt.duplicates += 1
                } else {
                    receipt.conflicts += 1
                }
                continue
            }
            let place = closedMonths.place(
                rated.key.tenant, occurredAt: rated.key.occurredAt, now: bookedAt)
            posted[rated.key] = Posted(
                rated: rated, place: place, entries: rated.entries)
            receipt.inserted += 1
        }
        return receipt
    }

    /// Closes a month: what occurred in it and comes later is carried.
    public mutating func close(_ month: ClosedMonth) { closedMonths.append(month) }

    /// Books what another rating changes.
    ///
    /// - Returns: the entries that were added; none where nothing differs, or for a record that is not here.
    public mutating func correct(_ key: RecordKey, to rated: Rated, bookedAt: Instant) -> [Entry] {
        guard let known = posted[key] else { return [] }
        let stored = StoredRecord(
            record: known.rated.record, bookedAt: known.bookedAt, entries: known.entries)
        let corrections = stored.corrections(to: rated)
        posted[key]?.entries += corrections
        let place = closedMonths.place(key.tenant, occurredAt: key.occurredAt, now: bookedAt)
        posted[key]?.corrections.append((place, corrections.count))
        return corrections
    }

    /// Records in the order of time, then id.
    public func records(_ filter: RecordFilter) -> [StoredRecord] {
        let all = posted.values.filter { filter.admits($0.rated.record) }
            .sorted {
                ($0.rated.key.occurredAt, $0.rated.key.id, $0.rated.key.tenant)
                    < ($1.rated.key.occurredAt, $1.rated.key.id, $1.rated.key.tenant)
            }
            .map { posted in
                var stored = StoredRecord(
                    record: posted.rated.record, bookedAt: posted.bookedAt, entries: posted.entries)
                stored.carriedFrom = posted.place.carriedFrom
                stored.period = posted.place.period
                stored.carried = posted.carried
                return stored
            }
        return filter.limit.map { Array(all.prefix($0)) } ?? all
    }

    /// - Returns: nil when the period has more units than ``CalendarCuts/limit``.
    public func report(_ query: ReportQuery) -> Report? {
        var cuts: CalendarCuts?
        if let unit = query.finestUnit {
            cuts = CalendarCuts(query.period, by: unit, zone: query.zone)
            if cuts == nil { return nil }
        }
        var sums: [GroupSums] = []
        for posted in posted.values {
            guard let posted = posted.known(at: query.knownAt) else { continue }
            for (at, part) in posted.parts(by: query.basis) where query.period.contains(at) {
                sums += Self.cells(part, query, unit: cuts?.index(of: at) ?? 0)
            }
        }
        var footer = CompletenessFooter()
        footer.gaps = sequences.values.reduce(0) { $0 + ($1.max() ?? 0) - Int64($1.count) }
        return Report(query: query, sums: sums, cuts: cuts, footer: footer)
    }

    /// What a period's records booked themselves: neither carried out of it nor into it.
    func own(in period: Period) -> [(UsageRecord, [Entry])] {
        var found: [(UsageRecord, [Entry])] = []
        for posted in posted.values {
            let parts = posted.parts(by: .own).filter { period.contains($0.0) }.map(\.1)
            // A correction of what was carried is not the record's own.
            guard parts.contains(where: \.isExchange) else { continue }
            found.append((posted.rated.record, parts.flatMap(\.entries)))
        }
        return found
    }

    /// What was carried into a period out of closed months, one per record and booking.
    public func carried(into period: Period, tenant: String?) -> [CarriedSum] {
        var sums: [CarriedSum] = []
        for posted in posted.values where tenant.map({ $0 == posted.rated.key.tenant }) ?? true {
            var next = posted.entries.count - posted.corrections.reduce(0) { $0 + $1.count }
            func add(_ place: Placement, _ entries: ArraySlice<Entry>, isExchange: Bool) {
                guard let from = place.carriedFrom, period.contains(place.bookedAt) else { return }
                sums += CarriedSum.sums(of: entries, posted.rated.record, from: from, isExchange: isExchange)
            }
            add(posted.place, posted.entries[..<next], isExchange: true)
            for (place, count) in posted.corrections where count > 0 {
                add(place, posted.entries[next..<next + count], isExchange: false)
                next += count
            }
        }
        return CarriedSum.merged(sums)
    }

    /// What a part of a record adds to a report: the exchange itself, and each entry under its own model.
    private static func cells(_ part: Part, _ query: ReportQuery, unit: Int) -> [GroupSums] {
        let posted = part.of
        let record = posted.rated.record
        guard query.filter.admits(record.attribution, record) else { return [] }
        var cells: [GroupSums] = []
        if query.filter.model.map({ $0 == record.reportedModel }) ?? true {
            let keys = query.keys(of: record, model: record.reportedModel, meter: .request)
            var exchange = GroupSums(keys: keys, unit: unit, currency: posted.rated.currency)
            exchange.unpricedRequests = part.unpriced
            if part.unpriced > 0 { exchange.unpricedSince = record.occurredAt.startOfBucket }
            if part.isExchange {
                exchange.requests = record.isAdjustment ? 0 : 1
                exchange.estimatedRequests = record.usage.status == .estimated ? 1 : 0
                exchange.openRequests = record.usage.completeness == .open ? 1 : 0
                let lateAt = record.occurredAt.advanced(bySeconds: Posting.lateAfterSeconds)
                exchange.lateRequests = posted.bookedAt > lateAt ? 1 : 0
            }
            cells.append(exchange)
        }
        for entry in part.entries where query.filter.model.map({ $0 == entry.model }) ?? true {
            let keys = query.keys(of: record, model: entry.model, meter: entry.meter)
            cells.append(GroupSums(keys: keys, unit: unit, entry: entry))
        }
        return cells
    }

    /// A stretch of a record's entries that belongs to one time.
    fileprivate struct Part {
        let of: Posted
        /// The exchange itself is counted with its first entries.
        var isExchange: Bool
        var entries: [Entry]
        /// By how much these entries change whether the exchange counts as unpriced.
        var unpriced: Int64
    }
}

extension MemoryLedger.Posted {
    /// Where entries were booked that came after their month was closed, by their number.
    fileprivate var carried: [Int: CarriedEntry] {
        var found: [Int: CarriedEntry] = [:]
        var next = entries.count - corrections.reduce(0) { $0 + $1.count }
        func add(_ place: Placement, _ entries: ArraySlice<Entry>) {
            guard let from = place.carriedFrom else { return }
            for entry in entries { found[entry.number] = CarriedEntry(from: from, period: place.period) }
        }
        add(place, entries[..<next])
        for (place, count) in corrections {
            add(place, entries[next..<next + count])
            next += count
        }
        return found
    }

    /// The record cut into what belongs to its own time and what is carried to another.
    fileprivate func parts(by basis: Basis) -> [(Instant, MemoryLedger.Part)] {
        let occurredAt = rated.record.occurredAt
        func part(_ entries: ArraySlice<Entry>, isExchange: Bool) -> MemoryLedger.Part {
            let before = self.entries[..<entries.startIndex].unpricedReadings > 0
            let after = self.entries[..<entries.endIndex].unpricedReadings > 0
            return MemoryLedger.Part(
                of: self, isExchange: isExchange, entries: Array(entries),
                unpriced: (after ? 1 : 0) - (before ? 1 : 0))
        }
        guard basis != .occurred else { return [(occurredAt, part(entries[...], isExchange: true))] }
        var next = entries.count - corrections.reduce(0) { $0 + $1.count }
        var parts: [(Instant, MemoryLedger.Part)] = []
        func add(_ place: Placement, _ entries: ArraySlice<Entry>, isExchange: Bool) {
            if place.carriedFrom == nil {
                parts.append((occurredAt, part(entries, isExchange: isExchange)))
            } else if basis == .booked {
                parts.append((place.bookedAt, part(entries, isExchange: isExchange)))
            }
        }
        add(place, entries[..<next], isExchange: true)
        for (place, count) in corrections where count > 0 {
            add(place, entries[next..<next + count], isExchange: false)
            next += count
        }
        return parts
    }
}

extension Instant {
    /// The quarter of an hour that the ledger rolls this instant up into.
    fileprivate var startOfBucket: Instant {
        let size = Posting.bucketSeconds * 1_000_000
        let rest = microseconds % size
        return Instant(microseconds: microseconds - (rest < 0 ? rest + size : rest))
    }
}

extension GroupSums {
    init(keys: [String], unit: Int, entry: Entry) {
        self.init(keys: keys, unit: unit, currency: entry.currency)
        if entry.book == .list {
            quantity = entry.quantity
            if entry.meter.isInputTokens { input = quantity }
            if entry.meter.isCacheRead { cacheRead = quantity }
            if entry.meter.isCacheWrite { cacheWrite = quantity }
            if entry.meter.isOutputTokens { output = quantity }
            if entry.meter.isReasoning { reasoning = quantity }
            unpricedReadings = Int64([entry].unpricedReadings)
        }
        // What is free has no amount of its own; the row as a whole then costs nothing.
        guard entry.kind != .free, let amount = entry.amount else { return }
        for book in Book.allCases where entry.counts(in: book) { amounts[book] = amount }
    }
}

extension ReportFilter {
    /// Everything but the model, which an entry may have of its own.
    func admits(_ attribution: Attribution, _ record: UsageRecord) -> Bool {
        if let tenant, attribution.tenant != tenant { return false }
        if let user, attribution.user != user { return false }
        if let key, attribution.keyID != key { return false }
        if let provider, record.usage.provider != provider { return false }
        if let upstream, record.upstream != upstream { return false }
        return labels.allSatisfy(attribution.labels.contains)
    }
}

extension ReportQuery {
    func keys(of record: UsageRecord, model: String, meter: Meter) -> [String] {
        by.map { dimension in
            switch dimension {
            case .tenant: record.attribution.tenant
            case .user: record.attribution.user
            case .key: record.attribution.keyID
            case .model: model
            case .provider: record.usage.provider
            case .upstream: record.upstream
            case .meter: meter.rawValue
            case .label(let name): record.attribution.labels.first { $0.key == name }?.value ?? ""
            case .day, .week, .month: ""
            }
        }
    }
}
