// What the head of a request says of its call: where it goes, who calls as far as the head tells, and what
// the upstream is not to see. Worked out once for all heads that are alike.
import Mediation
import Relay
import Terms
import Wire

final class CallFacts {
    let site: CallSite
    /// The caller's word about tenant and user counts.
    let trusted: Bool
    let contentType: String?
    /// Whether the body is read before it is sent: JSON is, everything else streams.
    let wantsBody: Bool
    /// The operation as the caller names it; nil where each call is its own.
    let operation: String?
    /// The request is signed: its body must not change.
    let isSigned: Bool
    let who: HeadCaller
    /// Everything that changes on the way upstream, whatever the body is.
    let edits: RequestEdits
    /// Whose call it is where the body has nothing to say about that: found by the first such call.
    var attribution: Attribution?

    init(_ head: RequestHead, site: CallSite, trusted: Bool, gateway: LoopGateway, at instant: Instant) {
        self.site = site
        self.trusted = trusted
        contentType = head.value(of: "content-type")
        wantsBody = Mediator.readsAsJSON(contentType)
        operation =
            head.value(of: AttributionClaim.operationHeader) ?? head.value(of: "idempotency-key")
            ?? site.surface.operation
        isSigned = head.value(of: "authorization").map(CredentialFields.isSignature) ?? false
        who = HeadCaller(head, gateway, passes: site.upstream.passesCredential, at: instant)
        var edits = site.upstream.edits(acceptEncoding: head.value(of: "accept-encoding"))
        if let caller = who.caller { edits.remove += caller.remove }
        self.edits = edits
    }

    /// Whether the next such call may take these facts as they are: not where somebody was not let in, or
    /// names an operation, which no second call is likely to do.
    var holdsForOthers: Bool {
        who.caller?.refusal == nil && operation == nil && who.problem == nil
    }
}

/// The facts of the last few dozen distinct heads, which hold their callers' credentials and never leave the
/// memory of the process. One table per loop, no lock.
struct CallMemo {
    /// Heads kept; a newer one takes the place of one with the same slot.
    private static let slots = 64
    /// Longer heads are worked out anew each time (bytes).
    private static let headLimit = 4096

    private struct Entry {
        let head: HeadCopy
        let facts: CallFacts
    }

    private var entries = [Entry?](repeating: nil, count: CallMemo.slots)

    /// The facts of a head like one that was seen.
    ///
    /// - Parameter make: works them out; nil when the request leads nowhere.
    mutating func facts(
        of head: RequestHead, trusted: Bool, at instant: Instant, make: () -> CallFacts?
    ) -> CallFacts? {
        guard head.fields.bytes.count <= Self.headLimit else { return make() }
        let slot = Int(truncatingIfNeeded: HeadCopy.hash(head) >> 32) & (Self.slots - 1)
        if let entry = entries[slot], entry.facts.trusted == trusted, entry.head.isLike(head) {
            if entry.facts.who.caller?.until.map({ instant < $0 }) ?? true { return entry.facts }
        }
        guard let facts = make() else { return nil }
        if facts.holdsForOthers { entries[slot] = Entry(head: HeadCopy(head), facts: facts) }
        return facts
    }

    /// What was known of callers does not hold any more.
    mutating func forget() { entries = [Entry?](repeating: nil, count: Self.slots) }
}
