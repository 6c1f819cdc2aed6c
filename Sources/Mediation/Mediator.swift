// One exchange, from its opening to its usage. The relay hands over copies of what passes, in any
// pieces; nothing here can change or delay the bytes except through the verdict.

public import Terms
public import Wire

/// Watches one exchange and says at its end what was used. One per exchange: it cannot be copied, because
/// its state is large and every copy of it would be an accident.
public struct Mediator: ~Copyable {
    let surface: Surface
    let limits: MediationLimits
    let estimator: Estimator
    private var requestReader: RequestReader
    private(set) var reader: ResponseReader?
    private(set) var status = 0
    private(set) var providerRequestID: String?
    private var usageWasAsked = false
    private var decoder: (any ContentDecoder)?
    private(set) var isUndecodable = false

    public init(
        _ opening: ExchangeOpening, limits: MediationLimits = .standard,
        estimator: Estimator = .bytesByFour
    ) {
        self.init(
            on: Surface(opening), requestContentType: opening.requestContentType, limits: limits,
            estimator: estimator)
    }

    /// - Parameters:
    ///   - surface: as found before for the same method, target and upstream.
    ///   - scanner: one that ``takeScanner()`` of another exchange gave.
    public init(
        on surface: Surface, requestContentType: String?, limits: MediationLimits = .standard,
        estimator: Estimator = .bytesByFour, scanner: JSONScanner? = nil
    ) {
        self.limits = limits
        self.estimator = estimator
        self.surface = surface
        let isJSON = Self.readsAsJSON(requestContentType)
        requestReader = RequestReader(
            surface.dialect.request, isJSON: isJSON, limits: limits, scanner: scanner)
        if !isJSON {
            requestReader.form = MultipartReader(
                contentType: requestContentType, limit: limits.form)
        }
    }

    private static let json = "application/json"

    /// Whether a request body of this type is read as JSON. One without a type is, as most servers do, and so
    /// is what `curl -d` says of every body unless it is told otherwise: no provider takes such forms.
    public static func readsAsJSON(_ contentType: String?) -> Bool {
        guard let contentType, contentType != json else { return true }
        let type = contentType.lowercased()
        return type.holds("json") || type.hasPrefix("application/x-www-form-urlencoded")
    }

    /// What the refused attempt of the same operation had read from the cache, in tokens: a credit for it
    /// is told without a number.
    public var refusedCacheRead: Int64?

    /// After ``finish(_:)``: the name under which this usage is charged for only once, whatever exchange
    /// brings it; nil where each exchange is charged for.
    public private(set) var settlement: String?

    // MARK: The request

    /// Bytes of the request body, in any pieces.
    public mutating func requestBody(_ bytes: borrowing Span<UInt8>) { requestReader.read(bytes) }

    /// The request body is whole: ``request`` and ``usageSplice()`` are valid from here on.
    public mutating func requestEnd() { requestReader.finish() }

    /// What the request body says. The model of surfaces that name it in the path is filled in.
    public var request: RequestFacts {
        var facts = requestReader.facts
        facts.model = facts.model ?? surface.pathModel
        return facts
    }

    /// ``request`` where it lies, without the model of the path.
    var requestFacts: RequestFacts {
        _read { yield requestReader.facts }
    }

    /// Bytes of text that the model wrote, once ``finish(_:)`` was called.
    private(set) var outputTextBytes = 0
    /// Bytes of text that the model reads.
    var inputTextBytes: Int { requestReader.facts.textBytes }

    /// Parts of ``request`` that every exchange needs, without a copy of the rest.
    public var modelRequested: String? { requestReader.facts.model ?? surface.pathModel }

    /// Every model that the request names: its body may name another than its path, and who restricts models
    /// must not have to know which of the two the provider obeys.
    public var modelsNamed: [String] {
        switch (requestReader.facts.model, surface.pathModel) {
        case (let body?, let path?): body == path ? [body] : [body, path]
        case (let one?, nil), (nil, let one?): [one]
        case (nil, nil): []
        }
    }
    public var asksForStream: Bool? { requestReader.facts.stream }
    public var hints: [AttributionHint] { requestReader.facts.hints }

    /// The provider's name and the dialect's, as they will stand in the record.
    public var provider: String { surface.provider }
    public var dialect: Dialect { surface.dialect }

    /// The change of the request body that makes the provider report usage in its stream; nil when
    /// none is needed or possible. Never apply it to a signed body. Whoever applies it says so with
    /// ``usageAsked()`` and sends `accept-encoding: identity`.
    public func usageSplice() -> Splice? {
        guard surface.dialect.request.asksForUsage, !surface.statesUsageUnasked, !surface.refusesToBeAsked
        else { return nil }
        return requestReader.usageSplice()
    }

    /// The splice was applied: the report that comes because of it is kept from the client.
    public mutating func usageAsked() { usageWasAsked = true }

    /// The splice was taken back: a report that comes all the same is the client's.
    public mutating func usageRefused() { usageWasAsked = false }

    // MARK: The response

    /// The response's head. `field` gives a header's value by its name in lower case.
    public mutating func responseHead(status: Int, field: (String) -> String?) {
        self.status = status
        for name in Self.requestIDs where providerRequestID == nil {
            if let id = field(name), !id.isEmpty { providerRequestID = id }
        }
        let encoding = field("content-encoding")?.lowercased() ?? ""
        switch ContentDecoding(encoding, limits: limits.decoding) {
        case .identity: break
        case .decoder(let made): decoder = made
        case .unknown: isUndecodable = true
        }
        let isPlain = decoder == nil && !isUndecodable
        reader = ResponseReader(
            surface.dialect, declared: framing(field("content-type")),
            withholds: usageWasAsked && isPlain && field("content-length") == nil, limits: limits,
            scanner: requestReader.freeScanner)
        for (name, word) in surface.dialect.traits.headerWords {
            guard let value = field(name), !value.isEmpty, value.utf8.count <= limits.name else { continue }
            switch word {
            case .serviceTier: reader?.core.facts.serviceTier = value
            case .speed: reader?.core.facts.speed = value
            }
        }
        for (name, cell) in surface.dialect.traits.headerCounts where status < 400 {
            guard let value = field(name).flatMap({ DecimalText($0)?.fixed(places: 0) }) else { continue }
            guard value >= 0, value <= Int128(TokenCounts.limit) else { continue }
            reader?.core.headerCounts.append((name, cell, Int64(value)))
        }
    }

    /// Headers that carry the provider's own id of the request, the most specific first.
    private static let requestIDs = [
        "x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "x-debug-trace-id",
    ]

    private func framing(_ contentType: String?) -> ResponseReader.Framing {
        if contentType == Self.json, surface.dialect.stream.framing == .events { return .document }
        let type = contentType?.lowercased() ?? ""
        if type.holds("event-stream") { return .events }
        if type.holds("amazon.eventstream") { return .messages }
        if type.holds("ndjson") || type.holds("stream+json") || type.holds("jsonl") || type.holds("json-seq")
        {
            return .lines
        }
        let streams = requestReader.facts.stream ?? surface.dialect.request.streamsByDefault
        switch surface.dialect.stream.framing {
        case .lines where streams: return .lines
        case .array where surface.pathStreams == true: return .array
        default: break
        }
        if type.hasPrefix("audio/") || type.hasPrefix("image/") || type.hasPrefix("video/") { return .opaque }
        return type.holds("json") ? .document : .undecided
    }

    /// Bytes of the response body after transfer decoding, in any pieces. The pieces do not matter.
    public mutating func responseBody(_ bytes: borrowing Span<UInt8>) -> TapVerdict {
        guard !isUndecodable else { return .pass }
        guard let decoder else {
            guard let verdict = reader?.read(bytes) else { return .pass }
            return verdict
        }
        var holds = false
        let decoded = decoder.decode(bytes) { piece in
            if self.reader?.read(piece).holdFrom != nil { holds = true }
        }
        if !decoded { isUndecodable = true }
        var verdict = TapVerdict()
        if holds { verdict.holdFrom = 0 }
        return verdict
    }

    /// The bytes that an earlier verdict kept back: to be sent before the piece whose verdict says
    /// ``TapVerdict/releaseKept``, and at the end of the body, before ``finish(_:)``.
    public mutating func takeKept() -> [UInt8] { reader?.takeReleased() ?? [] }

    /// An event that the client did not ask for was kept from it.
    public var hasWithheld: Bool { reader?.core.withholding.hasWithheld ?? hadWithheld }
    private var hadWithheld = false

    /// The exchange is over: called once, and nothing of the request is known afterwards.
    public mutating func finish(_ ending: ExchangeEnding) -> Usage {
        requestReader.finish()
        reader?.finish()
        outputTextBytes = reader?.core.facts.textBytes ?? 0
        hadWithheld = hasWithheld
        var request = requestReader.takeFacts()
        if request.model == nil { request.model = surface.pathModel }
        let isBackground = reader?.core.facts.isBackground ?? false
        let seen = Judgement.Seen(
            surface: surface, request: request, status: status, providerRequestID: providerRequestID,
            isUndecodable: isUndecodable, estimator: estimator, refusedCacheRead: refusedCacheRead)
        let core = reader?.core ?? EventReader(surface.dialect, withholds: false, limits: .standard)
        let usage = Judgement(seen, core, reader?.framing, ending).verdict()
        settlement = surface.settlement(of: usage, isBackground: isBackground)
        // What was read is judged. Its memory serves the next exchange while it is still at hand, instead of
        // waiting with this one for the disk.
        reader = nil
        return usage
    }

    /// After ``finish(_:)``: the scanner of this exchange, whose memory another one may use.
    public mutating func takeScanner() -> JSONScanner? {
        reader == nil ? requestReader.takeScanner() : nil
    }
}
