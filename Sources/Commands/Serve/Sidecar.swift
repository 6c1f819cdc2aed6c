// What all loops of one `serve` share. Everything here is set before the loops start, or guards itself.
import Mediation
import Relay
import Spool
import Synchronization
import Terms

/// The shared part of a running sidecar.
final class Sidecar: Sendable {
    let upstreams: [SidecarUpstream]
    let fallback: Int?
    let rules: AttributionRules
    let trusted: TrustedCallers
    /// Tenants and keys, as last learnt.
    let access: AccessBoard
    let callers: CallerRules
    let spool: Spool
    /// What the process before this one left open.
    let open: OpenExchanges
    let policy: FullPolicy
    /// Wait for the disk before a client gets the end of its response.
    let strict: Bool
    /// Bodies up to so many bytes are read before they are sent.
    let inspectBody: Int
    let drain: DrainLimit
    let fingerprint: Fingerprint
    let operations = OperationCounter()
    /// For credits that a later attempt redeems.
    let refusedReads = RefusedReads()
    /// Tokens per byte of the models in use.
    let ratios: LearntRatios
    let estimator: Estimator
    /// Upstreams and models that do not know the splice.
    let refusals = UsageRefusals()
    let counters = Counters()
    let usage: UsageMetrics
    /// Refused calls by the code of their answer.
    let refusedCodes = RefusedCodes()
    /// A stop was asked for: who comes now is not accepted any more.
    let isDraining = Atomic<Bool>(false)
    /// Whether calls may pass the budgets that count them.
    let admission: Admission
    /// Answers callers who ask what they have used.
    let usageDesk: UsageDesk
    let names: [String]
    let prefixes: [String]
    /// Index of the first listener that answers health and metrics.
    let adminListener: Int

    init(
        _ settings: SidecarSettings, access: AccessBoard, callers: CallerRules, spool: Spool,
        fingerprint: Fingerprint, ratios: LearntRatios, admission: Admission, open: OpenExchanges,
        usageDesk: UsageDesk
    ) {
        self.access = access
        self.callers = callers
        self.admission = admission
        self.open = open
        self.usageDesk = usageDesk
        self.ratios = ratios
        estimator = ratios.estimator
        upstreams = settings.upstreams
        fallback = settings.defaultUpstream
        rules = settings.rules
        trusted = settings.trusted
        policy = settings.policy
        strict = settings.strict
        inspectBody = settings.inspectBody
        usage = UsageMetrics(limit: settings.series)
        drain = settings.drain
        adminListener = settings.adminListener
        names = settings.upstreams.map(\.name)
        prefixes = settings.upstreams.map(\.prefix)
        self.spool = spool
        self.fingerprint = fingerprint
    }

    /// Whether the next call would be answered, or why not.
    var refusal: Diagnosis? {
        guard !spool.acceptsRecords, policy == .refuse else { return nil }
        return Diagnosis(
            code: "spool.full",
            problem: "the spool takes no more records",
            effect: "the call was not sent, because its usage could not be recorded",
            remedy: "see `tollbook spool status`; bring PostgreSQL back or free disk space")
    }
}

/// The configuration's values, as the sidecar needs them.
struct SidecarSettings: Sendable {
    var upstreams: [SidecarUpstream]
    /// Index of the upstream for paths that name none.
    var defaultUpstream: Int?
    var rules: AttributionRules
    var trusted: TrustedCallers
    var policy: FullPolicy
    var strict: Bool
    var inspectBody: Int
    /// Combinations of tenant, upstream and model on the metrics page.
    var series: Int
    var drain: DrainLimit
    /// Index of the admin listener: the one behind those for traffic.
    var adminListener: Int
}

/// What `/metrics` counts. Any thread.
final class Counters: Sendable {
    let exchanges = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    /// Served without a record because the policy says so.
    let unrecorded = Atomic<Int>(0)
    let spliced = Atomic<Int>(0)
    /// Sent again without the splice, because the upstream refused it.
    let unspliced = Atomic<Int>(0)
    let posted = Atomic<Int>(0)
    let duplicates = Atomic<Int>(0)
    /// Records that came with an id that PostgreSQL had with other content.
    let conflicts = Atomic<Int>(0)
    let quarantined = Atomic<Int>(0)
    let postingFailures = Atomic<Int>(0)
}
