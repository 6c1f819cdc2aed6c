// The parameters of a statement, in binary. They are the only way in which values reach SQL: statement
// texts are `StaticString`, so nothing that came from outside can ever be part of one.

/// A one-dimensional array parameter, filled element by element and kept for the next batch.
public struct ArrayParameter: Sendable {
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

    let element: Element
    private(set) var count: Int32 = 0
    private(set) var hasNull = false
    private(set) var elements: [UInt8] = []

    public init(_ element: Element) { self.element = element }

    public init(texts: [String]) {
        self.init(.text)
        for text in texts { append(text) }
    }

    /// Forgets the elements and keeps the memory.
    public mutating func removeAll() {
        count = 0
        hasNull = false
        elements.removeAll(keepingCapacity: true)
    }

    public mutating func appendNull() {
        elements.appendBigEndian(Int32(-1))
        hasNull = true
        count += 1
    }

    /// Text or JSON text.
    public mutating func append(_ text: String) {
        elements.appendSized(text)
        count += 1
    }

    public mutating func append(_ text: String?) {
        if let text { append(text) } else { appendNull() }
    }

    public mutating func append(utf8 bytes: [UInt8]) {
        elements.appendSized(bytes)
        count += 1
    }

    public mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        elements.appendSized(value)
        count += 1
    }

    public mutating func append(_ value: Int64?) {
        if let value { append(value) } else { appendNull() }
    }

    public mutating func append(_ value: Bool) {
        elements.appendSized(value ? 1 as UInt8 : 0)
        count += 1
    }

    /// Microseconds since 1970-01-01.
    public mutating func append(microseconds: Int64) {
        elements.appendSized(microseconds &- postgresEpoch)
        count += 1
    }

    /// A numeric of `picos × 10⁻¹²`.
    public mutating func append(picos: Int128) {
        elements.appendSized(picos: picos)
        count += 1
    }

    public mutating func append(uuid high: UInt64, _ low: UInt64) {
        elements.appendBigEndian(Int32(16))
        elements.appendBigEndian(high)
        elements.appendBigEndian(low)
        count += 1
    }
}

/// The values of `$1`, `$2` … in the order in which they are added.
public struct Parameters: Sendable {
    private(set) var types: [UInt32] = []
    /// Where each value begins in ``bytes``; -1 is null.
    private(set) var offsets: [Int] = []
    private(set) var lengths: [Int32] = []
    private(set) var bytes: [UInt8] = []

    public init() {}

    /// Forgets the values and keeps the memory.
    public mutating func removeAll() {
        types.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    public mutating func add(_ text: String?) {
        add(.text, text) { $0.append(contentsOf: $1.utf8) }
    }

    public mutating func add(_ integer: Int64?) {
        add(.int8, integer) { $0.appendBigEndian($1) }
    }

    public mutating func add(_ bool: Bool?) {
        add(.bool, bool) { $0.append($1 ? 1 : 0) }
    }

    /// Microseconds since 1970-01-01.
    public mutating func add(microseconds: Int64?) {
        add(.timestamptz, microseconds) { $0.appendBigEndian($1 &- postgresEpoch) }
    }

    public mutating func add(uuid: (high: UInt64, low: UInt64)?) {
        add(.uuid, uuid) {
            $0.appendBigEndian($1.high)
            $0.appendBigEndian($1.low)
        }
    }

    public mutating func add(_ array: ArrayParameter) {
        let types = array.element.types
        add(types.array, array) {
            $0.appendBigEndian(Int32(1))
            $0.appendBigEndian(Int32(array.hasNull ? 1 : 0))
            $0.appendBigEndian(types.element.rawValue)
            $0.appendBigEndian($1.count)
            $0.appendBigEndian(Int32(1))
            $0.append(contentsOf: $1.elements)
        }
    }

    private mutating func add<Value>(_ type: TypeID, _ value: Value?, _ write: (inout [UInt8], Value) -> Void)
    {
        types.append(type.rawValue)
        guard let value else {
            offsets.append(-1)
            lengths.append(0)
            return
        }
        offsets.append(bytes.count)
        write(&bytes, value)
        lengths.append(Int32(truncatingIfNeeded: bytes.count - (offsets.last ?? 0)))
    }

    var count: Int { types.count }

    /// Gives C the arrays that it wants; all pointers are valid only inside `body`.
    func withC<Answer>(
        _ body: (
            Int32, UnsafePointer<UInt32>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Answer
    ) -> Answer {
        bytes.withUnsafeBytes { raw in
            // An empty text still needs an address: a null pointer would make it null.
            let base = raw.baseAddress ?? UnsafeRawPointer(Self.somewhere)
            let values = offsets.map { offset -> UnsafePointer<CChar>? in
                offset < 0 ? nil : (base + offset).assumingMemoryBound(to: CChar.self)
            }
            let formats = [Int32](repeating: 1, count: count)
            return body(Int32(count), types, values, lengths, formats)
        }
    }

    private nonisolated(unsafe) static let somewhere = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
}
