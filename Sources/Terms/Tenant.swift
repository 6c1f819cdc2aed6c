/// Who is accountable for spend, with what its statements need to know.
///
/// Spend can be booked to a tenant that nobody registered; a registered one has a currency and a zone of its
/// own, and can be archived.
public struct Tenant: Hashable, Sendable {
    public var name: String
    /// ISO 4217 code, for statements.
    public var currency: String
    /// IANA name of the zone in which its days and months begin.
    public var timezone: String
    /// Empty for none.
    public var costCenter: String
    public var createdAt: Instant
    /// From then on nothing is spent for it; `nil` while it is active.
    public var archivedAt: Instant?

    public init(
        name: String, currency: String = "USD", timezone: String = "UTC", costCenter: String = "",
        createdAt: Instant, archivedAt: Instant? = nil
    ) {
        self.name = name
        self.currency = currency
        self.timezone = timezone
        self.costCenter = costCenter
        self.createdAt = createdAt
        self.archivedAt = archivedAt
    }
}
