import CLinux
import Glibc
public import Terms

/// Everything outside the program that a command may touch: streams, environment, clock. A test gives
/// a command another world and reads what it wrote.
public struct World {
    public let out: Output
    public let err: Output
    public let environment: [String: String]
    public let clock: @Sendable () -> Instant
    /// How stdout and stderr may look.
    public let outStyle: TerminalStyle
    public let errStyle: TerminalStyle

    public init(
        out: Output, err: Output, environment: [String: String] = [:],
        clock: @escaping @Sendable () -> Instant, outStyle: TerminalStyle = .plain,
        errStyle: TerminalStyle = .plain
    ) {
        self.out = out
        self.err = err
        self.environment = environment
        self.clock = clock
        self.outStyle = outStyle
        self.errStyle = errStyle
    }

    /// The world of this process. A write to a reader that left must be an error of that write, not
    /// the end of the process, so SIGPIPE is ignored from here on.
    public static func process() -> World {
        signal(SIGPIPE, SIG_IGN)
        let environment = processEnvironment()
        return World(
            out: Output(descriptor: STDOUT_FILENO, buffered: true),
            err: Output(descriptor: STDERR_FILENO, buffered: false),
            environment: environment, clock: Clock.now,
            outStyle: style(of: STDOUT_FILENO, environment), errStyle: style(of: STDERR_FILENO, environment))
    }

    /// The words behind the program's name, whatever a preloaded library did to the environment.
    public static func processArguments() -> [String] {
        var words: [String] = []
        var index: Int32 = 1
        while let word = clinux_argument(index) {
            words.append(String(cString: word))
            index += 1
        }
        return words
    }

    private static func style(of descriptor: Int32, _ environment: [String: String]) -> TerminalStyle {
        guard isatty(descriptor) == 1 else { return .plain }
        var size = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let columns = known ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
        // https://no-color.org: set and not empty means no colour.
        let colour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return TerminalStyle(columns: max(columns, 40), colour: colour)
    }

    private static func processEnvironment() -> [String: String] {
        var environment: [String: String] = [:]
        var index: Int32 = 0
        while let entry = clinux_environment(index) {
            let halves = String(cString: entry).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count == 2 { environment[String(halves[0])] = String(halves[1]) }
            index += 1
        }
        return environment
    }
}
