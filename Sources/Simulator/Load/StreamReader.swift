// The load generator's side of an answer: finds the end of a chunked response and counts the events in it.
// A value, so that tests can cut the same bytes anywhere.

/// Walks the responses of one connection, one after another.
struct StreamReader: Sendable {
    /// Events (blank lines in the payload) of all responses so far.
    private(set) var events = 0
    /// Payload bytes of all responses so far.
    private(set) var bytes = 0
    private var phase = Phase.head
    private var head: [UInt8] = []
    private var left = 0
    private var lineLength = 0
    private var lastWasNewline = false

    private enum Phase { case head, size, extensions, data, dataEnd, trailer }

    enum Outcome: Equatable {
        case more
        /// A response ended exactly at the end of the bytes.
        case ended
        /// No chunked response with status 200, or bytes that nobody asked for.
        case broken
    }

    mutating func take(_ bytes: some Collection<UInt8>) -> Outcome {
        var rest = bytes[...]
        while let byte = rest.first {
            if phase == .data {
                let count = Swift.min(left, rest.count)
                countEvents(in: rest.prefix(count))
                rest = rest.dropFirst(count)
                left -= count
                if left == 0 { phase = .dataEnd }
                continue
            }
            rest = rest.dropFirst()
            switch control(byte) {
            case .more: continue
            case .ended: return rest.isEmpty ? .ended : .broken
            case .broken: return .broken
            }
        }
        return .more
    }

    private mutating func countEvents(in payload: some Collection<UInt8>) {
        bytes += payload.count
        for byte in payload where byte != 13 {
            if byte == 10, lastWasNewline {
                events += 1
                lastWasNewline = false
            } else {
                lastWasNewline = byte == 10
            }
        }
    }

    /// One byte outside the payload.
    private mutating func control(_ byte: UInt8) -> Outcome {
        switch phase {
        case .head: return headByte(byte)
        case .size:
            if byte == 10 {
                phase = left == 0 ? .trailer : .data
                lineLength = 0
            } else if let digit = JSONScan.hexDigit(byte) {
                left = left << 4 | digit
                if left > SimulatorLimits.bodyBytes { return .broken }
            } else if byte == UInt8(ascii: ";") {
                phase = .extensions
            } else if byte != 13 {
                return .broken
            }
        case .extensions: if byte == 10 { phase = left == 0 ? .trailer : .data }
        case .dataEnd:
            if byte == 10 {
                phase = .size
                left = 0
            }
        case .trailer:
            if byte == 10 {
                if lineLength == 0 {
                    phase = .head
                    return .ended
                }
                lineLength = 0
            } else if byte != 13 {
                lineLength += 1
            }
        case .data: return .broken
        }
        return .more
    }

    private mutating func headByte(_ byte: UInt8) -> Outcome {
        head.append(byte)
        guard head.count <= SimulatorLimits.headBytes else { return .broken }
        guard head.count >= 4, head.suffix(4).elementsEqual([13, 10, 13, 10]) else { return .more }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        head.removeAll(keepingCapacity: true)
        guard text.hasPrefix("http/1.1 200"), text.contains("transfer-encoding: chunked") else {
            return .broken
        }
        phase = .size
        left = 0
        return .more
    }
}
