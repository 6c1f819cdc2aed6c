// Closed months: what occurred in one and becomes known later is carried. It keeps its time, names the
// closed month, and is booked in the month that is open when it comes. So a statement that was signed
// never changes, and the correction is found where the next statement lists it.
public import Terms

/// The life of a tenant's month.
public enum PeriodState: String, CaseIterable, Hashable, Sendable {
    /// Takes usage.
    case open
    /// Over, and within its grace: still takes what comes late.
    case closing
    /// Sealed: takes nothing any more.
    case closed
}

/// A month of one tenant that was closed.
public struct ClosedMonth: Hashable, Sendable {
    /// Empty: of everybody who has no month of that name of their own.
    public let tenant: String
    /// `2026-10`.
    public let month: String
    /// Half-open, cut at midnight of the tenant's zone.
    public let since: Instant
    public let until: Instant

    public init(tenant: String, month: String, since: Instant, until: Instant) {
        self.tenant = tenant
        self.month = month
        self.since = since
        self.until = until
    }
}

/// Where a booking belongs.
public struct Placement: Hashable, Sendable {
    public var bookedAt: Instant
    /// The closed month in which it occurred; nil where its own month takes it.
    public var carriedFrom: String?
    /// The month that carries it, `2026-11`, in UTC.
    public var period: String
}

extension Sequence<ClosedMonth> {
    /// Where something of a tenant is booked that the ledger learns now.
    ///
    /// What is carried is booked after the last closed month, even by a clock that is behind.
    public func place(_ tenant: String, occurredAt: Instant, now: Instant) -> Placement {
        let own = Set(self.lazy.filter { $0.tenant == tenant }.map(\.month))
        let relevant = filter {
            $0.until > occurredAt
                && ($0.tenant == tenant || ($0.tenant.isEmpty && !own.contains($0.month)))
        }
        let month = relevant.filter { $0.since <= occurredAt }.map(\.month).min()
        guard let month else {
            return Placement(bookedAt: now, carriedFrom: nil, period: occurredAt.date.isoMonth)
        }
        let bookedAt = Swift.max(now, relevant.map(\.until).max() ?? now)
        let next = relevant.compactMap { CivilDate("\($0.month)-01")?.firstOfMonth(adding: 1).isoMonth }.max()
        return Placement(
            bookedAt: bookedAt, carriedFrom: month, period: Swift.max(bookedAt.date.isoMonth, next ?? ""))
    }
}
