// The scanner inside strings and numbers: skipped many bytes at a time, validated to the letter.

import CBytes

extension JSONScanner {
    /// Reads the inside of a string from index `i`. Returns the index after the closing quote, of an
    /// offending byte (then the status is malformed), or `end`.
    @inline(__always)
    func scanString(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        let i = Self.skipPlain(bytes, start, end)
        guard i < end else { return end }
        switch bytes[i] {
        case UInt8(ascii: "\""):
            if isKey {
                endKey(bytes, i)
            } else {
                if measuring >= 0 { counters[Int(measuring)] &+= textLength + (i - segmentFrom) }
                endValue(bytes, i + 1)
                if repeated.phase == .inString { rememberStringEnd(at: i + 1) }
            }
            return i + 1
        case UInt8(ascii: "\\"):
            if isKey { keyHasEscape = true } else { textLength += i - segmentFrom }
            state = .escape
            return i + 1
        default:
            status = .malformed
            return i
        }
    }

    /// A key begins at `i`. Most keys stand whole in the piece, and their colon behind them.
    @inline(__always)
    func beginKey(_ bytes: borrowing Span<UInt8>, _ i: Int, _ end: Int) -> Int {
        isKey = true
        keyFrom = i
        if !keyBuffer.isEmpty { keyBuffer.removeAll(keepingCapacity: true) }
        keyHasEscape = false
        keyIsLong = false
        let stop = Self.skipPlain(bytes, i, end)
        guard stop < end, bytes[stop] == UInt8(ascii: "\"") else {
            state = .string
            return i
        }
        endKey(bytes, stop)
        let behind = stop &+ 1
        guard behind < end, bytes[behind] == UInt8(ascii: ":") else { return behind }
        state = .value
        return behind &+ 1
    }

    /// The first quote, backslash or control character from `start` on, or `end`.
    @inline(__always)
    static func skipPlain(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        let raw = bytes.bytes
        var i = start
        // Keys and short values end in the first words; long text goes on in blocks.
        let near = min(end, start &+ 32)
        while i &+ 8 <= near {
            let mask = stops(raw.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)) & highBits
            if mask != 0 { return i &+ mask.littleEndian.trailingZeroBitCount / 8 }
            i &+= 8
        }
        return skipPlainFar(bytes, i, end)
    }

    @inline(never)
    private static func skipPlainFar(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard start < end else { return start }
        // The check of the bounds: what stands below reads these bytes and no others.
        return bytes.extracting(start..<end).withUnsafeBufferPointer { rest in
            guard let base = rest.baseAddress else { return start }
            return start &+ cbytes_plain(base, rest.count)
        }
    }

    private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// The high bit of each byte that ends the plain part of a string; bytes above the first such one may
    /// be marked wrongly. With bit 1 flipped the quote and the control characters are the bytes below 0x21.
    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let flipped = word ^ (ones &* 0x02)
        let backslash = word ^ (ones &* 0x5c)
        return ((flipped &- ones &* 0x21) & ~flipped) | ((backslash &- ones) & ~backslash)
    }

    func stepEscape(_ i: Int, _ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            textLength += 1
            segmentFrom = i + 1
            state = .string
        case UInt8(ascii: "u"):
            unicodeDigits = 0
            unicodeUnit = 0
            state = .unicode
        default: fail()
        }
    }

    func stepUnicode(_ i: Int, _ byte: UInt8) {
        guard let digit = JSONText.hexValue(byte) else { return fail() }
        unicodeUnit = unicodeUnit << 4 | UInt32(digit)
        unicodeDigits += 1
        guard unicodeDigits == 4 else { return }
        // Half of a surrogate pair is two of the four bytes that the pair takes in UTF-8.
        let isSurrogate = (0xd800..<0xe000).contains(unicodeUnit)
        textLength += unicodeUnit < 0x80 ? 1 : unicodeUnit < 0x800 || isSurrogate ? 2 : 3
        segmentFrom = i + 1
        state = .string
    }

    /// A piece ended inside a string: remember what the rest of it will need.
    func carryString(_ bytes: borrowing Span<UInt8>, _ end: Int) {
        if isKey {
            appendKey(bytes, end)
        } else if state == .string {
            textLength += max(0, end - segmentFrom)
        }
    }

    private func appendKey(_ bytes: borrowing Span<UInt8>, _ end: Int) {
        guard keyFrom < end, !keyIsLong else { return }
        // Six bytes of escape for one of the key at most.
        guard keyBuffer.count + end - keyFrom <= JSONSelection.keyLimit * 6 else {
            keyIsLong = true
            return
        }
        bytes.extracting(keyFrom..<end).withUnsafeBufferPointer { keyBuffer.append(contentsOf: $0) }
    }

    /// A key's closing quote stands at `i`: find the point of the selection that it leads to.
    private func endKey(_ bytes: borrowing Span<UInt8>, _ i: Int) {
        state = .colon
        node = JSONSelection.nowhere
        let parent = top.node
        guard parent != JSONSelection.nowhere else { return }
        if keyBuffer.isEmpty, !keyHasEscape {
            match(bytes, keyFrom, i, parent)
            return
        }
        appendKey(bytes, i)
        if keyIsLong {
            node = selection.nodes[Int(parent)].anyMember
        } else if keyHasEscape {
            let key = JSONText.unescaped(keyBuffer)
            match(key.span, 0, key.count, parent)
        } else {
            let key = keyBuffer
            match(key.span, 0, key.count, parent)
        }
    }

    private func match(_ bytes: borrowing Span<UInt8>, _ from: Int, _ to: Int, _ parent: UInt16) {
        let point = selection.nodes[Int(parent)]
        node = point.anyMember
        guard point.childCount > 0, to - from <= JSONSelection.keyLimit else { return }
        let head = Self.head(bytes, from, to)
        // Most keys are not asked for; their bit in the sieve tells, and for the others where to look.
        let bit = JSONSelection.sieveBit(head, to - from)
        guard point.sieve & bit != 0 else { return }
        let rank = (point.sieve & (bit &- 1)).nonzeroBitCount
        let first = Int(point.firstChild)
        let start = Int(selection.ranks[Int(point.firstRank) + rank])
        for index in start..<first + Int(point.childCount) {
            let child = selection.children[index]
            guard child.head == head, Int(child.keyLength) == to - from else { continue }
            if to - from > 8, !Self.sameTail(bytes, from, to, selection.keys, at: Int(child.keyStart)) {
                continue
            }
            node = child.node
            let seen: UInt64 = 1 &<< UInt64(index &- first)
            if top.seen & seen != 0 { duplicateKeys = true }
            top.seen |= seen
            return
        }
    }

    private static func sameTail(
        _ bytes: borrowing Span<UInt8>, _ from: Int, _ to: Int, _ keys: [UInt8], at start: Int
    ) -> Bool {
        // Eight bytes at a time, the last eight of the key together: they overlap what was compared before.
        let last = to - from - 8
        var offset = min(8, last)
        while true {
            let a = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: from + offset, as: UInt64.self)
            let b = keys.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
            }
            if a != b { return false }
            if offset == last { return true }
            offset = min(offset + 8, last)
        }
    }

    @inline(__always)
    private static func head(_ bytes: borrowing Span<UInt8>, _ from: Int, _ to: Int) -> UInt64 {
        if from &+ 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self))
            return to &- from >= 8 ? word : word & ((1 &<< UInt64((to &- from) &* 8)) &- 1)
        }
        var head: UInt64 = 0
        for offset in 0..<min(8, to - from) { head |= UInt64(bytes[from + offset]) << UInt64(offset * 8) }
        return head
    }

    /// Reads a number on from index `i`. Returns the index of the first byte that is not part of it.
    func scanNumber(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var i = start
        if state == .integer || state == .fraction {
            // Most numbers are a run of digits, and no more.
            while i < end, bytes[i] &- UInt8(ascii: "0") < 10 { i &+= 1 }
            if i < end, bytes[i] < UInt8(ascii: ".") || bytes[i] | 0x20 == UInt8(ascii: "}") {
                endValue(bytes, i)
                return i
            }
        }
        while i < end {
            let byte = bytes[i]
            let isDigit = byte &- UInt8(ascii: "0") < 10
            switch state {
            case .integer where isDigit, .fraction where isDigit, .exponent where isDigit: break
            case .minus where isDigit: state = byte == UInt8(ascii: "0") ? .zero : .integer
            case .point where isDigit: state = .fraction
            case .exponentMark where isDigit, .exponentSign where isDigit: state = .exponent
            case .exponentMark where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"):
                state = .exponentSign
            case .integer where byte == UInt8(ascii: "."), .zero where byte == UInt8(ascii: "."):
                state = .point
            case .integer where byte | 0x20 == UInt8(ascii: "e"),
                .zero where byte | 0x20 == UInt8(ascii: "e"),
                .fraction where byte | 0x20 == UInt8(ascii: "e"):
                state = .exponentMark
            case .integer, .zero, .fraction, .exponent:
                endValue(bytes, i)
                return i
            default:
                status = .malformed
                return i
            }
            i += 1
        }
        return i
    }
}
