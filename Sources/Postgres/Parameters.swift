// The parameters of a statement, in binary. They are the only way in which values reach SQL: statement
// texts are `StaticString`, so nothing that came from outside can ever be part of one.

/// The values of `$1`, `$2` … in the order in which they are added.
public struct Parameters {
    private enum Value {
        case null
        /// Where the value lies in ``bytes``.
        case plain(start: Int, count: Int)
        case array(ArrayParameter)
    }

    private var types: [UInt32] = []
    private var values: [Value] = []
    private var bytes: [UInt8] = []

    public init() {}

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

    /// An array, by reference: it must not change until the statement was sent.
    public mutating func add(_ array: ArrayParameter) {
        types.append(array.element.types.array.rawValue)
        values.append(.array(array))
    }

    private mutating func add<Value>(
        _ type: TypeID, _ value: Value?, _ write: (inout [UInt8], Value) -> Void
    ) {
        types.append(type.rawValue)
        guard let value else {
            values.append(.null)
            return
        }
        let start = bytes.count
        write(&bytes, value)
        values.append(.plain(start: start, count: bytes.count - start))
    }

    /// Gives C the arrays that it wants; all pointers are valid only inside `body`.
    func withC<Answer>(
        _ body: (
            Int32, UnsafePointer<UInt32>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Answer
    ) -> Answer {
        // One byte more than needed: an empty text needs an address too, a null pointer would make it null.
        (bytes + [0]).withUnsafeBytes { raw in
            var pointers: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            pointers.reserveCapacity(values.count)
            lengths.reserveCapacity(values.count)
            for value in values {
                switch value {
                case .null:
                    pointers.append(nil)
                    lengths.append(0)
                case .plain(let start, let count):
                    pointers.append(raw.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) })
                    lengths.append(Int32(truncatingIfNeeded: count))
                case .array(let array):
                    let content = array.finished()
                    pointers.append(content.baseAddress?.assumingMemoryBound(to: CChar.self))
                    lengths.append(Int32(truncatingIfNeeded: content.count))
                }
            }
            let formats = [Int32](repeating: 1, count: values.count)
            return withExtendedLifetime(self) {
                body(Int32(values.count), types, pointers, lengths, formats)
            }
        }
    }
}
