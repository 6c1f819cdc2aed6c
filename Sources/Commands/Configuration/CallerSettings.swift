// What the configuration says about callers: which source names them first, tokens, and rules for labels.
import Mediation

/// How callers are told apart.
public struct CallerSettings: Hashable, Sendable {
    /// Signed tokens.
    public struct Tokens: Hashable, Sendable {
        /// Secret.
        public var secret: String?
        public var keyFile: String?
        public var issuer: String?
        public var audience: String?
        public var leewaySeconds: Int64
        public var tenantClaim: String
        public var userClaim: String
        /// By label.
        public var labelClaims: [String: String]
    }

    public var requiresKey: Bool
    /// nil where nothing was said.
    public var tenantOrder: [String]?
    public var userOrder: [String]?
    public var labelOrder: [String]?
    /// Header fields by label.
    public var labelHeaders: [String: String]
    /// Labels as `a=1,b=2` by pattern.
    public var pathLabels: [String: String]
    /// nil: tokens are not looked at.
    public var tokens: Tokens?
}

extension ConfigurationReader {
    mutating func callers() -> CallerSettings {
        let headers = map("attribution.label_headers")
        for (label, field) in headers.sorted(by: { $0.key < $1.key }) where !Self.isToken(field) {
            problems.append(
                .contradiction(
                    "`attribution.label_headers.\(label)` is `\(field)`, which names no header field"))
        }
        let paths = map("attribution.path_labels")
        for (pattern, text) in paths.sorted(by: { $0.key < $1.key })
        where LabelRules.labels(text).count != text.split(separator: ",").count || text.isEmpty {
            problems.append(
                .contradiction(
                    "`attribution.path_labels` has `\(pattern)` with `\(text)`, which is not a=1,b=2"))
        }
        return CallerSettings(
            requiresKey: flag("attribution.require_key"), tenantOrder: words("attribution.tenant_order"),
            userOrder: words("attribution.user_order"), labelOrder: words("attribution.labels_order"),
            labelHeaders: headers, pathLabels: paths, tokens: tokens())
    }

    private mutating func tokens() -> CallerSettings.Tokens? {
        let tokens = CallerSettings.Tokens(
            secret: text("jwt.secret"), keyFile: text("jwt.jwks"),
            issuer: text("jwt.issuer"), audience: text("jwt.audience"),
            leewaySeconds: number("jwt.leeway") / 1000,
            tenantClaim: text("jwt.tenant_claim") ?? "tenant",
            userClaim: text("jwt.user_claim") ?? "sub",
            labelClaims: map("jwt.label_claims"))
        guard tokens.secret == nil, tokens.keyFile == nil else { return tokens }
        if tokens.issuer != nil || tokens.audience != nil {
            problems.append(.contradiction("`jwt` needs `secret` or `jwks` to check tokens with"))
        }
        return nil
    }

    private func words(_ path: String) -> [String]? {
        guard isGiven(path), case .list(let items)? = value(path) else { return nil }
        return items.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    private func map(_ path: String) -> [String: String] {
        if case .map(let map)? = value(path) { map } else { [:] }
    }
}
