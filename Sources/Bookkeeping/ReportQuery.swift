// What a report may be asked: by which dimensions, over which period, under which filter. A query is
// a value; the ledger in PostgreSQL and the one in memory answer the same query with the same rows.
public import Terms

/// What a report groups by.
public enum Dimension: Hashable, Sendable {
    case tenant, user, key, model, provider, upstream, meter
    /// The value of one label; exchanges without it stand under the empty value.
    case label(String)
    /// Calendar units in the report's time zone.
    case day, week, month

    private static let plain: [(name: String, dimension: Dimension)] = [
        ("tenant", .tenant), ("user", .user), ("key", .key), ("model", .model), ("provider", .provider),
        ("upstream", .upstream), ("meter", .meter), ("day", .day), ("week", .week), ("month", .month),
    ]

    /// Every spelling that ``init(_:)`` reads, for help and completions.
    public static let names = plain.map(\.name) + ["label:NAME"]

    /// Reads `tenant`, `label:team` and so on.
    public init?(_ text: some StringProtocol) {
        if text.hasPrefix("label:") {
            let name = text.dropFirst(6)
            guard !name.isEmpty else { return nil }
            self = .label(String(name))
        } else if let known = Self.plain.first(where: { $0.name == text }) {
            self = known.dimension
        } else {
            return nil
        }
    }

    /// The column's name in every format.
    public var name: String {
        if case .label(let name) = self { return "label:\(name)" }
        return Self.plain.first { $0.dimension == self }?.name ?? ""
    }

    /// Calendar units are listed in their own order, everything else by what it cost.
    public var calendarUnit: CalendarUnit? {
        switch self {
        case .day: .day
        case .week: .week
        case .month: .month
        default: nil
        }
    }
}

/// Which exchanges take part. A field that is nil does not restrict.
public struct ReportFilter: Hashable, Sendable {
    public var tenant: String?
    public var user: String?
    public var key: String?
    /// The model that answered, see ``UsageRecord/reportedModel``; of an entry, its component's model.
    public var model: String?
    public var provider: String?
    public var upstream: String?
    /// All must be there with these values.
    public var labels: [Label] = []

    public init() {}
}

/// To which month an amount belongs.
public enum Basis: String, CaseIterable, Hashable, Sendable {
    /// To the time at which the usage occurred, whenever it became known.
    case occurred
    /// The same, except that what became known after its month was closed belongs to the time at which it was
    /// booked: what the statements of the months say.
    case booked
    /// Only what its own month took: neither what was carried out of it nor what was carried into it.
    case own
}

/// A question to the ledger.
public struct ReportQuery: Hashable, Sendable {
    /// In the order of the columns; each once.
    public var by: [Dimension]
    public var period: Period
    /// Where days, weeks and months begin.
    public var zone: TimeZoneRules
    /// By whose amounts the rows are ordered.
    public var book: Book
    public var filter: ReportFilter
    /// Only what was booked up to this instant, corrections included; nil for all.
    public var knownAt: Instant?
    /// By what time amounts belong to the period. ``knownAt`` goes with ``Basis/occurred`` only.
    public var basis = Basis.occurred

    public init(
        by: [Dimension], period: Period, zone: TimeZoneRules = .utc, book: Book = .contracted,
        filter: ReportFilter = ReportFilter()
    ) {
        self.by = by
        self.period = period
        self.zone = zone
        self.book = book
        self.filter = filter
    }
}

/// Which records to list; they come in the order of time, then id.
public struct RecordFilter: Hashable, Sendable {
    public var id: RecordID?
    public var tenant: String?
    public var user: String?
    public var key: String?
    /// The model that answered or, where none did, that was asked for.
    public var model: String?
    public var upstream: String?
    public var labels: [Label] = []
    public var completeness: Completeness?
    /// Half-open bounds of the start of the exchange.
    public var since: Instant?
    public var until: Instant?
    /// At most so many; nil is all.
    public var limit: Int?

    public init() {}

    /// Whether a record passes, the limit apart.
    public func admits(_ record: UsageRecord) -> Bool {
        if let id, record.id != id { return false }
        if let tenant, record.attribution.tenant != tenant { return false }
        if let user, record.attribution.user != user { return false }
        if let key, record.attribution.keyID != key { return false }
        if let model, record.reportedModel != model { return false }
        if let upstream, record.upstream != upstream { return false }
        if let completeness, record.usage.completeness != completeness { return false }
        if let since, record.occurredAt < since { return false }
        if let until, record.occurredAt >= until { return false }
        return labels.allSatisfy(record.attribution.labels.contains)
    }
}
