// Whose spend an exchange is: the first source that states a field wins, field by field. A tenant decides
// who pays, so it is taken from a caller's words only when the caller is trusted; user and labels are taken
// from anyone, because they divide a bill and do not move it.
public import Terms

/// What one source says about an exchange; `nil` and empty are "says nothing".
public struct AttributionClaim: Hashable, Sendable {
    public var tenant: String?
    public var user: String?
    public var labels: [Label]

    public init(tenant: String? = nil, user: String? = nil, labels: [Label] = []) {
        self.tenant = tenant
        self.user = user
        self.labels = labels
    }
}

/// The configured part of attribution.
public struct AttributionRules: Hashable, Sendable {
    /// Refuse what nothing attributes, instead of booking it to `unattributed`.
    public var requireTenant: Bool
    /// The listener's own tenant, for callers that state none.
    public var defaultTenant: String?
    /// Which source is asked first, field by field.
    public var order = AttributionOrder()

    /// UTF-8 bytes of a tenant or user name, and of a label's value.
    public static let valueLimit = 256
    /// UTF-8 bytes of a label's key.
    public static let labelKeyLimit = 64
    /// Labels of one record; further ones are not kept.
    public static let labelLimit = 16

    public init(requireTenant: Bool = false, defaultTenant: String? = nil) {
        self.requireTenant = requireTenant
        self.defaultTenant = defaultTenant
    }

    /// Cuts a name to ``valueLimit`` bytes at a character's end and drops control characters.
    ///
    /// - Returns: nil when nothing is left.
    public static func name(_ text: String, limit: Int = valueLimit) -> String? {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars where scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)
        {
            bytes += UTF8.width(scalar)
            guard bytes <= limit else { break }
            kept.append(scalar)
        }
        return kept.isEmpty ? nil : String(kept)
    }
}
