import CZlib
import Testing

@testable import Wire

@Suite struct MessageFramerTests {
    static let selection = JSONSelection([("a", .keep(slot: 0))])

    static func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        number(UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count))))
    }

    static func text(_ name: String, _ value: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [7, 0, UInt8(value.utf8.count)] + Array(value.utf8)
    }

    static func message(_ payload: String, headers: [UInt8] = text(":message-type", "event")) -> [UInt8] {
        let body = Array(payload.utf8)
        var bytes = number(UInt32(headers.count + body.count + 16)) + number(UInt32(headers.count))
        bytes += checksum(bytes)
        bytes += headers + body
        return bytes + checksum(bytes)
    }

    /// What the framer makes of pieces: mark, payload, start, kept value.
    static func events(_ pieces: [[UInt8]], _ content: MessageFramer.Content = .json) -> [String] {
        var framer = MessageFramer(content)
        let scanner = JSONScanner(selection)
        var found: [String] = []
        func describe(_ mark: String) {
            let kept = scanner.captures.map { String(decoding: scanner.bytes(of: $0), as: UTF8.self) }
            let flags = (framer.isBroken ? "!" : "") + (framer.signalsFailure ? "x" : "")
            found.append("\(mark)\(framer.payload)\(flags)@\(framer.eventStart) \(kept.joined())")
        }
        var base = 0
        for piece in pieces where !piece.isEmpty {
            framer.beginPiece(at: base)
            var cursor = 0
            var isOver = false
            while !isOver {
                switch framer.advance(piece.span, &cursor, scanner) {
                case .payload: describe("+")
                case .end:
                    describe(".")
                    scanner.reset()
                case .more: isOver = true
                }
            }
            base += piece.count
        }
        if framer.finish(scanner) { describe("$") }
        return found
    }

    /// The same at every cut and byte by byte.
    static func expect(
        _ bytes: [UInt8], _ expected: [String], _ content: MessageFramer.Content = .json
    ) {
        for cut in 0...bytes.count {
            let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
            #expect(events(pieces, content) == expected, "cut at \(cut)")
        }
        #expect(events(bytes.map { [$0] }, content) == expected)
    }

    @Test func messagesOneAfterTheOther() {
        let first = Self.message(#"{"a":1}"#)
        let bytes = first + Self.message("") + Self.message(#"{"a":2}"#)
        let second = first.count
        let third = second + Self.message("").count
        Self.expect(
            bytes,
            ["+json@0 1", ".json@0 1", ".none@\(second) ", "+json@\(third) 2", ".json@\(third) 2"])
    }

    @Test func aWrappedPayloadIsUnwrapped() {
        // {"a":7} in base64, padding around it.
        let bytes = Self.message(#"{"p":"abc","bytes":"eyJhIjo3fQ=="}"#)
        Self.expect(bytes, ["+json@0 7", ".json@0 7"], .wrapped)
    }

    @Test func whatIsNotWrappedIsBroken() {
        Self.expect(Self.message(#"{"a":1}"#), [".json!@0 "], .wrapped)
        Self.expect(Self.message(#"{"bytes":"%%"}"#), [".json!@0 "], .wrapped)
        let huge = String(repeating: "A", count: MessageFramer.wrappedLimit + 4)
        #expect(Self.events([Self.message("{\"bytes\":\"\(huge)\"}")], .wrapped) == [".json!@0 "])
    }

    @Test func exceptionsAreToldByTheirHeader() {
        let headers =
            Self.text(":exception-type", "throttlingException") + Self.text(":message-type", "exception")
        Self.expect(Self.message(#"{"a":1}"#, headers: headers), ["+jsonx@0 1", ".jsonx@0 1"])
        Self.expect(Self.message(#"{"a":1}"#, headers: headers), [".otherx@0 "], .wrapped)
    }

    @Test func headersOfEveryTypeAreWalkedOver() {
        let name: [UInt8] = [1, UInt8(ascii: "h")]
        let values: [[UInt8]] = [
            [0], [1], [2, 9], [3, 0, 9], [4, 0, 0, 0, 9], [5, 0, 0, 0, 0, 0, 0, 0, 9], [6, 0, 2, 1, 2],
            [8, 0, 0, 0, 0, 0, 0, 0, 9], [9] + [UInt8](repeating: 3, count: 16),
        ]
        let headers = values.flatMap { name + $0 } + Self.text(":message-type", "error")
        Self.expect(Self.message(#"{"a":1}"#, headers: headers), ["+jsonx@0 1", ".jsonx@0 1"])
        // A type that does not exist ends the walk; so does a value that is longer than the headers.
        Self.expect(Self.message(#"{"a":1}"#, headers: name + [77]), ["+json@0 1", ".json@0 1"])
        Self.expect(Self.message(#"{"a":1}"#, headers: name + [7, 255, 255]), ["+json@0 1", ".json@0 1"])
    }

    @Test func aWrongChecksumIsNotBelieved() {
        var bytes = Self.message(#"{"a":1}"#)
        bytes[bytes.count - 1] ^= 1
        Self.expect(
            bytes + Self.message(#"{"a":2}"#),
            [
                ".json!@0 ", "+json@\(bytes.count) 2", ".json@\(bytes.count) 2",
            ])
    }

    @Test("every flipped bit is noticed")
    func flippedBits() {
        let whole = Self.message(#"{"a":1}"#)
        for index in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[index] ^= 1 << UInt8(bit)
                let found = Self.events([bytes])
                #expect(!found.contains { $0.hasPrefix("+") }, "byte \(index), bit \(bit)")
                #expect(found.contains { $0.contains("!") }, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func aWrongPreludeEndsTheReading() {
        var bytes = Self.message(#"{"a":1}"#)
        bytes[9] ^= 1
        Self.expect(bytes + Self.message(#"{"a":2}"#), [".json!@0 "])
    }

    @Test func lengthsAreBounded() {
        for (total, headers) in [
            (15, 0), (16, 1), (16 + MessageFramer.payloadLimit + 1, 0), (1 << 24, 1 << 18),
        ] {
            var bytes = Self.number(UInt32(total)) + Self.number(UInt32(headers))
            bytes += Self.checksum(bytes)
            #expect(Self.events([bytes + [0]]) == [".json!@0 "])
        }
    }

    @Test func aMessageThatEndsEarlyIsCutShort() {
        let bytes = Self.message(#"{"a":1}"#)
        for count in 1..<bytes.count {
            #expect(Self.events([Array(bytes[..<count])]) == ["$json!@0 "], "after \(count)")
        }
    }

    @Test func noiseIsSurvived() {
        var state: UInt64 = 7
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for _ in 0..<2000 {
            var bytes = Self.message(#"{"bytes":"eyJhIjo3fQ=="}"#) + Self.message(#"{"a":1}"#)
            for _ in 0..<Int(next() % 6) { bytes[Int(next()) % bytes.count] = next() }
            let cut = Int(next()) % bytes.count
            for content in [MessageFramer.Content.json, .wrapped] {
                let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
                #expect(Self.events(pieces, content) == Self.events([bytes], content))
            }
        }
    }
}
