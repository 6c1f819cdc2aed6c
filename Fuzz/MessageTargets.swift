// AWS event streams. Random bytes never have the checksums that a message needs, so the ones that stand where
// they belong are put right first; each message whose length is odd keeps its own.
@testable import Wire

private func crc(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var crc = UInt32.max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> (24 - 8 * UInt32($0))) }
}

private func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
}

/// The stream with the checksums of its messages, as far as their lengths can be followed.
private func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var at = 0
    while at + 16 <= bytes.count {
        let total = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        guard total >= 16, total <= bytes.count - at else { break }
        if total % 8 != 1 {
            bytes.replaceSubrange(at + 8..<at + 12, with: crc(bytes[at..<at + 8]))
            let end = at + total
            bytes.replaceSubrange(end - 4..<end, with: crc(bytes[at..<end - 4]))
        }
        at += total
    }
    return bytes
}

private func messageTarget(_ name: String, _ content: MessageFramer.Content) -> FuzzTarget {
    FuzzTarget(name: name, longest: 1024) { bytes in
        guard bytes.count > 1 else { return }
        let body = repaired(bytes.extracting(1..<bytes.count).array)
        checkCuts(body.span, seed: bytes[0]) { MessageFramer(content) }
    }
}

let messageTargets = [messageTarget("messages", .json), messageTarget("messages-wrapped", .wrapped)]

/// A first input: one message as a provider sends it, behind the byte that seeds the cuts.
func messageSeed(_ payload: String) -> [UInt8] {
    let name = Array(":event-type".utf8)
    let fields = [UInt8(name.count)] + name + [7, 0, 5] + Array("chunk".utf8)
    let head = number(fields.count + payload.utf8.count + 16) + number(fields.count)
    let message = head + [0, 0, 0, 0] + fields + Array(payload.utf8) + [0, 0, 0, 0]
    return [3] + message + message
}
