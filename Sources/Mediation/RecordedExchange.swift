// Exchanges that were recorded as JSON lines go through the same mediation as live ones: what
// `tollbook normalize` and the conformance run read.

public import Terms
public import Wire

/// Why a line is no recorded exchange.
public enum RecordedExchangeError: Error, Hashable, Sendable {
    /// The line is no JSON object.
    case notJSON
    /// A member that mediation cannot do without is missing or of another kind.
    case missing(String)
    /// `body_b64` is not base64.
    case notBase64(String)
    /// The line is longer than ``RecordedExchange/lineLimit``.
    case tooLong

    public var diagnosis: Diagnosis {
        Diagnosis(
            code: code, problem: problem,
            effect: "the line is not normalized; the other lines are",
            remedy: "one JSON object per line with id, request and response; see `tollbook help normalize`")
    }

    private var code: String {
        switch self {
        case .notJSON: "normalize.not-json"
        case .missing: "normalize.missing-member"
        case .notBase64: "normalize.not-base64"
        case .tooLong: "normalize.line-too-long"
        }
    }

    private var problem: String {
        switch self {
        case .notJSON: "the line is no JSON object"
        case .missing(let member): "`\(member)` is missing or of the wrong kind"
        case .notBase64(let member): "`\(member)` is not base64"
        case .tooLong: "the line is longer than \(RecordedExchange.lineLimit) bytes"
        }
    }
}

/// One recorded exchange.
public struct RecordedExchange: Sendable {
    /// Bytes of one line; the bodies in it are held in memory.
    public static let lineLimit = 256 << 20

    public var id: String
    public var provider: String?
    public var method = "POST"
    public var path = "/"
    public var host = ""
    /// Names in lower case; a repeated name stands repeatedly.
    public var requestHeaders: [(name: String, value: String)] { requestFields.all }
    private var requestFields = RecordedHeaders()
    public var requestBody: [UInt8] = []
    public var status = 0
    public var responseHeaders: [(name: String, value: String)] { responseFields.all }
    private var responseFields = RecordedHeaders()
    public var responseBody: [UInt8] = []

    private enum Slot: Int, CaseIterable {
        case id, provider, method, path, host, requestHeaders, requestBody, requestBase64
        case status, responseHeaders, responseBody, responseBase64

        var path: String {
            switch self {
            case .id: "id"
            case .provider: "provider"
            case .method: "request.method"
            case .path: "request.path"
            case .host: "request.host"
            case .requestHeaders: "request.headers"
            case .requestBody: "request.body"
            case .requestBase64: "request.body_b64"
            case .status: "response.status"
            case .responseHeaders: "response.headers"
            case .responseBody: "response.body"
            case .responseBase64: "response.body_b64"
            }
        }
    }

    private static let selection = JSONSelection(
        Slot.allCases.map { ($0.path, .keep(slot: $0.rawValue)) })

    private static let scannerLimits: JSONLimits = {
        var limits = JSONLimits()
        limits.arena = lineLimit
        return limits
    }()

    /// A scanner for ``init(line:with:)``.
    public static func scanner() -> JSONScanner { JSONScanner(selection, limits: scannerLimits) }

    /// Reads one line.
    public init(line: borrowing Span<UInt8>) throws(RecordedExchangeError) {
        try self.init(line: line, with: Self.scanner())
    }

    /// Reads one line with a scanner whose memory is used again for the next one.
    public init(line: borrowing Span<UInt8>, with scanner: JSONScanner) throws(RecordedExchangeError) {
        guard line.count <= Self.lineLimit else { throw .tooLong }
        scanner.begin(Self.selection, limits: Self.scannerLimits)
        let end = scanner.feed(line, from: 0, to: line.count)
        for index in end..<line.count where !JSONScanner.isSpace(line[index]) { throw .notJSON }
        guard scanner.status == .complete else { throw .notJSON }
        guard let id = scanner.last(Slot.id.rawValue).flatMap({ scanner.string(of: $0) }) else {
            throw .missing("id")
        }
        self.id = id
        for capture in scanner.captures {
            guard let slot = Slot(rawValue: capture.slot), capture.kind != .null else { continue }
            try take(slot, scanner.bytes(of: capture), capture.kind)
        }
        guard status > 0 else { throw .missing("response.status") }
        guard path.hasPrefix("/") else { throw .missing("request.path") }
    }

    private mutating func take(
        _ slot: Slot, _ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind
    ) throws(RecordedExchangeError) {
        switch slot {
        case .id: break
        case .provider: provider = JSONText.string(bytes)
        case .method: method = try Self.text(bytes, slot.path).uppercased()
        case .path: path = try Self.text(bytes, slot.path)
        case .host: host = try Self.text(bytes, slot.path)
        case .status:
            guard let value = JSONText.digits(bytes), value <= 999 else { throw .missing(slot.path) }
            status = Int(value)
        case .requestHeaders: requestFields = RecordedHeaders(bytes)
        case .responseHeaders: responseFields = RecordedHeaders(bytes)
        case .requestBody: requestBody = try Self.bodyText(bytes, slot.path)
        case .responseBody: responseBody = try Self.bodyText(bytes, slot.path)
        case .requestBase64: requestBody = try Self.base64(bytes, slot.path)
        case .responseBase64: responseBody = try Self.base64(bytes, slot.path)
        }
    }

    private static func text(
        _ bytes: ArraySlice<UInt8>, _ path: String
    ) throws(RecordedExchangeError) -> String {
        guard let text = JSONText.string(bytes) else { throw .missing(path) }
        return text
    }

    private static func bodyText(
        _ bytes: ArraySlice<UInt8>, _ path: String
    ) throws(RecordedExchangeError) -> [UInt8] {
        guard let text = JSONText.stringBytes(bytes) else { throw .missing(path) }
        return text
    }

    private static func base64(
        _ bytes: ArraySlice<UInt8>, _ path: String
    ) throws(RecordedExchangeError) -> [UInt8] {
        guard let text = JSONText.stringBytes(bytes) else { throw .missing(path) }
        guard let decoded = decodedBase64(text) else { throw .notBase64(path) }
        return decoded
    }

    /// A header of the response. Recorders replace ids by placeholders that repeat the header's own
    /// name (`X-REQUEST-ID-XXX`); such a value says nothing.
    func responseHeader(_ name: String) -> String? {
        guard let value = responseFields[name] else { return nil }
        return value.lowercased().holds("request-id") ? nil : value
    }

    /// Runs the exchange through mediation as the relay would.
    ///
    /// - Parameters:
    ///   - cuts: where the response's body is cut into pieces, ascending; the result must not depend on them.
    ///   - surfaces: those that were found for other exchanges of the recording.
    public func usage(
        limits: MediationLimits = .standard, estimator: Estimator = .bytesByFour, cuts: [Int] = [],
        surfaces: RecordedSurfaces? = nil
    ) -> Usage {
        let opening = ExchangeOpening(method: method, path: path, host: host, provider: provider)
        var mediator = Mediator(
            on: surfaces?.surface(opening) ?? Surface(opening),
            requestContentType: requestFields["content-type"], limits: limits, estimator: estimator)
        mediator.requestBody(requestBody.span)
        mediator.requestEnd()
        mediator.responseHead(status: status) { responseHeader($0) }
        var start = 0
        for end in cuts + [responseBody.count] where end > start && end <= responseBody.count {
            _ = mediator.responseBody(responseBody.span.extracting(start..<end))
            start = end
        }
        return mediator.finish(.complete)
    }
}

/// Normalizes one line of a recording: its id, and what was used.
public func normalize(
    line: borrowing Span<UInt8>, estimator: Estimator = .bytesByFour
) throws(RecordedExchangeError) -> (id: String, usage: Usage) {
    let exchange = try RecordedExchange(line: line)
    return (exchange.id, exchange.usage(estimator: estimator))
}
