// The limits of a session with PostgreSQL, each with its unit and its reason.

public struct SessionLimits: Hashable, Sendable {
    /// Seconds until an attempt to connect is given up. libpq takes no less than two.
    public var connectSeconds = 5
    /// Milliseconds that a statement may run on the server. Posting a batch takes a few; reports over
    /// years take seconds.
    public var statementMilliseconds = 60_000
    /// Milliseconds that a statement may wait for another session's lock.
    public var lockMilliseconds = 10_000
    /// Milliseconds beyond ``statementMilliseconds`` after which a silent server counts as gone: a
    /// stopped process or a cut network answers nothing at all.
    public var graceMilliseconds = 5_000

    public init() {}
}
