// Errors that the sidecar itself answers, in the shape that the caller's SDK expects.
import Terms

/// An HTTP answer that did not come from an upstream.
struct LocalError {
    let status: Int
    let diagnosis: Diagnosis
    /// Extra header fields such as `retry-after`.
    var fields: [(name: String, value: String)] = []

    init(_ status: Int, _ diagnosis: Diagnosis) {
        self.status = status
        self.diagnosis = diagnosis
    }

    /// What happened, what it means and what to do.
    var message: String { "\(diagnosis.problem). \(diagnosis.effect). \(diagnosis.remedy)." }

    /// The body for a dialect: all of it in one message.
    func body(dialect: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        if dialect.hasPrefix("anthropic") {
            json.field("type", "error")
            json.key("error")
            json.beginObject()
            json.field("type", Self.anthropicType(of: status))
            json.field("message", message)
            json.field("code", diagnosis.code)
            json.endObject()
        } else if dialect.hasPrefix("gemini") {
            json.key("error")
            json.beginObject()
            json.field("code", Int64(status))
            json.field("message", message)
            json.field("status", Self.googleStatus(of: status))
            json.endObject()
        } else if dialect.hasPrefix("ollama") {
            json.field("error", message)
        } else if dialect.hasPrefix("bedrock") || dialect.hasPrefix("cohere") {
            json.field("message", message)
        } else {
            json.key("error")
            json.beginObject()
            json.field("message", message)
            json.field("type", status < 500 ? "invalid_request_error" : "api_error")
            json.field("param", String?.none)
            json.field("code", diagnosis.code)
            json.endObject()
        }
        json.endObject()
        json.newline()
        return json.bytes
    }

    /// The name of an AWS exception, which its SDKs read from the field `x-amzn-errortype`.
    static func awsType(of status: Int) -> String {
        switch status {
        case 401: "UnrecognizedClientException"
        case 403: "AccessDeniedException"
        case 404: "ResourceNotFoundException"
        case 429: "ThrottlingException"
        case 503: "ServiceUnavailableException"
        case 504: "ModelTimeoutException"
        case 500...: "InternalServerException"
        default: "ValidationException"
        }
    }

    private static func anthropicType(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    private static func googleStatus(of status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 502, 503: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        case 500...: "INTERNAL"
        default: "INVALID_ARGUMENT"
        }
    }
}
