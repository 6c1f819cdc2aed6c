// A growable run of bytes with a front that moves: what waits for a socket, a head that is not complete,
// a body that is held. It owns its memory, gives it back when empty if asked, and never copies what it
// does not have to. Noncopyable, so that a buffer has one owner.

import Glibc

/// Bytes in, bytes out, in order.
public struct ByteQueue: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>?
    private var start = 0
    private var end = 0
    /// Bytes of memory owned.
    public private(set) var capacity = 0

    public init() {}

    deinit { base?.deallocate() }

    public var count: Int { end &- start }
    public var isEmpty: Bool { end == start }

    /// The first waiting byte. Valid until the next change; only where ``count`` > 0.
    public var front: UnsafeMutablePointer<UInt8> { base! + start }

    /// Where the next byte goes. Valid for ``room`` bytes until the next change, after ``reserve(_:)``.
    public var tail: UnsafeMutablePointer<UInt8> { base! + end }

    /// Bytes that fit without growing.
    public var room: Int { capacity &- end }

    /// Makes room for so many more bytes. Grows to a power of two, at least 1 KiB.
    public mutating func reserve(_ more: Int) {
        if capacity &- end >= more { return }
        let waiting = end &- start
        if let base, capacity &- waiting >= more, start > capacity / 2 {
            memmove(base, base + start, waiting)
        } else {
            var wanted = Swift.max(capacity, 1024)
            while wanted - waiting < more { wanted *= 2 }
            let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
            if let base {
                if waiting > 0 { memcpy(fresh, base + start, waiting) }
                base.deallocate()
            }
            base = fresh
            capacity = wanted
        }
        start = 0
        end = waiting
    }

    public mutating func append(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        guard count > 0 else { return }
        reserve(count)
        memcpy(base! + end, bytes, count)
        end &+= count
    }

    public mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { if let at = $0.baseAddress { append(at, $0.count) } }
    }

    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { if let at = $0.baseAddress { append(at, $0.count) } }
    }

    public mutating func append(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

    public mutating func append(_ byte: UInt8) {
        reserve(1)
        base![end] = byte
        end &+= 1
    }

    /// Appends a count in decimal digits.
    public mutating func append(decimal value: Int) {
        precondition(value >= 0)
        var divisor = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: 0x30 + value / divisor % 10))
            divisor /= 10
        }
    }

    /// States that `count` bytes were written at ``tail``.
    public mutating func filled(_ count: Int) {
        precondition(count >= 0 && count <= room)
        end &+= count
    }

    /// Drops bytes at the front.
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start)
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Drops everything; the memory is kept unless there is more of it than `keeping` bytes.
    public mutating func clear(keeping limit: Int = 0) {
        start = 0
        end = 0
        if capacity > limit {
            base?.deallocate()
            base = nil
            capacity = 0
        }
    }

    /// Calls `body` with the waiting bytes.
    public func withSpan<R: ~Copyable>(_ body: (Span<UInt8>) -> R) -> R {
        guard let base else { return body(Span()) }
        return body(Span(_unsafeStart: base + start, count: end &- start))
    }
}
