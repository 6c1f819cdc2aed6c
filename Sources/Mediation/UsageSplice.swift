import Wire

/// One replacement of bytes in a request body that leaves every other byte as it is.
public struct Splice: Hashable, Sendable {
    /// Where in the body, in bytes.
    public let offset: Int
    /// How many bytes of the body fall away there.
    public let removed: Int
    /// What stands there instead.
    public let inserted: [UInt8]

    public init(offset: Int, removed: Int, inserted: String) {
        self.offset = offset
        self.removed = removed
        self.inserted = Array(inserted.utf8)
    }
}

extension RequestReader {
    /// The smallest change of the body that asks for usage in the stream; nil when it is asked for,
    /// when the body does not stream, or when it is not clear what the change would mean.
    func usageSplice() -> Splice? {
        guard facts.stream == true, !facts.isMalformed, !facts.duplicateKeys, !includesUsage,
            let streamPlace
        else { return nil }
        if let includePlace {
            return Splice(offset: includePlace.lowerBound, removed: includePlace.count, inserted: "true")
        }
        switch (optionsKind, optionsPlace) {
        case (nil, _), (_, nil):
            return Splice(
                offset: streamPlace.upperBound, removed: 0,
                inserted: #","stream_options":{"include_usage":true}"#)
        case (.object, let place?):
            return Splice(
                offset: place.lowerBound + 1, removed: 0,
                inserted: optionsAreEmpty ? #""include_usage":true"# : #""include_usage":true,"#)
        case (.null, let place?):
            return Splice(
                offset: place.lowerBound, removed: place.count, inserted: #"{"include_usage":true}"#)
        default: return nil
        }
    }
}

/// Whether a refusal is about the splice: a 400 or 422 whose body names what was put in.
///
/// - Parameter body: after content decoding.
public func refusesToReportUsage(status: Int, body: borrowing Span<UInt8>) -> Bool {
    guard status == 400 || status == 422 else { return false }
    return holds(body, "stream_options") || holds(body, "include_usage")
}

private func holds(_ body: borrowing Span<UInt8>, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard body.count >= count else { return false }
    return body.withUnsafeBufferPointer { bytes in
        (0...bytes.count - count).contains { start in
            (0..<count).allSatisfy { bytes[start + $0] == word.utf8Start[$0] }
        }
    }
}
