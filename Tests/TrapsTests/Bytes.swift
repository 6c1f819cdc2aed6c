import Foundation

/// CRC-32 as zlib's, bit by bit: independent of what the product uses.
func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 {
            let isOdd = crc & 1 == 1
            crc >>= 1
            if isOdd { crc ^= 0xedb8_8320 }
        }
    }
    return ~crc
}

/// One message of an AWS event stream.
func eventStreamMessage(_ headers: [(String, String)], _ payload: [UInt8]) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
    let fields: [UInt8] = headers.flatMap { name, value -> [UInt8] in
        let length = [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 255)]
        return [UInt8(name.utf8.count)] + Array(name.utf8) + [7] + length + Array(value.utf8)
    }
    var message = number(fields.count + payload.count + 16) + number(fields.count)
    message += number(Int(crc32(message)))
    message += fields + payload
    return message + number(Int(crc32(message)))
}

/// A form that uploads a WAV file.
enum AudioForm {
    static func body(model: String, seconds: Int) -> [UInt8] {
        let field = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\(model)\r\n"
        let file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"
        return Array((field + file).utf8) + wav(seconds: seconds) + Array("\r\n--b--\r\n".utf8)
    }

    /// Silence of 8,000 bytes a second.
    static func wav(seconds: Int) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(value >> (8 * $0) & 255) }
        }
        let data = [UInt8](repeating: 128, count: 8000 * seconds)
        var chunks = Array("WAVEfmt ".utf8) + little(16, 4)
        for (value, count) in [(1, 2), (1, 2), (8000, 4), (8000, 4), (1, 2), (8, 2)] {
            chunks += little(value, count)
        }
        chunks += Array("data".utf8) + little(data.count, 4) + data
        return Array("RIFF".utf8) + little(chunks.count, 4) + chunks
    }
}
