// One connection of a loop, of either side: descriptor, what waits to be written, and what the
// edge-triggered poller said last. Each lives on its loop's thread only.

import CLinux
import Glibc
import Wire

/// What a read or write brought when it brought no bytes.
enum SocketResult {
    static let wouldBlock = -1
    static let failed = -2
}

class Socket {
    final let descriptor: Int32
    /// Distinguishes this connection from an earlier one with the same descriptor.
    final let generation: UInt32
    /// Bytes may wait to be read: set by the poller's edge, cleared by a read that found the end.
    final var readable = false
    /// The other side has sent its last byte.
    final var peerFinished = false
    final var isClosed = false
    /// In the loop's list of those to be read again.
    final var isQueued = false
    /// What the socket did not take yet.
    final var out = ByteQueue()
    /// When something has to happen, in milliseconds; moved freely.
    final var deadline = Int64.max
    /// When the wheel's reminder comes.
    final var remindedAt = Int64.max

    init(_ descriptor: Int32, generation: UInt32) {
        self.descriptor = descriptor
        self.generation = generation
    }

    var side: SocketSide { preconditionFailure("a socket is of one side") }

    final var token: UInt64 { UInt64(UInt32(bitPattern: descriptor)) | UInt64(generation) << 32 }

    /// - Returns: bytes read, 0 at the end, or a ``SocketResult``.
    func receive(_ into: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
        let got = clinux_receive(descriptor, into, room)
        if got >= 0 {
            if got < room, !peerFinished { readable = false }
            return got
        }
        if got == -Int(EAGAIN) {
            readable = false
            return SocketResult.wouldBlock
        }
        return got == -Int(EINTR) ? receive(into, room) : SocketResult.failed
    }

    /// - Returns: bytes taken, at least one, or a ``SocketResult``.
    func transmit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        let sent = clinux_send(descriptor, bytes, count)
        if sent >= 0 { return sent }
        if sent == -Int(EAGAIN) { return SocketResult.wouldBlock }
        return sent == -Int(EINTR) ? transmit(bytes, count) : SocketResult.failed
    }

    /// Like ``transmit(_:_:)`` for two stretches in one call.
    func transmit(
        _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) -> Int {
        let sent = clinux_send_pair(descriptor, a, aCount, b, bCount)
        if sent >= 0 { return sent }
        if sent == -Int(EAGAIN) { return SocketResult.wouldBlock }
        return sent == -Int(EINTR) ? transmit(a, aCount, b, bCount) : SocketResult.failed
    }

    /// Writes what waits. - Returns: false when the connection failed.
    final func flush() -> Bool {
        while !out.isEmpty {
            let sent = transmit(out.front, out.count)
            if sent == SocketResult.wouldBlock { return true }
            if sent < 0 { return false }
            out.consume(sent)
        }
        out.clear()
        return true
    }

    /// Writes at once what the socket takes and keeps the rest. - Returns: false when it failed.
    final func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var from = 0
        if out.isEmpty {
            while from < count {
                let sent = transmit(bytes + from, count - from)
                if sent == SocketResult.wouldBlock { break }
                if sent < 0 { return false }
                from += sent
            }
        }
        if from < count { out.append(bytes + from, count - from) }
        return true
    }

    /// ``write(_:_:)`` for two stretches, in one call where the socket can.
    final func write(
        _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) -> Bool {
        if aCount == 0 { return write(b, bCount) }
        if bCount == 0 { return write(a, aCount) }
        var sent = 0
        if out.isEmpty {
            let taken = transmit(a, aCount, b, bCount)
            if taken == SocketResult.failed { return false }
            sent = max(taken, 0)
        }
        if sent < aCount {
            out.append(a + sent, aCount - sent)
            out.append(b, bCount)
            return true
        }
        return write(b + (sent - aCount), bCount - (sent - aCount))
    }

    /// Says that nothing more is sent; the other side may still send.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Gives everything back. The other side sees a proper end unless `reset`.
    func close(reset: Bool) {
        if reset { clinux_reset_on_close(descriptor) }
        _ = Glibc.close(descriptor)
        out.clear()
        isClosed = true
    }
}
