/// Decodes base64 in either alphabet, padding optional, white space allowed; nil when a character does
/// not belong there.
public func decodedBase64(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
        case UInt8(ascii: "="):
            padding += 1
            continue
        case 0x0a, 0x0d, 0x20, 0x09: continue
        default: return nil
        }
        guard padding == 0 else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 1
        if count == 4 {
            out.append(UInt8(truncatingIfNeeded: bits >> 16))
            out.append(UInt8(truncatingIfNeeded: bits >> 8))
            out.append(UInt8(truncatingIfNeeded: bits))
            bits = 0
            count = 0
        }
    }
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
