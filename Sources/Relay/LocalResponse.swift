// A response that the sidecar gives itself: refusals, gateway errors, the pages of the admin listener.
// Errors have the four parts of a Diagnosis in JSON, so that a caller learns what to do.

public import Terms
public import Wire

/// A complete response made here.
public struct LocalResponse: Sendable {
    public var status: Int
    public var fields: [HeaderField]
    public var body: [UInt8]

    /// - Parameter fields: `Content-Length` and connection fields are added by the relay.
    public init(status: Int, fields: [HeaderField] = [LocalResponse.json], body: [UInt8]) {
        precondition((200..<600).contains(status))
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// An error in JSON: `{"error":{"code","problem","effect","remedy"}}`.
    public init(status: Int, _ diagnosis: Diagnosis) {
        var text = "{\"error\":{\"code\":"
        text += LocalResponse.quoted(diagnosis.code)
        text += ",\"problem\":" + LocalResponse.quoted(diagnosis.problem)
        text += ",\"effect\":" + LocalResponse.quoted(diagnosis.effect)
        text += ",\"remedy\":" + LocalResponse.quoted(diagnosis.remedy)
        text += "}}\n"
        self.init(status: status, body: Array(text.utf8))
    }

    /// `content-type: application/json`
    public static let json = HeaderField.known("content-type", "application/json")

    /// 413 for a request body beyond the limit, in bytes.
    public static func bodyTooLarge(limit: Int) -> LocalResponse {
        LocalResponse(
            status: 413,
            Diagnosis(
                code: "relay.body-too-large", problem: "the request body exceeds \(limit) bytes",
                effect: "nothing was sent upstream in full",
                remedy: "send less, or raise limits.request_body"))
    }

    static let tooSlow = LocalResponse(
        status: 408,
        Diagnosis(
            code: "relay.request-timeout", problem: "the request's head did not arrive in time",
            effect: "nothing was sent upstream; the connection is closed", remedy: "send it at once"))

    static func refusal(_ reason: HTTPRefusal) -> LocalResponse {
        LocalResponse(
            status: reason.status,
            Diagnosis(
                code: "relay.\(reason.rawValue)", problem: "the request was refused: \(reason.rawValue)",
                effect: "nothing was sent upstream; the connection is closed",
                remedy: "send an unambiguous HTTP/1.1 request"))
    }

    static func failure(
        _ failure: UpstreamFailure, upstream: String, detail: String
    ) -> LocalResponse {
        let more = detail.isEmpty ? "" : " (\(detail))"
        return LocalResponse(
            status: failure.status,
            Diagnosis(
                code: "relay.\(failure.rawValue)",
                problem: "the upstream `\(upstream)` gave no response: \(failure.rawValue)\(more)",
                effect: "the call was not answered",
                remedy: "retry later; check the upstream's url with `tollbook doctor`"))
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{0}"..<"\u{20}": out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension HeaderField {
    /// For fields written in the source.
    static func known(_ name: FieldName, _ value: String) -> HeaderField {
        guard let field = HeaderField(name, value) else { preconditionFailure("not a field value") }
        return field
    }
}
