import Glibc
import Terms

/// Runs the sidecar until SIGTERM or SIGINT.
struct ServeCommand: Command {
    static let help = Help(
        "serve", "forward traffic, record its usage, post it to the ledger",
        details: """
            Listens on `listen`, forwards to the configured upstreams, and books every call. A client gets the \
            end of a response when its record is on disk. With PostgreSQL away, records wait in the spool.

            SIGTERM lets requests in flight end and posts the spool; `drain_timeout` bounds it. SIGHUP reads the \
            certificates of `tls` again, which also happens when their files change; connections go on, and what \
            cannot be used leaves the old in force.
            """,
        options: [ConfigurationOptions.database],
        examples: [
            Help.Example("tollbook serve --config tollbook.yaml", "run in the foreground"),
            Help.Example("tollbook config example > tollbook.yaml", "begin with a documented configuration"),
        ])

    let options: ConfigurationOptions
    /// Seconds between two looks at the files of the certificates.
    private static let lookSeconds = 5

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments, settings: ["--database"])
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        // Before any thread exists: all of them inherit the mask, and only this one takes the signals.
        let signals = StopSignals()
        if !configuration.process.coreDumps { CoreDumps.forbid() }
        let log = Log(
            level: Observation.Level(configuration.logLevel), format: configuration.process.logFormat)
        let database = try Database.open(configuration)
        defer { database.close() }
        let service = try Service.start(configuration, conninfo: database.conninfo, log: log)
        signals.wait(lookingEvery: configuration.tls == nil ? nil : Self.lookSeconds) { asked in
            service.reloadCertificates(onlyChanged: !asked)
        }
        service.stop(within: configuration.drainTimeoutMilliseconds)
        return .done
    }
}

/// SIGTERM, SIGINT and SIGHUP, taken by waiting instead of by a handler.
struct StopSignals {
    private var set = sigset_t()

    /// Blocks the signals in this thread and those that it will start. A file that may not grow is an error
    /// of the write, and a client that left is an error of the send: neither ends the process.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        // A terminal that closes, or a service manager that asks for a reload, must not cut the traffic.
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Returns when the process is to end.
    ///
    /// - Parameters:
    ///   - seconds: between two calls of `turn`; nil: only when asked.
    ///   - turn: `true` when SIGHUP asks for it.
    func wait(lookingEvery seconds: Int? = nil, _ turn: (Bool) -> Void = { _ in }) {
        var set = set
        while true {
            var time = timespec(tv_sec: seconds ?? 0, tv_nsec: 0)
            let taken = seconds == nil ? sigwaitinfo(&set, nil) : sigtimedwait(&set, nil, &time)
            switch taken {
            case SIGHUP: turn(true)
            case 1...: return
            default: if errno == EAGAIN { turn(false) }
            }
        }
    }
}

/// A core file holds the memory of the process: keys, and the prompts and answers of the moment.
enum CoreDumps {
    /// For this process and for good.
    static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
