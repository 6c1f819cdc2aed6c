import Glibc

/// One of the program's two streams, buffered.
///
/// A reader that goes away (`| head`) is no error: what follows is dropped, and a long command sees
/// ``isClosed`` and stops. Any other failure to write (a full disk) is kept and ends the command.
public final class Output {
    private enum Target {
        case descriptor(Int32)
        case memory
    }

    private let target: Target
    private let buffered: Bool
    private var buffer: [UInt8] = []
    /// The reader is gone, or writing failed: nothing more will arrive.
    public private(set) var isClosed = false
    /// `errno` of a write that failed for another reason than a reader that left.
    public private(set) var failure: Int32?

    /// - Parameter buffered: false writes at once, as people expect of diagnostics.
    public init(descriptor: Int32, buffered: Bool) {
        target = .descriptor(descriptor)
        self.buffered = buffered
    }

    /// Keeps everything in ``captured``, for tests.
    public init() {
        target = .memory
        buffered = true
    }

    public var captured: String { String(decoding: buffer, as: UTF8.self) }

    public func write(_ text: String) { write(bytes: text.utf8) }

    public func write(bytes: some Collection<UInt8>) {
        if isClosed { return }
        buffer.append(contentsOf: bytes)
        if !buffered || buffer.count >= CommandLimits.outputBuffer { flush() }
    }

    /// Hands over what is buffered; blocks while the reader is slow.
    public func flush() {
        guard case .descriptor(let descriptor) = target else { return }
        var sent = 0
        while sent < buffer.count, !isClosed {
            let count = buffer.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)
            } else if errno != EINTR {
                if errno != EPIPE { failure = errno }
                isClosed = true
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// A terminal may have been left in non-blocking mode by another program.
    private func waitUntilWritable(_ descriptor: Int32) {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, -1)
    }
}
