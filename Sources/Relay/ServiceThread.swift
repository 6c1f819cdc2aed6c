// A thread of our own: blocking calls and loops stay off Swift's shared pool. Everything in a sidecar that
// runs beside its main thread is one of these, apart from the spool's writer.

import CLinux
import Glibc
import Synchronization

/// Runs a closure on a thread that can be waited for. One that is let go of runs on alone.
public final class ServiceThread: Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: Mutex<pthread_t?>

    /// Starts it. Signals are blocked on it.
    ///
    /// - Parameter name: for debuggers and `top`; at most 15 bytes of it are shown.
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                clinux_name_thread(String(start.name.prefix(15)))
                // Signals are for the main thread, which knows what to do with them.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                start.body()
                return nil
            }, start.toOpaque())
        precondition(failed == 0, "no thread could be started")
        handle = Mutex(thread)
    }

    deinit {
        if let thread = handle.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Waits for its end; a second call returns at once.
    public func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { pthread_join(thread, nil) }
    }
}
