// Writes heads and chunk lines from parts that were validated before: fields of a parsed head in their
// order, fields made by HeaderField, and numbers. No byte of a message reaches the other side by
// being copied as a whole, so a framing trick that a parser overlooked has no way through.

extension ByteQueue {
    /// Writes `METHOD target HTTP/1.1` and the `Host` that the configuration gives.
    public mutating func appendRequestLine(_ head: RequestHead, target: [UInt8], host: [UInt8]) {
        appendBytes(of: head.fields, head.methodRange)
        append(HTTPByte.space)
        append(target)
        append(" HTTP/1.1\r\nHost: ")
        append(host)
        append("\r\n")
    }

    /// Writes `HTTP/1.1 status reason`.
    public mutating func appendStatusLine(_ head: ResponseHead) {
        append("HTTP/1.1 ")
        append(decimal: head.status)
        append(HTTPByte.space)
        appendBytes(of: head.fields, head.reasonRange)
        append("\r\n")
    }

    /// Writes the end-to-end fields of a message in their order.
    ///
    /// - Parameters:
    ///   - length: what stands in place of the message's `Content-Length`; `nil` leaves it out.
    ///   - remove: fields of these names are left out.
    ///   - replacing: fields of the names of these are left out.
    /// - Returns: whether `Content-Length` was written.
    @discardableResult
    public mutating func appendFields(
        _ fields: borrowing FieldBlock, length: Int?, remove: [FieldName], replacing: [HeaderField]
    ) -> Bool {
        var wroteLength = false
        for index in fields.slots.indices {
            let slot = fields.slots[index]
            switch slot.role {
            case .hopByHop, .host: continue
            case .contentLength:
                if let length {
                    appendLength(length)
                    wroteLength = true
                }
                continue
            case .endToEnd: break
            }
            if !remove.isEmpty, remove.contains(where: { fields.hasName(index, $0) }) { continue }
            if !replacing.isEmpty, replacing.contains(where: { fields.hasName(index, $0.name) }) { continue }
            appendBytes(of: fields, slot.name)
            append(": ")
            appendBytes(of: fields, slot.value)
            append("\r\n")
        }
        return wroteLength
    }

    public mutating func append(_ field: HeaderField) {
        append(field.name.bytes)
        append(": ")
        append(field.value)
        append("\r\n")
    }

    /// Writes `Content-Length: n`.
    public mutating func appendLength(_ length: Int) {
        append("Content-Length: ")
        append(decimal: length)
        append("\r\n")
    }

    /// Writes payload as one chunk; nothing for no payload, because an empty chunk is the end.
    public mutating func appendChunk(_ payload: UnsafePointer<UInt8>, _ count: Int) {
        guard count > 0 else { return }
        var line = ChunkLine(count)
        line.withBytes { append($0, $1) }
        append(payload, count)
        append("\r\n")
    }

    /// Writes the last chunk, without trailers.
    public mutating func appendLastChunk() { append("0\r\n\r\n") }

    private mutating func appendBytes(of fields: borrowing FieldBlock, _ range: Range<Int>) {
        fields.bytes.withUnsafeBufferPointer { buffer in
            precondition(range.upperBound <= buffer.count)
            if let base = buffer.baseAddress { append(base + range.lowerBound, range.count) }
        }
    }
}

/// The line before a chunk's payload: its size in hexadecimal digits and CR LF.
public struct ChunkLine: Sendable {
    /// Bytes of the longest line.
    public static let maximum = 18

    // Filled from the back, so that the line ends where the payload begins.
    private var bytes: (UInt64, UInt64, UInt16) = (0, 0, 0)
    private let first: Int

    public init(_ size: Int) {
        var at = ChunkLine.maximum
        var rest = UInt(bitPattern: size)
        withUnsafeMutableBytes(of: &bytes) { line in
            line[at - 1] = HTTPByte.lineFeed
            line[at - 2] = HTTPByte.carriageReturn
            at -= 2
            repeat {
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                at -= 1
                line[at] = digit < 10 ? 0x30 + digit : 0x57 + digit
                rest >>= 4
            } while rest > 0
        }
        first = at
    }

    /// Calls `body` with the bytes of the line and their number.
    public mutating func withBytes(_ body: (UnsafePointer<UInt8>, Int) -> Void) {
        let from = first
        withUnsafeMutableBytes(of: &bytes) { line in
            guard let base = line.baseAddress else { return }
            body(
                UnsafePointer(base.assumingMemoryBound(to: UInt8.self)) + from, ChunkLine.maximum - from)
        }
    }
}
