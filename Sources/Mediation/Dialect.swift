// What a dialect is: a table that says where one provider surface puts its counts and what they
// contain. The machinery that reads tables knows no provider.

import Terms
import Wire

/// One provider surface's spelling of usage. Immutable and shared by all exchanges of the surface.
public final class Dialect: Sendable {
    /// Permanent name, such as `openai/chat`.
    public let name: String
    /// Counts up when the table's meaning changes, so that records say which rules made them.
    public let version: Int
    /// The API's name in records.
    public let api: String
    /// What the response says and where.
    let fields: [Field]
    /// How counts contain each other.
    let inclusions: [Inclusion]
    let merge: Merge
    let stream: StreamShape
    let request: RequestTable
    let billing: Billing
    /// Nothing is ever charged for at this surface.
    public var isFree: Bool {
        switch billing {
        case .countOnly, .free, .replay: true
        case .billable, .once: false
        }
    }
    /// What is left of a stated total after all stated parts is output that the surface hides.
    let hidesReasoning: Bool
    /// A usage object without counts is a report all the same: zero counts are left out (proto3).
    let presenceStates: Bool
    /// Counts that this server always writes, whatever happened: input and output.
    let placeholder: (input: Int64, output: Int64)?
    /// Zero counts are what this server writes when it does not know.
    let zeroIsPlaceholder: Bool
    /// The meter of cache writes whose lifetime the report does not say.
    let cacheWriteMeter: CacheLifetime
    /// Only `total_tokens` was stated and nothing is generated: it is the input.
    let totalIsInput: Bool
    /// Rules that few surfaces need.
    let traits: DialectTraits
    /// Responses hold generated text (so that silence about usage is not the same as none).
    public let generates: Bool
    /// Responses have choices, so that an event without any is about the whole.
    let hasChoices: Bool
    /// What the fields compile to.
    let selection: JSONSelection
    /// The fields' roles by slot: what the hot path looks at.
    let roles: [Role]

    init(
        _ name: String, version: Int = 1, api: String, fields: [Field], inclusions: [Inclusion] = [],
        merge: Merge = .overlay, stream: StreamShape = .none, request: RequestTable = .plain,
        billing: Billing = .billable, hidesReasoning: Bool = false, zeroIsPlaceholder: Bool = false,
        cacheWriteMeter: CacheLifetime = .unspecified, totalIsInput: Bool = false,
        presenceStates: Bool = false, placeholder: (input: Int64, output: Int64)? = nil,
        traits: DialectTraits = DialectTraits()
    ) {
        self.name = name
        self.version = version
        self.api = api
        self.fields = fields
        self.inclusions = inclusions
        self.merge = merge
        self.stream = stream
        self.request = request
        self.billing = billing
        self.hidesReasoning = hidesReasoning
        self.zeroIsPlaceholder = zeroIsPlaceholder
        self.cacheWriteMeter = cacheWriteMeter
        self.totalIsInput = totalIsInput
        self.presenceStates = presenceStates
        self.placeholder = placeholder
        self.traits = traits
        roles = fields.map(\.role)
        generates = fields.contains { if case .text = $0.role { true } else { false } }
        hasChoices = fields.contains { if case .choice = $0.role { true } else { false } }
        selection = JSONSelection(fields.enumerated().map { ($1.path, $1.role.wish(slot: $0)) })
    }

    /// The same surface with a provider's own rules.
    func changed(
        _ name: String? = nil, adding: [Field] = [], inclusions: [Inclusion]? = nil,
        hidesReasoning: Bool? = nil, zeroIsPlaceholder: Bool? = nil, cacheWriteMeter: CacheLifetime? = nil,
        placeholder: (input: Int64, output: Int64)? = nil, billing: Billing? = nil,
        traits: DialectTraits? = nil
    ) -> Dialect {
        Dialect(
            name ?? self.name, version: version, api: api, fields: fields + adding,
            inclusions: inclusions ?? self.inclusions, merge: merge, stream: stream, request: request,
            billing: billing ?? self.billing, hidesReasoning: hidesReasoning ?? self.hidesReasoning,
            zeroIsPlaceholder: zeroIsPlaceholder ?? self.zeroIsPlaceholder,
            cacheWriteMeter: cacheWriteMeter ?? self.cacheWriteMeter, totalIsInput: totalIsInput,
            presenceStates: presenceStates, placeholder: placeholder ?? self.placeholder,
            traits: traits ?? self.traits)
    }

    /// The report is what this server writes whatever happened.
    func isPlaceholder(_ report: Snapshot) -> Bool {
        guard let placeholder else { return false }
        return report[.input] == placeholder.input && report[.output] == placeholder.output
    }
}

/// A path of the response and what stands there.
struct Field: Sendable {
    let path: String
    let role: Role
    /// Names the object where the surface has more than one of its role.
    let label: String?

    init(_ path: String, _ role: Role, label: String? = nil) {
        self.path = path
        self.role = role
        self.label = label
    }
}

/// What a field of a response is.
enum Role: Sendable {
    /// A count of the report that is being read.
    case cell(Cell)
    /// The usage object around the counts: ends a report and is kept verbatim.
    case usage
    /// Another object that is kept verbatim and whose counts are added to the report, but which is no
    /// report of tokens by itself.
    case side
    /// A count that stands in the document itself, without a usage object around it.
    case looseCell(Cell)
    /// A count that stands in the document itself; where it stands repeatedly, the counts add up.
    case sumCell(Cell)
    /// A count of what is charged for, where it is another than what the model saw.
    case billedCell(Cell)
    /// Present where the input count beside it holds cached tokens.
    case wholeInput
    /// A quantity of the report in another unit than tokens.
    case unit(Meter)
    /// Another object that is kept verbatim, and whose counts stand in only for those nothing else states.
    case fill
    /// A count of the current element of a list.
    case partCell(Cell)
    case partUnit(Meter)
    /// The element of a list: ends a part.
    case part(PartKind)
    case partModel
    /// What kind of element it is (`type`, `modality`), in the provider's word or number.
    case partType
    case model, responseID, requestID, serviceTier, speed, geo
    /// The name under which the work is sold, where the surface does not call it the answer's model.
    case soldModel
    /// How tokens came into the cache; the size class of a search; the model of a hosted tool.
    case cacheKind, searchContext, toolModel
    /// Why generation stopped; the last one stated counts.
    case finishReason
    /// The prompt was blocked: the stream has no other reason to end.
    case blockReason
    /// Detail that is appended to the reason after a colon.
    case finishDetail
    /// The event's type, where events have one.
    case eventType
    /// `true` ends the stream (Ollama).
    case doneFlag
    /// `true` where the work goes on after the response (OpenAI's background mode).
    case background
    /// Anything but null means that the provider failed.
    case error
    /// Decimal money in USD as the provider states it.
    case cost
    /// Money in 10⁻¹⁰ USD.
    case costTicks
    /// What the caller's own account with another provider is charged, in USD.
    case upstreamCost
    /// `true`: the call went through the caller's own account with another provider.
    case ownAccount
    /// Seconds of audio, told as a fact about the work and not as usage.
    case duration
    /// The size of a video, which decides what a second costs.
    case videoSize
    /// Present where pages were annotated, which has a price of its own.
    case annotation
    /// `redeemed`: cache writes are charged for as reads, as far as a refused attempt had read them.
    case credit
    /// Counters beside the report: text that was generated, choices in the event, members no other
    /// field names.
    case text, choice, stranger
    /// Queries of a server's search that the response lists.
    case search
    /// Places of a map that the response rests on.
    case mapsChunk
    /// What kind of item of the answer it is: calls of hosted tools have a fee of their own.
    case outputItem
    /// The session in which a hosted tool ran code.
    case container
    /// A quantity in the document itself, without a usage object around it.
    case looseUnit(Meter)
    /// Anything but zero means that the provider failed.
    case errorCode
    /// A member that carries nothing mediation reads, and is no stranger.
    case known

    static let textCounter = 0
    static let choiceCounter = 1
    static let strangerCounter = 2
    static let searchCounter = 3
    static let mapsCounter = 4

    func wish(slot: Int) -> JSONSelection.Wish {
        switch self {
        case .text: .measure(counter: Self.textCounter)
        case .choice: .count(counter: Self.choiceCounter)
        case .stranger: .count(counter: Self.strangerCounter)
        case .search: .count(counter: Self.searchCounter)
        case .mapsChunk: .count(counter: Self.mapsCounter)
        case .known: .know
        default: .keep(slot: slot)
        }
    }
}

/// Lists inside usage reports.
enum PartKind: Sendable {
    /// Separately billed turns of one response (Anthropic).
    case iteration
    /// A partition of the headline over models (Groq).
    case breakdown
    /// What a hosted image tool used under its own model.
    case imageTool
    /// Counts per modality (Gemini).
    case promptModality, cacheModality, outputModality, toolModality
    /// Cache writes per lifetime, which the element names (Bedrock).
    case cacheLifetime
    /// Calls of server tools per kind of tool (Gemini interactions).
    case toolCalls
    /// What a second model wrote for an image (OpenAI).
    case svgAuthor
    /// One of several responses that one exchange brings, billed by itself (realtime).
    case response
    /// What hearing the input cost, under a model of its own (realtime).
    case transcription
    /// What a guardrail judged beside the model (Bedrock).
    case guardrail
    /// The response to one request of a batch.
    case batchResult
}

/// How a count relates to the one it belongs to.
struct Inclusion: Sendable {
    enum Rule: Sendable {
        /// The larger number already contains it.
        case within
        /// It comes on top of the larger number.
        case beside
        /// It comes on top of the larger number, and of the stated total as well.
        case besideTotal
        /// As the stated total shows; where it shows nothing, as said here.
        case asTotalShows(otherwise: Placement)
        /// Contained where the larger number can hold it, which this surface then counts twice in its
        /// total; on top otherwise.
        case withinIfItFits
    }
    enum Placement: Sendable { case within, beside }

    let part: Cell
    let whole: Cell
    let rule: Rule

    static func within(_ part: Cell, _ whole: Cell) -> Inclusion {
        Inclusion(part: part, whole: whole, rule: .within)
    }
    static func beside(_ part: Cell, _ whole: Cell) -> Inclusion {
        Inclusion(part: part, whole: whole, rule: .beside)
    }
    static func besideTotal(_ part: Cell, _ whole: Cell) -> Inclusion {
        Inclusion(part: part, whole: whole, rule: .besideTotal)
    }
    static func withinIfItFits(_ part: Cell, _ whole: Cell) -> Inclusion {
        Inclusion(part: part, whole: whole, rule: .withinIfItFits)
    }
    static func asTotalShows(_ part: Cell, _ whole: Cell, otherwise: Placement) -> Inclusion {
        Inclusion(part: part, whole: whole, rule: .asTotalShows(otherwise: otherwise))
    }
}

/// How the reports of one stream make one.
enum Merge: Hashable, Sendable {
    /// Each stated count replaces the earlier one; an all-zero report replaces nothing.
    case overlay
    /// The last report stands whole.
    case replace
}

/// How a stream is framed and how it says that it ends.
struct StreamShape: Sendable {
    enum Framing: Sendable {
        case events, lines, array
        /// Binary messages, with the JSON in them as it is or in base64.
        case messages, wrappedMessages
    }
    enum Terminal: Sendable {
        /// `[DONE]`
        case marker
        /// An event of one of these types.
        case types([String])
        /// The done flag is true.
        case flag
        /// An event that states a finish reason.
        case finishReason
        /// The event that states usage.
        case report
    }
    var framing: Framing
    var terminal: Terminal
    /// Whether a stream ends properly without its terminal event: many servers of the surface do so.
    var terminalIsOptional = false
    /// Types of events whose usage is not yet one.
    var ignoredTypes: [String] = []
    /// Types of events that say that the provider failed.
    var failureTypes: [String] = []
    /// There is no sign of an end but the body's own (files).
    var endsWithBody = false
    /// Each report is complete for what was done so far; none is the last (sessions).
    var reportsAreFinal = false

    static let none = StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true)
}

/// Whether the surface is charged for.
enum Billing: Sendable {
    case billable, countOnly, free, replay
    /// Charged for once, however often it is looked at.
    case once
}

/// How long a cache write is kept.
enum CacheLifetime: Sendable { case unspecified, fiveMinutes, thirtyMinutes }
