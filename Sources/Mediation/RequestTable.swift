import Wire

/// Where a surface's requests say what mediation wants to know.
final class RequestTable: Sendable {
    enum Role: Sendable {
        case model, stream, streamOptions, includeUsage, maximumOutput, candidates, serviceTier, speed
        case size, quality
        case hint(AttributionHint.Kind)
        /// An object whose members are labels.
        case labels
        /// Who pays the provider; the account that is asked, where it is not said.
        case payer
        /// Text that the model reads.
        case text
    }

    struct Field: Sendable {
        let path: String
        let role: Role
        init(_ path: String, _ role: Role) {
            self.path = path
            self.role = role
        }
    }

    static let textCounter = 0

    let fields: [Field]
    /// Streams report usage only when `stream_options.include_usage` asks for it.
    let asksForUsage: Bool
    /// What a body that does not say means.
    let streamsByDefault: Bool
    let selection: JSONSelection
    /// The fields' places in the table by their paths.
    let rank: [String: Int]

    init(_ fields: [Field], asksForUsage: Bool = false, streamsByDefault: Bool = false) {
        self.fields = fields
        self.asksForUsage = asksForUsage
        self.streamsByDefault = streamsByDefault
        rank = Dictionary(
            fields.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        selection = JSONSelection(
            fields.enumerated().map { slot, field in
                if case .text = field.role { return (field.path, .measure(counter: Self.textCounter)) }
                return (field.path, .keep(slot: slot))
            })
    }

    /// What every surface's requests are searched for.
    static let common: [Field] = [
        Field("model", .model),
        Field("stream", .stream),
        Field("service_tier", .serviceTier),
        Field("metadata.tenant_id", .hint(.tenant)),
        Field("metadata.user_id", .hint(.user)),
        Field("metadata.playbook_id", .hint(.label("playbook_id"))),
        Field("user", .hint(.user)),
        Field("safety_identifier", .hint(.user)),
        Field("requestMetadata", .labels),
        Field("labels", .labels),
    ]

    static let plain = RequestTable(common)
}
