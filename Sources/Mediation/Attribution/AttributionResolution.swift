// Whose spend a call is, out of everything that says so. What a key or a token proves cannot be
// contradicted: a header or body that names another tenant is refused, because somebody would pay for what
// is not theirs. Where nothing is proven, callers that are trusted may say who pays, in the configured
// order.
public import Terms

/// What states a field besides a key, whose word comes before every other.
public enum AttributionSource: String, CaseIterable, Hashable, Sendable {
    /// A signed token.
    case token
    /// `X-Tollbook-*`.
    case header
    /// Fields of the request's body.
    case body
    /// Configured rules over paths and headers.
    case rule
}

/// Which source wins, field by field; a source that is not listed is not asked.
public struct AttributionOrder: Hashable, Sendable {
    /// Of the sources that need no proof; a token's tenant is proven and stands before them.
    public var tenant: [AttributionSource] = [.header, .body]
    public var user: [AttributionSource] = [.token, .header, .body, .rule]
    public var labels: [AttributionSource] = [.token, .header, .body, .rule]
    public init() {}
}

/// Everything that was said about a call.
public struct AttributionClaims: Hashable, Sendable {
    /// By a gateway key: proven.
    public var key: AttributionClaim?
    /// By a signed token: proven.
    public var token: AttributionClaim?
    public var header: AttributionClaim
    public var body: AttributionClaim
    public var rule: AttributionClaim?

    public init(
        key: AttributionClaim? = nil, token: AttributionClaim? = nil,
        header: AttributionClaim = AttributionClaim(), body: AttributionClaim = AttributionClaim(),
        rule: AttributionClaim? = nil
    ) {
        self.key = key
        self.token = token
        self.header = header
        self.body = body
        self.rule = rule
    }

    fileprivate subscript(source: AttributionSource) -> AttributionClaim? {
        switch source {
        case .token: token
        case .header: header
        case .body: body
        case .rule: rule
        }
    }
}

/// Why a call has no attribution.
public enum AttributionRefusal: Error, Hashable, Sendable {
    /// A tenant is required and nothing that may state one does.
    case noTenant
    /// A source names another tenant than the one that is proven.
    case otherTenant(source: String, stated: String, proven: String)
}

extension AttributionRules {
    /// Joins what was said into one attribution.
    ///
    /// - Parameter trusted: the caller may say who pays (`attribution.trust_headers`).
    public func resolve(
        _ claims: AttributionClaims, trusted: Bool, keyID: String = ""
    ) throws(AttributionRefusal) -> Attribution {
        var attribution = Attribution()
        attribution.keyID = keyID
        if let tenant = try tenant(claims, trusted: trusted) {
            attribution.tenant = tenant
        } else if requireTenant {
            throw .noTenant
        }
        attribution.user = claims.key?.user ?? user(claims) ?? ""
        attribution.labels = labels(claims)
        return attribution
    }

    /// The same where nothing is proven and no rule speaks.
    ///
    /// - Returns: nil when a tenant is required and nothing that may state one does.
    public func resolve(
        headers: AttributionClaim, body: AttributionClaim, trusted: Bool, keyID: String = ""
    ) -> Attribution? {
        try? resolve(AttributionClaims(header: headers, body: body), trusted: trusted, keyID: keyID)
    }

    private func tenant(
        _ claims: AttributionClaims, trusted: Bool
    ) throws(AttributionRefusal) -> String? {
        if let proven = claims.key?.tenant ?? claims.token?.tenant {
            let others = [
                ("token", claims.token), ("header", claims.header), ("body", claims.body),
            ]
            for (source, claim) in others {
                if let stated = claim?.tenant, stated != proven {
                    throw .otherTenant(source: source, stated: stated, proven: proven)
                }
            }
            return proven
        }
        if trusted {
            for source in order.tenant where source != .rule {
                if let tenant = claims[source]?.tenant { return tenant }
            }
        }
        return defaultTenant
    }

    private func user(_ claims: AttributionClaims) -> String? {
        for source in order.user {
            if let user = claims[source]?.user { return user }
        }
        return nil
    }

    /// Ascending by key; of a key that comes twice the first value stays.
    private func labels(_ claims: AttributionClaims) -> [Label] {
        var kept = claims.key?.labels ?? []
        for source in order.labels {
            guard let labels = claims[source]?.labels, !labels.isEmpty else { continue }
            for label in labels where kept.count < Self.labelLimit {
                if !kept.contains(where: { $0.key == label.key }) { kept.append(label) }
            }
        }
        return kept.count > 1 ? kept.sorted() : kept
    }
}
