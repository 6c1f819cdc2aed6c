// The statement of a month: what a tenant owes and why, or, without a tenant, what everybody spent. It is a
// pure function of the ledger's answers and of a few stated facts, so that two runs on the same books give
// the same bytes.
public import Terms

/// What a statement is asked for, and what is known beside the ledger's answers.
public struct StatementQuestion: Hashable, Sendable {
    /// nil: all tenants, the monthly report.
    public var tenant: String?
    /// `2026-10`.
    public var month: String
    /// The month in the tenant's zone.
    public var period: Period
    public var zone: TimeZoneRules
    public var state = PeriodState.open
    public var costCenters: [String: String] = [:]
    /// Versions of the price books that were in force in the month, in the order in which they came.
    public var priceBooks: [String] = []
    /// Ascending by name.
    public var budgets: [StatementBudget] = []
    /// Names of gateway keys by their ids.
    public var keyNames: [String: String] = [:]
    /// Labels by which the ledger keeps sums apart, such as `team`; ascending.
    public var labels: [String] = []
    /// The newest seal of the tenant's books, or of everybody's; nil while nothing is sealed.
    public var seal: StatementSeal?
    /// For months that are not over: how far they are, and what is expected.
    public var now: Instant

    public init(tenant: String?, month: String, period: Period, zone: TimeZoneRules, now: Instant) {
        self.tenant = tenant
        self.month = month
        self.period = period
        self.zone = zone
        self.now = now
    }

    /// Whose amounts the statement is about: what a tenant pays.
    public static let book = Book.chargeback

    /// The month before, in the same zone; nil at the beginning of the calendar.
    public var previous: (month: String, period: Period)? {
        guard let first = CivilDate("\(month)-01"), first.year > 1 else { return nil }
        let name = first.firstOfMonth(adding: -1).isoMonth
        return Period(month: name, zone: zone).map { (name, $0) }
    }

    /// Whether the month has begun and is not over.
    public var isRunning: Bool { period.contains(now) }
}

/// The head of a chain of seals over what was booked until a day.
public struct StatementSeal: Hashable, Sendable {
    public let number: Int64
    public let day: CivilDate
    /// Hexadecimal.
    public let mac: String

    public init(number: Int64, day: CivilDate, mac: String) {
        self.number = number
        self.day = day
        self.mac = mac
    }
}

/// A tenant's own costs and its share of what is shared.
public struct TenantShare: Hashable, Sendable {
    public let tenant: String
    public let costCenter: String?
    public let currency: Currency
    /// What the tenant's month comes to by itself.
    public let own: Money
    /// The part of what is shared that it bears, between 0 and 1, to twelve decimals. The parts of one
    /// currency add up to 1 exactly; all are 0 where there is nobody to share with.
    public let ratio: Money
    /// Its part of the shared costs; for the shared tenant, what is shared out, taken off.
    public let share: Money
    public var total: Money { own + share }
}

/// An amount that was booked by hand in the month.
public struct StatementAdjustment: Hashable, Sendable {
    public let record: RecordID
    public let occurredAt: Instant
    public let tenant: String
    public let user: String
    public let reason: String
    public let currency: Currency
    public let amounts: Cost
}

/// A month's statement.
public struct Statement: Hashable, Sendable {
    public let question: StatementQuestion
    /// By tenant (in the monthly report), user, provider and model: what the month itself took.
    public let lines: Report
    /// The same by meter: the quantities of the lines.
    public let meters: Report
    /// The whole month by day and model, for the eye.
    public let days: Report
    /// By key: what the month itself took.
    public let keys: Report
    /// By each of the question's labels: what the month itself took.
    public let labels: [Report]
    /// Requests that did not end well, and what their records note.
    public let incidents: Incidents
    /// Each budget with what was used of it.
    public let budgets: [BudgetLine]
    /// How fast the month is spent, per currency; of whole days only.
    public let burnRates: [BurnRate]
    public let byHand: [StatementAdjustment]
    /// What the month carries for closed months before it; a part of the total.
    public let earlier: [CarriedSum]
    /// Per currency: lines, adjustments and what is carried.
    public let totals: [ReportRow]
    /// The month before, as a whole, by currency.
    public let previousTotals: [ReportRow]
    /// The month before, up to the same time after its beginning; only for a running month.
    public let previousSoFar: [ReportRow]
    public let comparison: SpendComparison
    /// Models that this month has and the one before had not.
    public let newModels: [String]
    /// All tenants in the monthly report, else the tenant alone.
    public let shares: [TenantShare]
    /// What nothing attributes, of the whole ledger, by currency; never empty.
    public let unallocated: [ReportRow]
    public let forecasts: [Forecast]
    /// SHA-256 of the ledger's answers that went into it.
    public let inputDigest: String

    /// Names the method of sharing in exports.
    public static let sharingMethodID = "proportional-to-own-chargeback"
    /// How the shared costs are shared out.
    public static let sharingMethod =
        "proportional to each tenant's own chargeback amount, tenants 'shared' and 'unattributed' left out"

    /// What the tenant pays: the total and its share of what is shared. Per currency.
    public func due(_ currency: Currency) -> Money {
        let own = totals.first { $0.currency == currency }?.figures.cost[StatementQuestion.book] ?? .zero
        return own + share(currency)
    }

    /// The tenant's share of what is shared; nothing in the report of all tenants.
    public func share(_ currency: Currency) -> Money {
        guard question.tenant != nil else { return .zero }
        return shares.first { $0.currency == currency }?.share ?? .zero
    }
}
