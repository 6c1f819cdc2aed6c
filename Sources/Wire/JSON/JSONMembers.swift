/// The members of one small object that a scanner has kept: for objects whose keys are data, such as
/// labels or recorded headers. Only the object's own level is walked.
public struct JSONMembers: Sequence, IteratorProtocol {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    /// - Parameter object: the verbatim bytes of an object. Bytes that are none yield no members.
    public init(_ object: ArraySlice<UInt8>) {
        bytes = object
        index = object.first == UInt8(ascii: "{") ? object.startIndex + 1 : object.endIndex
    }

    /// The next member: its key's text and the verbatim bytes of its value.
    public mutating func next() -> (key: String, value: ArraySlice<UInt8>)? {
        skip { JSONScanner.isSpace($0) || $0 == UInt8(ascii: ",") }
        guard let keyEnd = valueEnd(), bytes[index] == UInt8(ascii: "\"") else { return nil }
        guard let key = JSONText.string(bytes[index..<keyEnd]) else { return nil }
        index = keyEnd
        skip { JSONScanner.isSpace($0) || $0 == UInt8(ascii: ":") }
        guard let end = valueEnd() else { return nil }
        defer { index = end }
        return (key, bytes[index..<end])
    }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while index < bytes.endIndex, isSkipped(bytes[index]) { index += 1 }
    }

    /// The index after the value that begins at `index`.
    private func valueEnd() -> Int? {
        var depth = 0
        var inString = false
        var at = index
        while at < bytes.endIndex {
            let byte = bytes[at]
            if inString {
                if byte == UInt8(ascii: "\\") {
                    at += 1
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                    if depth == 0 { return at + 1 }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return at > index ? at : nil }
                    depth -= 1
                    if depth == 0 { return at + 1 }
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    if depth == 0 { return at > index ? at : nil }
                default: break
                }
            }
            at += 1
        }
        return nil
    }
}

extension JSONMembers {
    /// Where a member stands in its object's bytes, both with their quotes.
    public struct Place: Hashable, Sendable {
        public let key: Range<Int>
        public let value: Range<Int>
    }

    /// The places of the members whose values are strings, for objects with many members of which few are
    /// asked for. Of what is no such object, what comes before the fault.
    public static func places(in object: borrowing Span<UInt8>) -> [Place] {
        guard !object.isEmpty, object[0] == UInt8(ascii: "{") else { return [] }
        var places: [Place] = []
        places.reserveCapacity(32)
        var index = 1
        while true {
            skipGap(object, &index)
            let keyStart = index
            guard skipString(object, &index) else { return places }
            let key = keyStart..<index
            skipGap(object, &index)
            let valueStart = index
            if skipString(object, &index) {
                places.append(Place(key: key, value: valueStart..<index))
            } else {
                guard skipOther(object, &index) else { return places }
            }
        }
    }

    /// White space, commas and colons.
    private static func skipGap(_ bytes: borrowing Span<UInt8>, _ index: inout Int) {
        while index < bytes.count, bytes[index] <= 0x20 || bytes[index] == 0x2c || bytes[index] == 0x3a {
            index += 1
        }
    }

    /// - Returns: false where no whole string begins; the index then stays.
    private static func skipString(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        guard index < bytes.count, bytes[index] == 0x22 else { return false }
        var at = index + 1
        while true {
            at = JSONScanner.skipPlain(bytes, at, bytes.count)
            guard at < bytes.count else { return false }
            if bytes[at] == 0x22 { break }
            at = Swift.min(at + (bytes[at] == 0x5c ? 2 : 1), bytes.count)
        }
        index = at + 1
        return true
    }

    /// A value of another kind, with what lies in it.
    private static func skipOther(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x22:
                guard skipString(bytes, &index) else { return false }
                continue
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d:
                guard depth > 0 else { return false }
                depth -= 1
            case 0x2c where depth == 0: return true
            default: break
            }
            index += 1
        }
        return false
    }
}
