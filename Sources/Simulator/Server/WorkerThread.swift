// A thread that we own. The loop blocks in the kernel, so it must not sit on a thread that Swift shares.

import Glibc
import Synchronization

/// Runs one closure on its own thread.
final class WorkerThread: Sendable {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// The thread until it was joined.
    private let handle: Mutex<pthread_t?>

    init(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(run)).toOpaque()
        let failed = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, work)
        precondition(failed == 0, "no thread could be started: errno \(failed)")
        handle = Mutex(thread)
    }

    /// Waits for the closure's end. Only the first caller waits.
    func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { pthread_join(thread, nil) }
    }
}
