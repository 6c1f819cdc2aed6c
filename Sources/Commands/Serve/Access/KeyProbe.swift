// What checking a caller costs a call, for Benchmarks/Admission: the same code as in `serve`, on one loop,
// with a key that was verified before, and the look for what a body does not hold.
import Access
import Mediation
public import Terms
import Wire

/// A loop's way to know its callers.
public struct KeyProbe {
    private var access: LoopAccess
    private var head = RequestHead()
    private let body: [UInt8]
    private let instant: Instant
    private let rules = AttributionRules()

    /// - Parameters:
    ///   - keys: how many are in use; the caller shows the first. 0: none are, and none is shown.
    ///   - bodyBytes: of the body that is looked through.
    public init(keys: Int, bodyBytes: Int, at instant: Instant) throws(Diagnosis) {
        self.instant = instant
        let pepper = Pepper(Array("a pepper for measuring".utf8))!
        var state = AccessState(version: 1)
        var shown = ""
        for number in 0..<keys {
            let random = (0..<KeyText.randomBytes).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 &* 7) }
            var bytes = random
            bytes[0] = UInt8(truncatingIfNeeded: number)
            bytes[1] = UInt8(truncatingIfNeeded: number >> 8)
            let secret = KeyText.secret(random: bytes)
            let id = KeyText.id(random: Array(bytes[..<10]))
            if number == 0 { shown = secret }
            state.keys.append(GatewayKey(id: id, tenant: "acme", createdAt: instant))
            state.secrets.append(
                KeySecret(
                    tenant: "acme", keyID: id, prefix: KeyText.prefix(of: secret) ?? "",
                    pepperID: pepper.id, digest: pepper.digest(of: secret.utf8), createdAt: instant))
        }
        let snapshot =
            keys == 0
            ? AccessSnapshot()
            : AccessSnapshot(state, peppers: Peppers(current: pepper), at: instant)
        access = LoopAccess(AccessBoard(snapshot), CallerRules())
        let credential = keys == 0 ? "sk-the-callers-own" : shown
        let text =
            "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:4141\r\n"
            + "Accept: application/json\r\n"
            + "Content-Type: application/json\r\nUser-Agent: OpenAI/Python 2.8.1\r\n"
            + "X-Stainless-Lang: python\r\nX-Stainless-OS: Linux\r\n"
            + "Authorization: Bearer \(credential)\r\nContent-Length: \(bodyBytes)\r\n\r\n"
        let bytes = Array(text.utf8)
        do throws(HTTPRefusal) { try head.parse(bytes.span) } catch {
            throw Diagnosis(
                code: "probe.head", problem: "the head is refused: \(error.rawValue)",
                effect: "nothing is measured", remedy: "correct KeyProbe")
        }
        let opening = #"{"model":"gpt-4o-mini","max_tokens":500,"messages":[{"role":"user","content":""#
        let words = Array("When is tea? It is \\\"at four\\\" today. ".utf8)
        var body = Array(opening.utf8)
        while body.count < bodyBytes { body += words }
        self.body = body + Array(#""}]}"#.utf8)
    }

    /// One call: who makes it, and whose spend it is.
    ///
    /// - Returns: whether it is attributed as it should be.
    public mutating func call() -> Bool {
        let caller = access.caller(of: head, passes: false, at: instant)
        let claims = AttributionClaims(key: caller?.key, token: caller?.token)
        let who = try? rules.resolve(claims, trusted: true, keyID: caller?.keyID ?? "")
        return who?.tenant == (caller == nil ? "unattributed" : "acme")
    }

    /// The look for what the body does not hold, which only calls before a budget need.
    public func reach() -> Bool {
        let found = RequestReach(body.span)
        return !found.readsElsewhere && !found.runsTools
    }
}
