// Fields that the sidecar itself adds to a message. They are checked when made, so that nothing that a
// configuration or a caller supplies can break out of its line: what is written is always well formed.

/// The name of a field, made of token characters only. Names are compared without case.
public struct FieldName: Hashable, Sendable, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    /// - Returns: `nil` when the text is empty or has a character that no field name may have.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(HTTPByte.isToken) else { return nil }
        self.bytes = bytes
    }

    /// For names written in the source: a wrong one is our bug.
    public init(stringLiteral text: String) {
        let bytes = Array(text.utf8)
        precondition(!bytes.isEmpty && bytes.allSatisfy(HTTPByte.isToken), "not a field name: \(text)")
        self.bytes = bytes
    }

    public static func == (a: FieldName, b: FieldName) -> Bool {
        a.bytes.count == b.bytes.count
            && zip(a.bytes, b.bytes).allSatisfy { HTTPByte.lowercased($0) == HTTPByte.lowercased($1) }
    }

    public func hash(into hasher: inout Hasher) {
        for byte in bytes { hasher.combine(HTTPByte.lowercased(byte)) }
    }
}

/// A field whose value has neither line ends nor other control characters.
public struct HeaderField: Hashable, Sendable {
    public let name: FieldName
    let value: [UInt8]

    /// - Returns: `nil` when the value has a control character other than a tab.
    public init?(_ name: FieldName, _ value: String) {
        self.init(name, bytes: Array(value.utf8))
    }

    /// - Returns: `nil` when the value has a control character other than a tab.
    public init?(_ name: FieldName, bytes value: [UInt8]) {
        guard value.allSatisfy(HTTPByte.isFieldValue) else { return nil }
        self.name = name
        self.value = value
    }
}
