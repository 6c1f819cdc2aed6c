// Who calls, as far as the head of a request tells, and whose spend that makes it. Calls that are forwarded
// and questions about one's own spend are asked the same here, so that nobody is told of other spend than
// is booked for them.
import Mediation
import Relay
import Terms
import Wire

struct HeadCaller {
    /// What a key or token proves; nil where none was shown.
    let caller: Caller?
    /// For the record: the gateway key's, else the fingerprint of the caller's own credential, else empty.
    let keyID: String
    /// The caller's own words.
    let claim: AttributionClaim
    /// What is wrong with them.
    let problem: AttributionProblem?
    /// What configured rules say.
    let rule: AttributionClaim?

    /// - Parameter passes: the upstream gets the caller's own credential, so that it says who calls.
    init(_ head: RequestHead, _ gateway: LoopGateway, passes: Bool, at instant: Instant) {
        let caller = gateway.access.caller(of: head, passes: passes, at: instant)
        self.caller = caller
        rule = gateway.access.rule(for: head)
        let credential = passes && caller == nil ? CredentialFields.own(in: head) : nil
        keyID = caller?.keyID ?? credential.map(gateway.fingerprint(of:)) ?? ""
        let tenant = head.value(of: AttributionClaim.tenantHeader)
        let user = head.value(of: AttributionClaim.userHeader)
        let labels = head.value(of: AttributionClaim.labelsHeader)
        do throws(AttributionProblem) {
            claim =
                tenant == nil && user == nil && labels == nil
                ? AttributionClaim() : try AttributionClaim(tenant: tenant, user: user, labels: labels)
            problem = nil
        } catch {
            claim = AttributionClaim()
            problem = error
        }
    }
}

extension LoopGateway {
    /// Finds whose spend a request is.
    ///
    /// - Parameters:
    ///   - attribution: as far as it is known, also of a request that is refused.
    ///   - hints: what the body says.
    /// - Returns: why the request is refused; nil when nothing stands against it.
    func attribute(
        _ attribution: inout Attribution, to who: HeadCaller, hints: [AttributionHint] = [], trusted: Bool
    ) -> AccessRefusal? {
        attribution.keyID = who.keyID
        let claims = AttributionClaims(
            key: who.caller?.key, token: who.caller?.token, header: who.claim,
            body: hints.isEmpty ? AttributionClaim() : AttributionClaim(hints), rule: who.rule)
        do throws(AttributionRefusal) {
            attribution = try sidecar.rules.resolve(claims, trusted: trusted, keyID: who.keyID)
        } catch {
            if let proven = claims.key?.tenant ?? claims.token?.tenant { attribution.tenant = proven }
            return AccessRefusal(error)
        }
        access.hide(&attribution)
        return access.isArchived(tenant: attribution.tenant) ? .tenantArchived(attribution.tenant) : nil
    }
}
