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
