// Who calls, as far as a key or token proves it. Made once per credential and remembered, so that a call
// made again costs one look-up.
import Access
import Mediation
import Terms
import Wire

final class Caller {
    /// What the key fixes.
    let key: AttributionClaim?
    /// What the token states.
    let token: AttributionClaim?
    /// Restrictions of the key.
    let grant: KeyGrant?
    /// For the record; empty when no key was shown.
    let keyID: String
    /// Fields that stay here.
    let remove: [FieldName]
    /// Set: the call is refused.
    let refusal: AccessRefusal?
    /// The instant from which on this must be looked at again.
    let until: Instant?

    init(
        grant: KeyGrant? = nil, token: AttributionClaim? = nil, remove: [FieldName] = [],
        refusal: AccessRefusal? = nil, keyID: String = "", until: Instant? = nil
    ) {
        self.grant = grant
        self.token = token
        self.remove = remove
        self.refusal = refusal
        self.keyID = grant?.key.id ?? keyID
        self.until = until
        key = grant.map { grant in
            AttributionClaim(
                tenant: grant.key.tenant, user: grant.key.user.isEmpty ? nil : grant.key.user,
                labels: grant.key.labels)
        }
    }

    /// Whether the key lets this call pass.
    ///
    /// - Parameters:
    ///   - models: what the request names, in body and path, as far as it could be read.
    ///   - hasBody: a request without a body asks no model for anything.
    func restriction(upstream: String, models: @autoclosure () -> [String], duplicates: Bool, hasBody: Bool)
        -> AccessRefusal?
    {
        guard let grant else { return nil }
        guard grant.allows(upstream: upstream) else {
            return .upstreamNotAllowed(key: grant.key.id, upstream: upstream)
        }
        if grant.allowsAnyModel { return nil }
        if duplicates { return .duplicateModel }
        let models = models()
        if models.isEmpty { return hasBody ? .modelUnknown(key: grant.key.id) : nil }
        return models.first { !grant.allows(model: $0) }.map {
            .modelNotAllowed(key: grant.key.id, model: $0)
        }
    }
}

/// Why a caller is not let in.
enum AccessRefusal: Hashable {
    case keyUnknown
    case keyExpired(String)
    case keyRevoked(String)
    case keysDiffer
    case keyRequired
    case tenantArchived(String)
    case notKnownYet
    case token(TokenProblem)
    case noTenant
    case otherTenant(source: String, stated: String, proven: String)
    case upstreamNotAllowed(key: String, upstream: String)
    case modelNotAllowed(key: String, model: String)
    case modelUnknown(key: String)
    case duplicateModel

    init(_ refusal: AttributionRefusal) {
        switch refusal {
        case .noTenant: self = .noTenant
        case .otherTenant(let source, let stated, let proven):
            self = .otherTenant(source: source, stated: stated, proven: proven)
        }
    }

    var status: Int {
        switch self {
        case .keyUnknown, .keyExpired, .keyRevoked, .keysDiffer, .keyRequired, .token, .noTenant: 401
        case .tenantArchived, .otherTenant, .upstreamNotAllowed, .modelNotAllowed, .modelUnknown: 403
        case .duplicateModel: 400
        case .notKnownYet: 503
        }
    }

    var fields: [(name: String, value: String)] {
        switch self {
        case .notKnownYet: [("retry-after", "2"), ("x-should-retry", "true")]
        default: [("x-should-retry", "false")]
        }
    }

    var diagnosis: Diagnosis {
        Diagnosis(
            code: "attribution.\(words.code)", problem: words.problem, effect: "The call was not sent",
            remedy: words.remedy)
    }

    private var words: (code: String, problem: String, remedy: String) {
        switch self {
        case .keyUnknown:
            (
                "key-unknown", "the gateway key is not known",
                "check that the whole key was copied, tb_ included"
            )
        case .keyExpired(let id):
            (
                "key-expired", "the gateway key \(id) has expired",
                "ask for another, or for `tollbook key rotate`"
            )
        case .keyRevoked(let id): ("key-revoked", "the gateway key \(id) was revoked", "ask for another")
        case .keysDiffer:
            ("keys-differ", "two different gateway keys were sent", "send one key, in one header")
        case .keyRequired:
            (
                "key-required", "no gateway key or token was sent, and attribution.require_key is set",
                "send a gateway key where your SDK sends its API key"
            )
        case .tenantArchived(let tenant):
            ("tenant-archived", "the tenant \(tenant) is archived", "use a key of another tenant")
        case .notKnownYet:
            (
                "keys-not-known",
                "gateway keys cannot be checked now: PostgreSQL was not reached since the "
                    + "start", "try again shortly"
            )
        case .token(let problem): ("token", "the token is not accepted: \(problem.words)", "sign in again")
        case .noTenant:
            (
                "no-tenant",
                "nothing says which tenant pays for this call, and attribution.require_tenant is set",
                "send X-Tollbook-Tenant from a trusted address, or metadata.tenant_id in the body"
            )
        case .otherTenant(let source, let stated, let proven):
            (
                "other-tenant",
                "the \(source) names the tenant \(stated.prefix(64)), the credential belongs to \(proven)",
                "leave the tenant out, or use a key of that tenant"
            )
        case .upstreamNotAllowed(let key, let upstream):
            (
                "upstream-not-allowed", "the gateway key \(key) does not allow the upstream \(upstream)",
                "use an upstream that it allows, or ask for another key"
            )
        case .modelNotAllowed(let key, let model):
            (
                "model-not-allowed", "the gateway key \(key) does not allow the model \(model.prefix(64))",
                "use a model that it allows, or ask for another key"
            )
        case .modelUnknown(let key):
            (
                "model-unknown",
                "the gateway key \(key) allows some models only, and the request's model cannot be read",
                "send the model in a JSON body within limits.inspect_body, or use a key without restriction"
            )
        case .duplicateModel:
            ("duplicate-model", "the body names `model` or another field twice", "send each field once")
        }
    }
}
