// A provider for the demo, the tests and the benchmark. It listens on loopback, speaks the real shapes of
// the real dialects with invented content, and bills numbers that the request decides, so that every amount
// behind it can be predicted. Where to start reading: `Request/Hints.swift` for what can be asked,
// `Dialects/` for what is said, `Server/` for how it is sent.

import CLinux
import Glibc
import Synchronization
import Terms

/// What a simulator is started with.
public struct SimulatorConfiguration: Sendable {
    /// Port on 127.0.0.1; 0 lets the system choose.
    public var port: UInt16 = 0
    /// File that gets one JSON line for each answer, synced before the answer's end leaves; nil for none.
    public var journal: String?
    /// File of recorded exchanges (JSON Lines with `id` and `response`) to replay by the request header
    /// `x-sim-exchange`; nil for none.
    public var recordings: String?
    /// Stands in every answer's id, so that two runs do not give the same ids.
    public var seed: UInt32 = 0

    public init() {}
}

/// A running simulator. It stops when ``stop()`` is called; dropping the handle does not stop it.
public final class Simulator: Sendable {
    /// Port on 127.0.0.1.
    public let port: UInt16
    private let signals: Signals
    private let thread: WorkerThread

    private init(port: UInt16, signals: Signals, thread: WorkerThread) {
        self.port = port
        self.signals = signals
        self.thread = thread
    }

    /// Listens and serves on a thread of its own.
    public static func start(
        _ configuration: SimulatorConfiguration = SimulatorConfiguration()
    ) throws(SimulatorError) -> Simulator {
        let recordings = try configuration.recordings.map { path throws(SimulatorError) in
            try Recordings.load(path)
        }
        let journal = try Journal.file(configuration.journal)
        let (listener, port) = try listen(configuration.port)
        let signals = Signals()
        let responder = Responder(
            seed: configuration.seed, recordings: recordings, journals: configuration.journal != nil)
        let thread = WorkerThread {
            EventLoop(
                listener: listener, signals: signals, responder: responder,
                journal: Journal(journal)
            ).run()
        }
        return Simulator(port: port, signals: signals, thread: thread)
    }

    /// Ends the loop, closes every connection, and returns when the thread has ended.
    public func stop() {
        signals.tell { $0.stop = true }
        thread.join()
    }

    /// Blocks until ``stop()`` is called elsewhere.
    public func wait() { thread.join() }

    /// Lets every stream that waits at its `hold` go on.
    public func releaseHeld() { signals.tell { $0.release = true } }

    public var statistics: SimulatorStatistics { signals.state.withLock { $0.statistics } }

    /// Blocks until the counts satisfy `condition`, at most `milliseconds`.
    ///
    /// - Returns: whether they did.
    public func wait(
        milliseconds: Int32 = 10_000, until condition: (SimulatorStatistics) -> Bool
    ) -> Bool {
        signals.wait(milliseconds: milliseconds, until: condition)
    }

    private static func listen(_ port: UInt16) throws(SimulatorError) -> (Int32, UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(AF_INET, kind, 0)
        guard listener >= 0 else { throw .listen(port: port, errno: clinux_errno()) }
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) != 0 || Glibc.listen(listener, 4096) != 0
                    || getsockname(listener, generic, &size) != 0
            }
        }
        guard !failed else {
            let reason = clinux_errno()
            close(listener)
            throw .listen(port: port, errno: reason)
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}
