// A one-dimensional array parameter. A batch is sent as one array per column, so this is where the
// sidecar spends most of its time on posting: values are written once, into memory that is kept for the
// next batch, and libpq reads them from there.
import Glibc

/// Filled element by element, used as a parameter, emptied, filled again.
public final class ArrayParameter {
    /// What the elements are.
    public enum Element: Sendable {
        case text, json, int2, int4, int8, bool, timestamp, numeric, uuid, bytes

        var types: (element: TypeID, array: TypeID) {
            switch self {
            case .text: (.text, .textArray)
            case .json: (.json, .jsonArray)
            case .int2: (.int2, .int2Array)
            case .int4: (.int4, .int4Array)
            case .int8: (.int8, .int8Array)
            case .bool: (.bool, .boolArray)
            case .timestamp: (.timestamptz, .timestamptzArray)
            case .numeric: (.numeric, .numericArray)
            case .uuid: (.uuid, .uuidArray)
            case .bytes: (.bytes, .bytesArray)
            }
        }
    }

    /// Dimensions, whether there are nulls, type of the elements, their number, index of the first.
    private static let headerSize = 20

    private struct State {
        var memory: UnsafeMutableRawPointer
        var capacity: Int
        var used = headerSize
        var count: Int32 = 0
        var hasNull = false
    }

    let element: Element
    /// Behind a pointer, because each access to a property of a class is checked for exclusivity, which
    /// here costs as much as the work.
    private let state: UnsafeMutablePointer<State>

    public init(_ element: Element) {
        self.element = element
        let capacity = 256
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(memory: .allocate(byteCount: capacity, alignment: 1), capacity: capacity))
    }

    public convenience init(texts: [String]) {
        self.init(.text)
        for text in texts { append(text) }
    }

    deinit {
        state.pointee.memory.deallocate()
        state.deallocate()
    }

    public var count: Int32 { state.pointee.count }

    /// Forgets the elements and keeps the memory.
    public func removeAll() {
        state.pointee.count = 0
        state.pointee.hasNull = false
        state.pointee.used = Self.headerSize
    }

    public func appendNull() {
        reserve(4)
        put(Int32(-1))
        state.pointee.hasNull = true
        state.pointee.count += 1
    }

    /// Text or JSON text.
    public func append(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { append(utf8: $0) }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { append(utf8: $0) } }
    }

    public func append(_ text: String?) {
        if let text { append(text) } else { appendNull() }
    }

    public func append(utf8 bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append(utf8: $0) }
    }

    private func append(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        reserve(4 + bytes.count)
        put(Int32(truncatingIfNeeded: bytes.count))
        if let start = bytes.baseAddress {
            memcpy(state.pointee.memory + state.pointee.used, start, bytes.count)
            state.pointee.used += bytes.count
        }
        state.pointee.count += 1
    }

    public func append(_ value: Int16) {
        reserve(6)
        put(Int32(2))
        put(value)
        state.pointee.count += 1
    }

    public func append(_ value: Int32) {
        reserve(8)
        put(Int32(4))
        put(value)
        state.pointee.count += 1
    }

    public func append(_ value: Int64) {
        reserve(12)
        put(Int32(8))
        put(value)
        state.pointee.count += 1
    }

    public func append(_ value: Int64?) {
        if let value { append(value) } else { appendNull() }
    }

    public func append(_ value: Bool) {
        reserve(5)
        put(Int32(1))
        put(value ? 1 as UInt8 : 0)
        state.pointee.count += 1
    }

    /// Microseconds since 1970-01-01.
    public func append(microseconds: Int64) { append(microseconds &- postgresEpoch) }

    public func append(uuid high: UInt64, _ low: UInt64) {
        reserve(20)
        put(Int32(16))
        put(high)
        put(low)
        state.pointee.count += 1
    }

    /// A numeric of `picos × 10⁻¹²`.
    public func append(picos: Int128) {
        let digits = NumericDigits(picos.magnitude)
        reserve(12 + 2 * digits.count)
        put(Int32(truncatingIfNeeded: 8 + 2 * digits.count))
        put(Int16(truncatingIfNeeded: digits.count))
        put(Int16(truncatingIfNeeded: digits.end - 4))  // the weight of the first digit
        put(UInt16(picos < 0 ? 0x4000 : 0))
        put(Int16(12))
        var index = digits.end
        while index > digits.start {
            index -= 1
            put(digits.groups[index])
        }
        state.pointee.count += 1
    }

    /// The whole array as PostgreSQL reads it, valid until the next change.
    func finished() -> UnsafeRawBufferPointer {
        let end = state.pointee.used
        state.pointee.used = 0
        put(Int32(1))
        put(Int32(state.pointee.hasNull ? 1 : 0))
        put(element.types.element.rawValue)
        put(state.pointee.count)
        put(Int32(1))
        state.pointee.used = end
        return UnsafeRawBufferPointer(start: state.pointee.memory, count: end)
    }

    /// Makes room for so many bytes; ``put(_:)`` relies on it.
    @inline(__always)
    private func reserve(_ bytes: Int) {
        if state.pointee.used + bytes > state.pointee.capacity { grow(bytes) }
    }

    private func grow(_ bytes: Int) {
        let used = state.pointee.used
        let capacity = max(state.pointee.capacity * 2, used + bytes)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        larger.copyMemory(from: state.pointee.memory, byteCount: used)
        state.pointee.memory.deallocate()
        state.pointee.memory = larger
        state.pointee.capacity = capacity
    }

    @inline(__always)
    private func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        state.pointee.memory.storeBytes(of: value.bigEndian, toByteOffset: state.pointee.used, as: Value.self)
        state.pointee.used += MemoryLayout<Value>.size
    }
}
