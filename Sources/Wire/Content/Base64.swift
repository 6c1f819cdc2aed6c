/// Decodes base64 in either alphabet, padding optional, white space allowed; nil when a character does
/// not belong there.
public func decodedBase64(_ text: [UInt8]) -> [UInt8]? {
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3 + 2)
    var bits: UInt32 = 0
    var count = 0
    var isPadded = false
    let isWhole = sextets.withUnsafeBufferPointer { sextets in
        for byte in text {
            let value = sextets[Int(byte)]
            guard value < 64 else {
                if value == foreign { return false }
                if value == padding { isPadded = true }
                continue
            }
            guard !isPadded else { return false }
            bits = bits << 6 | UInt32(value)
            count += 1
            guard count == 4 else { continue }
            out.append(UInt8(truncatingIfNeeded: bits >> 16))
            out.append(UInt8(truncatingIfNeeded: bits >> 8))
            out.append(UInt8(truncatingIfNeeded: bits))
            bits = 0
            count = 0
        }
        return true
    }
    guard isWhole else { return nil }
    switch count {
    case 0: break
    case 2: out.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
        out.append(UInt8(truncatingIfNeeded: bits >> 10))
        out.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: return nil
    }
    return out
}

private let space: UInt8 = 64
private let padding: UInt8 = 65
private let foreign: UInt8 = 255

/// What each byte stands for: six bits, or one of the three above.
private let sextets: [UInt8] = (0...255).map { (byte: UInt8) in
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    case UInt8(ascii: "="): padding
    case 0x0a, 0x0d, 0x20, 0x09: space
    default: foreign
    }
}
