// The nouns of the demo's traffic: a case is one kind of request, sent a number of times by one caller, with
// an amount that can be checked by hand.

/// How a request says whose it is.
enum DemoCaller {
    /// Headers `X-Tollbook-Tenant`, `-User`, `-Labels`.
    case headers(tenant: String, user: String, labels: String)
    /// The body's `metadata`, as applications that know nothing of the proxy send it.
    case metadata(tenant: String, user: String, playbook: String)
    /// Not at all.
    case nobody

    var tenant: String {
        switch self {
        case .headers(let tenant, _, _), .metadata(let tenant, _, _): tenant
        case .nobody: "unattributed"
        }
    }
}

/// What the client should see.
enum DemoOutcome: Equatable {
    case complete
    /// An error status of the provider.
    case refused(Int)
    /// A stream that ends with the provider's error event.
    case fails
    /// A stream whose connection breaks.
    case breaks
    /// The client itself goes away after so many bytes of the body.
    case leaves(afterBytes: Int)
}

/// One kind of request.
struct DemoCase {
    /// Stands in the label `case` of each request, so that reports and filters find it.
    let name: String
    let upstream: String
    /// Behind the upstream's name.
    let path: String
    /// Members of the body without `metadata`, as JSON text without the outer braces.
    let body: String
    let caller: DemoCaller
    /// What the simulated provider is asked for: `input=100000,output=10000`.
    let hints: String
    let times: Int
    var outcome = DemoOutcome.complete
    /// What one request costs by the price files of the repository, in US dollars; nil when it is
    /// estimated or has no price.
    let amount: String?
    /// How the amount comes about, for people.
    let arithmetic: String

    /// The bytes of the `number`th request.
    func request(host: String) -> String {
        var fields = "Content-Type: application/json\r\n"
        var labels = "case=\(name)"
        var content = body
        switch caller {
        case .headers(let tenant, let user, let more):
            fields += "X-Tollbook-Tenant: \(tenant)\r\nX-Tollbook-User: \(user)\r\n"
            if !more.isEmpty { labels += ",\(more)" }
        case .metadata(let tenant, let user, let playbook):
            content +=
                #","metadata":{"tenant_id":"\#(tenant)","user_id":"\#(user)","playbook_id":"\#(playbook)"}"#
        case .nobody: break
        }
        fields += "X-Tollbook-Labels: \(labels)\r\n"
        for hint in hints.split(separator: ",") {
            let parts = hint.split(separator: "=", maxSplits: 1)
            fields += "x-sim-\(parts[0]): \(parts.count > 1 ? parts[1] : "")\r\n"
        }
        if hints.contains("gzip") { fields += "Accept-Encoding: gzip\r\n" }
        return """
            POST /\(upstream)\(path) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer demo\r\n\(fields)\
            Content-Length: \(content.utf8.count + 2)\r\n\r\n{\(content)}
            """
    }
}
