import CZlib

/// Writes messages of AWS event streams.
enum EventStreamMessage {
    static func bytes(_ payload: [UInt8], type: String = "event") -> [UInt8] {
        let headers = field(":event-type", "chunk") + field(":message-type", type)
        var message = number(UInt32(headers.count + payload.count + 16)) + number(UInt32(headers.count))
        message += checksum(message)
        message += headers + payload
        return message + checksum(message)
    }

    private static func field(_ name: String, _ value: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [7, 0, UInt8(value.utf8.count)] + Array(value.utf8)
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        number(UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count))))
    }
}
