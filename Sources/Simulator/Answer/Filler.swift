import Terms

// The invented words of every answer. They are the same for the same request, so a test can predict
// each byte, and they say what they are, so nobody takes them for a model's work.

/// Text without quotes, backslashes or control bytes: it stands in JSON strings as it is.
enum Filler {
    private static let sentence =
        "This is the simulated provider speaking: every token of this answer is counted once and only once. "
    private static let store: [UInt8] = {
        var bytes: [UInt8] = []
        while bytes.count < 1 << 16 { bytes.append(contentsOf: sentence.utf8) }
        return bytes
    }()
    private static let words: [[UInt8]] = [
        " the", " meter", " counts", " each", " token", " that", " crosses", " the", " bridge", " and",
        " writes", " it", " down", " once", " for", " everyone",
    ].map { Array($0.utf8) }

    /// `count` bytes of text (ASCII).
    static func text(_ count: Int) -> String {
        if count <= store.count { return String(decoding: store[..<count], as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes.append(contentsOf: store.prefix(count - bytes.count)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func word(_ index: Int) -> [UInt8] { words[index & 15] }
}

/// A value as JSON text.
func quoted(_ value: String) -> String {
    var safe = true
    for byte in value.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5c || byte == 0x7f { safe = false }
    if safe { return "\"\(value)\"" }
    var writer = JSONWriter()
    writer.string(value)
    return writer.text
}
