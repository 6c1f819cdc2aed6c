// What a caller may ask about itself on the proxy's own paths under /tollbook/v1: its budgets and its usage.
// Who asks is found as for a call, by key, token or trusted headers; nobody sees what others spent.
import Mediation
import Relay
import Terms
import Wire

/// Whose usage and budgets are told.
struct OwnSpend: Sendable {
    let attribution: Attribution
    /// Only calls with this key; nil for a token's and a trusted caller's, who are told of tenant and user.
    let key: String?

    /// Who sends no key and is not trusted could ask about anybody who has no name either.
    static let unproven = AccessRefusal.keyRequired
}

extension LoopGateway {
    /// What becomes of a request for a path below `/tollbook/`; nil for every other path.
    func selfService(_ head: RequestHead, trusted: Bool) -> Acceptance? {
        let path = head.path.prefix { $0 != "?" }
        guard path.hasPrefix("/tollbook/") else { return nil }
        guard path == "/tollbook/v1/budgets" || path == "/tollbook/v1/usage" else {
            return .answer(
                LocalResponse(
                    status: 404,
                    Diagnosis(
                        code: "relay.unknown-page", problem: "there is no page \(path.prefix(64)) here",
                        effect: "nothing was answered",
                        remedy: "ask for GET /tollbook/v1/usage or /tollbook/v1/budgets")))
        }
        guard head.methodEquals("GET") else {
            return .answer(
                LocalResponse(
                    status: 405,
                    fields: [LocalResponse.json, HeaderField("allow", "GET")!],
                    body: LocalResponse(
                        status: 405,
                        Diagnosis(
                            code: "relay.method", problem: "this page only answers GET",
                            effect: "nothing was answered", remedy: "ask with GET")
                    ).body))
        }
        let own: OwnSpend
        do throws(Rejection) { own = try ownSpend(head, trusted: trusted) } catch {
            return .answer(error.response)
        }
        if path == "/tollbook/v1/budgets" {
            return .answer(sidecar.admission.ownBudgets(of: own.attribution, at: Clock.now()))
        }
        do throws(Diagnosis) {
            let question = try UsageQuestion(head.path.dropFirst(path.count).dropFirst(), of: own)
            // Which upstream does not matter: the answer is there before one is asked.
            return .forward(
                ForwardPlan(
                    upstream: 0, target: [UInt8(ascii: "/")], holdBody: UsageExchange.bodyLimit,
                    exchange: UsageExchange(question, sidecar.usageDesk)))
        } catch {
            return .answer(
                LocalResponse(
                    status: 400,
                    Diagnosis(
                        code: error.code, problem: error.problem.replacing("--", with: ""),
                        effect: "nothing was answered",
                        remedy: "parameters are those of `tollbook report`: \(UsageQuestion.parameters)")))
        }
    }

    /// Why nobody is told anything.
    private struct Rejection: Error {
        let response: LocalResponse

        init(_ refusal: AccessRefusal) {
            var error = LocalError(refusal.status, refusal.diagnosis)
            error.fields = refusal.fields
            response = error.response(dialect: "openai")
        }

        init(_ problem: AttributionProblem) {
            response = LocalResponse(status: 400, problem.diagnosis)
        }
    }

    private func ownSpend(_ head: RequestHead, trusted: Bool) throws(Rejection) -> OwnSpend {
        // Where some upstream gets callers' own credentials, calls are booked by their fingerprints.
        let passes = sidecar.upstreams.contains { $0.passesCredential }
        let who = HeadCaller(head, self, passes: passes, at: Clock.now())
        if let refusal = who.caller?.refusal { throw Rejection(refusal) }
        if let problem = who.problem { throw Rejection(problem) }
        guard who.caller != nil || trusted || !who.keyID.isEmpty else { throw Rejection(OwnSpend.unproven) }
        var attribution = Attribution()
        if let refusal = attribute(&attribution, to: who, trusted: trusted) { throw Rejection(refusal) }
        return OwnSpend(attribution: attribution, key: who.keyID.isEmpty ? nil : who.keyID)
    }
}
