public import Terms

/// What is known of an exchange when its request head has been read.
public struct ExchangeOpening: Sendable {
    /// The request's method, in capitals.
    public var method: String
    /// The target as it goes upstream: path and query.
    public var path: String
    /// The upstream's host, without or with a port.
    public var host: String
    /// The provider's name when the configuration pins it (or the upstream is called like one).
    public var provider: String?
    /// The dialect's name (``Dialect/name``) when the configuration pins it.
    public var dialect: String?
    public var requestContentType: String?
    public init(
        method: String, path: String, host: String, provider: String? = nil, dialect: String? = nil,
        requestContentType: String? = nil
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.provider = provider
        self.dialect = dialect
        self.requestContentType = requestContentType
    }
}

/// How an exchange came to its end, as the relay saw it.
public enum ExchangeEnding: Hashable, Sendable {
    /// The response's message ended as its framing said.
    case complete
    /// The upstream closed before the message's end.
    case truncated
    /// The client left. `drained`: the response was read to its end all the same.
    case clientGone(drained: Bool)
    /// No response, or the connection failed in it.
    case upstreamFailed
    /// Never sent upstream.
    case refused
}

/// What a request's body says about itself.
public struct RequestFacts: Hashable, Sendable {
    public var model: String?
    /// What the body asks for; nil where it does not say.
    public var stream: Bool?
    /// The declared bound of output tokens per candidate.
    public var maximumOutput: Int64?
    /// How many candidates are asked for.
    public var candidates: Int64?
    public var serviceTier: String?
    public var speed: String?
    public var hints: [AttributionHint] = []
    /// `model`, `stream`, a maximum or another field that is read here occurs twice.
    public var duplicateKeys = false
    public var isMalformed = false
    public var bodyBytes = 0
    /// Bytes of text that the model reads, after unescaping; media are not text.
    public var textBytes = 0
    /// The request names somebody else who pays the provider.
    public var isPaidElsewhere = false
    /// What the price of an image goes by: its size and its quality as asked for, empty where not said. Empty
    /// as a whole where neither is.
    public var variant: [String] = []
    /// Seconds of audio that were sent, where their length is known.
    public var audioLength: Quantity?

    public init() {}
}

/// Whose call it is, as its body claims.
public struct AttributionHint: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case tenant, user
        case label(String)
    }
    public var kind: Kind
    public var value: String
    /// The path in the body, such as `metadata.tenant_id`.
    public var source: String

    public init(_ kind: Kind, _ value: String, source: String) {
        self.kind = kind
        self.value = value
        self.source = source
    }
}
