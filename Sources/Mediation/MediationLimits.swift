public import Wire

/// What mediation holds at most for one exchange.
public struct MediationLimits: Sendable {
    /// Kept values of one request body. Metadata and labels are what is large there.
    public var request = JSONLimits()
    /// Kept values of one response document or event.
    public var response = JSONLimits()
    /// Raw usage objects kept for the record, bytes. Most exchanges have one of 200–2,000 bytes.
    public var rawUsage = 64 * 1024
    /// Parts of one report that are billed by themselves (iterations, breakdowns): 1,000 is twice the
    /// longest server-side loop that providers document.
    public var parts = 1000
    /// Bytes of a form that are looked at: its small fields stand before the file, and a WAV header is
    /// short.
    public var form = 64 * 1024
    /// Bytes kept back while an event may turn out to be the usage-only event that we asked for. Such
    /// an event has 300–600 bytes; a larger one carries something else and passes.
    public var kept = 16 * 1024
    /// Bytes of a name taken from a body: model, id, finish reason, label.
    public var name = 512
    /// Labels and attribution hints taken from one body.
    public var hints = 32
    /// What the tap decodes of a compressed body.
    public var decoding = DecodingLimits()

    public init() {}
    public static let standard = MediationLimits()
}
