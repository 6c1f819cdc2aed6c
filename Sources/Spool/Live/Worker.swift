import CLinux
import Glibc

/// A thread of our own for work that blocks: disk calls have no place on Swift's shared pool.
struct Worker: Sendable {
    private let thread: pthread_t

    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// - Parameter name: at most 15 bytes, as `top -H` shows it.
    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) throws(SpoolError) -> Worker {
        let body = Unmanaged.passRetained(Body(name, run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                    clinux_name_thread(body.name)
                    body.run()
                }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .unusable(path: "thread \(name)", reason: reason(code))
        }
        return Worker(thread: thread)
    }

    func join() { pthread_join(thread, nil) }
}
