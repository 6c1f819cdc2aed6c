// The part of one loop in letting callers in: its copy of the newest snapshot and the callers that it has
// seen. It lives on its loop's thread and needs no lock.
import Access
import Mediation
import Terms
import Wire

/// What is configured about callers.
struct CallerRules: Sendable {
    /// Refuse callers without a gateway key or token.
    var requiresKey = false
    var tokens: TokenVerifier?
    /// Labels out of headers and paths.
    var labels: LabelRules?
    /// Set: users are recorded under other names.
    var pseudonyms: Pseudonyms?
}

struct LoopAccess {
    /// Callers remembered per loop; reached: all are forgotten and looked up anew.
    private static let rememberedLimit = 1024

    private let board: AccessBoard
    private let rules: CallerRules
    private var snapshot: AccessSnapshot
    private var seen = 0
    private var remembered: [String: Caller] = [:]
    /// Pseudonyms made before; at most as many as callers.
    private var hidden: [HiddenUser: String] = [:]
    private let keyRequired = Caller(refusal: .keyRequired)

    init(_ board: AccessBoard, _ rules: CallerRules) {
        self.board = board
        self.rules = rules
        snapshot = board.current
        // A generation that no board has: the first call takes the newest.
        seen = -1
    }

    /// Takes the newest snapshot.
    ///
    /// - Returns: whether there was a newer one: nothing that was found before holds then.
    mutating func refresh() -> Bool {
        guard board.refresh(&snapshot, &seen) else { return false }
        remembered.removeAll(keepingCapacity: true)
        return true
    }

    /// Who calls, out of a request's head and the snapshot last taken; nil when there is nothing that a key
    /// or token would say.
    ///
    /// - Parameter passes: the upstream gets the caller's own credential, so a gateway key must be kept from
    ///   it even where no keys are in use.
    mutating func caller(of head: RequestHead, passes: Bool, at now: Instant) -> Caller? {
        guard passes || rules.requiresKey || rules.tokens != nil || snapshot.mayHaveKeys else { return nil }
        let shown = PresentedCredentials(head, readsTokens: rules.tokens != nil)
        guard shown.key != nil || shown.token != nil else { return rules.requiresKey ? keyRequired : nil }
        if shown.isAmbiguous { return Caller(remove: shown.fields, refusal: .keysDiffer) }
        let name = (shown.key ?? "") + "\n" + (shown.token ?? "") + "\n\(shown.places)"
        if let known = remembered[name], known.until.map({ now < $0 }) ?? true { return known }
        guard let caller = judge(shown, passes: passes, at: now) else {
            return rules.requiresKey ? keyRequired : nil
        }
        // Who is not let in is not remembered: otherwise guessing would push out those who are.
        if caller.refusal == nil {
            if remembered.count >= Self.rememberedLimit { remembered.removeAll(keepingCapacity: true) }
            remembered[name] = caller
        }
        return caller
    }

    /// - Returns: nil for a token that is the caller's own credential for the upstream.
    private func judge(_ shown: PresentedCredentials, passes: Bool, at now: Instant) -> Caller? {
        var grant: KeyGrant?
        if let key = shown.key {
            switch snapshot.verdict(on: key, at: now) {
            case .valid(let found): grant = found
            case .unknown: return Caller(remove: shown.fields, refusal: .keyUnknown)
            case .expired(let id):
                return Caller(remove: shown.fields, refusal: .keyExpired(id), keyID: id)
            case .revoked(let id):
                return Caller(remove: shown.fields, refusal: .keyRevoked(id), keyID: id)
            case .archived(let tenant):
                return Caller(remove: shown.fields, refusal: .tenantArchived(tenant))
            case .notKnownYet: return Caller(remove: shown.fields, refusal: .notKnownYet)
            }
        }
        guard let token = shown.token, let verifier = rules.tokens else {
            return Caller(grant: grant, remove: shown.fields, until: grant?.until)
        }
        do throws(TokenProblem) {
            let claims = try verifier.verify(token, at: now)
            return Caller(
                grant: grant, token: AttributionClaim(claims), remove: shown.fields,
                until: [grant?.until, claims.expiresAt].compactMap(\.self).min())
        } catch {
            // A bearer of another issuer is what the upstream wants to see.
            if passes, shown.tokenIsBearer, grant == nil, error == .otherIssuer { return nil }
            return Caller(remove: shown.fields, refusal: .token(error))
        }
    }

    /// Puts a pseudonym in a user's place where that is configured.
    mutating func hide(_ attribution: inout Attribution) {
        guard let pseudonyms = rules.pseudonyms, !attribution.user.isEmpty else { return }
        let user = HiddenUser(tenant: attribution.tenant, user: attribution.user)
        if let known = hidden[user] {
            attribution.user = known
            return
        }
        if hidden.count >= Self.rememberedLimit { hidden.removeAll(keepingCapacity: true) }
        let made = pseudonyms.name(user.user, tenant: user.tenant)
        hidden[user] = made
        attribution.user = made
    }

    private struct HiddenUser: Hashable {
        let tenant: String
        let user: String
    }

    func isArchived(tenant: String) -> Bool { snapshot.isArchived(tenant: tenant) }

    /// What configured rules say of a request.
    func rule(for head: RequestHead) -> AttributionClaim? { rules.labels?.claim(for: head) }
}

extension AttributionClaim {
    /// What a token says, in the limits of a record.
    init(_ claims: TokenClaims) {
        self.init(
            tenant: claims.tenant.flatMap { AttributionRules.name($0) },
            user: claims.user.flatMap { AttributionRules.name($0) },
            labels: claims.labels.compactMap { label in
                AttributionRules.name(label.value).map { Label(key: label.key, value: $0) }
            })
    }
}
