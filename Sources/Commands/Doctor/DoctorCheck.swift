/// One line of `tollbook doctor`.
struct DoctorCheck: Hashable {
    enum State: String {
        case ok, warn, fail
    }

    let name: String
    let state: State
    let detail: String
    /// What to do; empty when nothing is.
    let remedy: String

    static func ok(_ name: String, _ detail: String) -> DoctorCheck {
        DoctorCheck(name: name, state: .ok, detail: detail, remedy: "")
    }

    static func warn(_ name: String, _ detail: String, remedy: String) -> DoctorCheck {
        DoctorCheck(name: name, state: .warn, detail: detail, remedy: remedy)
    }

    static func fail(_ name: String, _ detail: String, remedy: String) -> DoctorCheck {
        DoctorCheck(name: name, state: .fail, detail: detail, remedy: remedy)
    }
}

/// What `doctor` calls old, much and far, with the reason for each.
enum DoctorLimits {
    /// Days since the newest comparison of prices with their sources: providers change them now and then.
    static let priceAge: Int64 = 180
    /// Seconds between this clock and PostgreSQL's: more would put calls into the wrong quarter of an hour.
    static let clockSkew: Int64 = 60
    /// Seconds since a sidecar last reported while it held records: it reports every few seconds.
    static let silence: Int64 = 300
    /// Days before a certificate's end: long enough to order another.
    static let certificateDays: Int64 = 14
    /// Upstreams that are tried; the rest is not.
    static let upstreams = 50
    /// Milliseconds for connection and TLS of one upstream: how long a dead one keeps the command waiting.
    static let upstreamMilliseconds = 3000
    /// Seconds since a sidecar last reported while its ledger should have partitions for the time ahead.
    static let running: Int64 = 86_400
    /// Days back for conflicts: long enough to be seen, short enough to end once the cause is gone.
    static let conflictDays: Int64 = 30
    /// Days back for unpriced models: a month shows every model in use.
    static let unpricedDays: Int64 = 30
    /// Unpriced models and sidecars that are named; the rest is counted.
    static let named = 5
    /// Unknown fields that are named, and models whose tokens per byte are shown; the rest is counted.
    static let unknownFields = 5
    static let ratios = 3
    /// Per cent of the spool's size that may be taken.
    static let spoolFill = 80
}
