import Terms

/// What a response said beside its counts.
struct ResponseFacts: Sendable {
    var model: String?
    /// The name under which the work is sold, where the surface does not call it the answer's model.
    var soldModel: String?
    var responseID: String?
    var finishReason: String?
    var finishDetail: String?
    var serviceTier: String?
    var speed: String?
    var geo: String?
    /// The provider's id of the request, where the body has it.
    var requestID: String?
    /// How cached tokens came into the cache (`ephemeral`: explicitly).
    var cacheKind: String?
    /// The size class of a search, which has a price per request.
    var searchContext: String?
    /// The model of a hosted tool.
    var toolModel: String?
    /// Plain decimal text, USD.
    var cost: String?
    /// What another provider charges the caller's own account, plain decimal text, USD.
    var upstreamCost: String?
    var isOwnAccount = false
    /// Seconds of audio, told as a fact about the work.
    var duration: Quantity?
    /// How large the video is that was made, `1280x720`; a word of a meter's name.
    var videoSize: String?
    /// Pages were annotated.
    var isAnnotated = false
    /// Cache writes are charged for as reads, as far as a refused attempt had read them.
    var creditIsRedeemed = false
    /// Searches whose queries the response lists.
    var searches = 0
    /// The response rests on places of a map, which has a fee for each prompt.
    var isGroundedInMaps = false
    /// Calls of hosted tools that the response lists, in the order of the dialect's table.
    var hostedCalls: [Int] = []
    /// Sessions in which hosted tools ran code.
    var containers: [String] = []
    var failed = false
    var isBackground = false
    /// The dialect's closing event was seen.
    var sawTerminal = false
    /// A report came with the sign that it is the last: an event without choices, or with a reason.
    var reportIsFinal = false
    /// Bytes of text that the model generated.
    var textBytes = 0
    var choices = 0
}
