import Glibc

/// A growing run of bytes with the few spellings of the spool's formats: little-endian integers,
/// variable-length counts, and strings with their length in front. Owns its memory and reuses it.
struct ByteWriter: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int
    /// Bytes that stay allocated for the next use.
    private static let keptCapacity = 1 << 20

    init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        base = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// For checksums that are filled in later. Valid until the next change.
    var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// Forgets the bytes, and gives unusually much memory back.
    mutating func removeAll() {
        count = 0
        guard capacity > Self.keptCapacity else { return }
        base.deallocate()
        capacity = Self.keptCapacity
        base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    mutating func removeFirst(_ gone: Int) {
        precondition(gone >= 0 && gone <= count)
        memmove(base, base + gone, count - gone)
        count -= gone
    }

    /// Takes back everything from `count` on.
    mutating func truncate(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Overwrites bytes that were put before.
    mutating func patch<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    mutating func put<T: FixedWidthInteger>(fixed value: T) {
        reserve(MemoryLayout<T>.size)
        base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
        count += MemoryLayout<T>.size
    }

    /// Seven bits a byte, low bits first, the top bit says that more follows.
    @inline(__always)
    mutating func put(count value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Small magnitudes of either sign take few bytes.
    @inline(__always)
    mutating func put(number value: Int64) {
        put(count: UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    mutating func put(_ text: String) {
        let size = text.utf8.count
        put(count: UInt64(size))
        reserve(size)
        let target = base + count
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            if let source = utf8.baseAddress { target.copyMemory(from: source, byteCount: size) }
        }
        if copied == nil {
            for (index, byte) in text.utf8.enumerated() {
                target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            }
        }
        count += size
    }

    mutating func put(raw bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress { (base + count).copyMemory(from: source, byteCount: bytes.count) }
        count += bytes.count
    }

    mutating func put(zeros size: Int) {
        reserve(size)
        memset(base + count, 0, size)
        count += size
    }
}
