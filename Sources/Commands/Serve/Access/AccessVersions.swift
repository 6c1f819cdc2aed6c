// When a sidecar reads tenants and keys again. Their version only counts up; one that is lower than a version
// seen before says that the database was restored, or that a replica took its place. Its tables may then be
// filled one after the other while the version stands still: they are read again and again until the version
// has passed what was seen, and for a while a state without keys does not replace one that had some.
import Terms

struct AccessVersions {
    /// Milliseconds between two reads of a ledger that was set back.
    static let interval: Int64 = 10_000
    /// Milliseconds for which keys may be missing in a ledger that was set back: a table is filled at once,
    /// and there may be large ones before it.
    static let patience: Int64 = 600_000

    private var known: Int64
    private var hadKeys: Bool
    private var highest: Int64
    /// Monotonic milliseconds.
    private var readAt: Int64?
    private var setBackAt: Int64?

    /// - Parameters:
    ///   - known: the version that is known already.
    ///   - hadKeys: whether there were keys in it.
    init(known: Int64, hadKeys: Bool) {
        self.known = known
        self.hadKeys = hadKeys
        highest = known
    }

    /// - Parameter now: monotonic milliseconds, here and below.
    func isDue(_ version: Int64, now: Int64) -> Bool {
        if version != known { return true }
        return version < highest && readAt.map { now - $0 >= Self.interval } ?? true
    }

    /// Notes what was read.
    ///
    /// - Returns: whether it is to be used: it may be all that there is.
    mutating func take(_ state: AccessState, now: Int64) -> Bool {
        let isSetBack = state.version < highest
        setBackAt = isSetBack ? setBackAt ?? now : nil
        let isEmpty = state.keys.isEmpty || state.secrets.isEmpty
        if let setBackAt, hadKeys, isEmpty, now - setBackAt < Self.patience { return false }
        known = state.version
        highest = max(highest, known)
        readAt = now
        hadKeys = !isEmpty
        return true
    }
}
