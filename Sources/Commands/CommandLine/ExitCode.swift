/// How a command ended, for scripts: the whole list, as `tollbook help exit-codes` prints it.
public enum ExitCode: Int32, CaseIterable, Sendable {
    case done = 0
    case couldNot = 1
    case found = 2
    case usage = 64
    case unavailable = 69
    case bug = 70
    case configuration = 78

    /// One line for the help page and the man page.
    public var meaning: String {
        switch self {
        case .done: "done"
        case .couldNot: "could not do it, or could do only a part; the diagnosis says which"
        case .found:
            "judged and found something: doctor, prices check, and anything else whose work is to judge"
        case .usage: "the command line was wrong; nothing was done"
        case .unavailable: "something needed is away: PostgreSQL, a system package"
        case .bug: "an error of tollbook itself; please report it with the message"
        case .configuration: "the configuration or the database's schema does not fit; nothing was started"
        }
    }
}
