/// What went wrong, in four parts that HTTP bodies, the command line and the log render alike.
public struct Diagnosis: Error, Hashable, Sendable {
    /// A word of a closed list, such as `config.unknown-key`; see `docs/errors.md`.
    public let code: String
    /// What happened.
    public let problem: String
    /// What it means for the traffic or the money.
    public let effect: String
    /// What to do, with the command where there is one.
    public let remedy: String

    public init(code: String, problem: String, effect: String, remedy: String) {
        self.code = code
        self.problem = problem
        self.effect = effect
        self.remedy = remedy
    }
}
