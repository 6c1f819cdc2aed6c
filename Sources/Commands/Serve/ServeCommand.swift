import Glibc
import Terms

/// Runs the sidecar until SIGTERM or SIGINT.
struct ServeCommand: Command {
    static let help = Help(
        "serve", "forward traffic, record its usage, post it to the ledger",
        details: """
            Listens on `listen`, forwards to the configured upstreams, and books every call. A client gets the \
            end of a response when its record is on disk. With PostgreSQL away, records wait in the spool.

            SIGTERM lets requests in flight end and posts the spool; `drain_timeout` bounds it.
            """,
        options: [ConfigurationOptions.database],
        examples: [
            Help.Example("tollbook serve --config tollbook.yaml", "run in the foreground"),
            Help.Example("tollbook config example > tollbook.yaml", "begin with a documented configuration"),
        ])

    let options: ConfigurationOptions

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments, settings: ["--database"])
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        // Before any thread exists: all of them inherit the mask, and only this one takes the signals.
        let signals = StopSignals()
        let log = Log()
        let database = try Database.open(configuration)
        defer { database.close() }
        let service = try Service.start(configuration, conninfo: database.conninfo, log: log)
        signals.wait()
        service.stop(within: configuration.drainTimeoutMilliseconds)
        return .done
    }
}

/// SIGTERM and SIGINT, taken by waiting instead of by a handler.
struct StopSignals {
    private var set = sigset_t()

    /// Blocks the signals in this thread and those that it will start. A file that may not grow is an error
    /// of the write, and a client that left is an error of the send: neither ends the process.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        // A terminal that closes, or a service manager that asks for a reload, must not cut the traffic.
        signal(SIGHUP, SIG_IGN)
    }

    func wait() {
        var set = set
        var taken: Int32 = 0
        while sigwait(&set, &taken) != 0 {}
    }
}
