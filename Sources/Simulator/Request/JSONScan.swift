// The little JSON that the simulator reads: a few members of request bodies and of recorded exchanges.
// It walks the bytes and skips what nobody asked for. It is not the parser of the product and shares
// no code with it, so that the two cannot be wrong in the same way.

enum JSONScan {
    /// Calls `member` with each key of the object at `at` and the index of its value, then steps over it.
    ///
    /// - Returns: false when the bytes are no object; members before the fault were reported.
    @discardableResult
    static func object(
        _ bytes: [UInt8], _ at: Int, member: (_ key: String, _ value: Int) -> Void
    ) -> Bool {
        var at = skipBlank(bytes, at)
        guard peek(bytes, at) == UInt8(ascii: "{") else { return false }
        at = skipBlank(bytes, at + 1)
        if peek(bytes, at) == UInt8(ascii: "}") { return true }
        while true {
            guard let (key, afterKey) = string(bytes, at) else { return false }
            at = skipBlank(bytes, afterKey)
            guard peek(bytes, at) == UInt8(ascii: ":") else { return false }
            at = skipBlank(bytes, at + 1)
            guard let end = skipValue(bytes, at) else { return false }
            member(key, at)
            at = skipBlank(bytes, end)
            if peek(bytes, at) == UInt8(ascii: "}") { return true }
            guard peek(bytes, at) == UInt8(ascii: ",") else { return false }
            at = skipBlank(bytes, at + 1)
        }
    }

    /// The string at `at` with its escapes resolved, and the index behind it.
    static func string(_ bytes: [UInt8], _ at: Int) -> (text: String, end: Int)? {
        guard let (decoded, end) = stringBytes(bytes, at) else { return nil }
        return (String(decoding: decoded, as: UTF8.self), end)
    }

    static func stringBytes(_ bytes: [UInt8], _ start: Int) -> (bytes: [UInt8], end: Int)? {
        guard peek(bytes, start) == UInt8(ascii: "\"") else { return nil }
        var result: [UInt8] = []
        var at = start + 1
        while let byte = peek(bytes, at) {
            if byte == UInt8(ascii: "\"") { return (result, at + 1) }
            if byte != UInt8(ascii: "\\") {
                result.append(byte)
                at += 1
                continue
            }
            guard let escape = peek(bytes, at + 1) else { return nil }
            at += 2
            switch escape {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                guard let scalar = unicode(bytes, &at) else { return nil }
                result.append(contentsOf: String(scalar).utf8)
            default: result.append(escape)
            }
        }
        return nil
    }

    /// Four hexadecimal digits, and four more when they are the first half of a pair.
    private static func unicode(_ bytes: [UInt8], _ at: inout Int) -> Unicode.Scalar? {
        guard let high = hexadecimal(bytes, at, 4) else { return nil }
        at += 4
        guard (0xd800..<0xdc00).contains(high), peek(bytes, at) == UInt8(ascii: "\\"),
            peek(bytes, at + 1) == UInt8(ascii: "u"), let low = hexadecimal(bytes, at + 2, 4),
            (0xdc00..<0xe000).contains(low)
        else { return Unicode.Scalar(UInt32(high)) ?? "\u{fffd}" }
        at += 6
        return Unicode.Scalar(UInt32(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)))
    }

    static func hexadecimal(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
        var value = 0
        for index in 0..<count {
            guard let byte = peek(bytes, at + index), let digit = hexDigit(byte) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// A whole number of at most twelve digits.
    static func integer(_ bytes: [UInt8], _ at: Int) -> Int? {
        var value = 0
        var index = at
        while let byte = peek(bytes, index), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            guard index - at < 12 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            index += 1
        }
        return index > at ? value : nil
    }

    /// True, false, or nil for anything else.
    static func bool(_ bytes: [UInt8], _ at: Int) -> Bool? {
        switch peek(bytes, at) {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The index behind the value at `at`; nil when the bytes end inside it.
    static func skipValue(_ bytes: [UInt8], _ start: Int) -> Int? {
        var at = start
        var depth = 0
        while let byte = peek(bytes, at) {
            switch byte {
            case UInt8(ascii: "\""):
                guard let end = skipString(bytes, at) else { return nil }
                at = end
                if depth == 0 { return at }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return at > start ? at : nil }
                depth -= 1
                if depth == 0 { return at + 1 }
            case UInt8(ascii: ","):
                if depth == 0 { return at > start ? at : nil }
            default: break
            }
            at += 1
        }
        return nil
    }

    private static func skipString(_ bytes: [UInt8], _ start: Int) -> Int? {
        var at = start + 1
        let count = bytes.count
        while at < count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { return at + 1 }
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    static func skipBlank(_ bytes: [UInt8], _ start: Int) -> Int {
        var at = start
        while let byte = peek(bytes, at), byte == 32 || (9...13).contains(byte) { at += 1 }
        return at
    }

    private static func peek(_ bytes: [UInt8], _ at: Int) -> UInt8? {
        at >= 0 && at < bytes.count ? bytes[at] : nil
    }
}
