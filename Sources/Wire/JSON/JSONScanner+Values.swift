// The scanner's walk over structure: which byte may follow which, where values begin and end, and
// which point of the selection each stands at.

extension JSONScanner {
    /// Runs the state machine over a piece. Returns the index of the first byte that was not read.
    ///
    /// - Parameter untilString: stop behind the end of a string value.
    func run(
        _ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ stopAtLineBreaks: Bool,
        untilString: Bool = false
    ) -> Int {
        var i = start
        while i < end {
            switch state {
            case .string:
                i = scanString(bytes, i, end)
                if i >= end || status == .complete { return i }
                if status == .malformed {
                    settleBreak(bytes, i, stopAtLineBreaks)
                    return i
                }
                if untilString, state == .after { return i }
                continue
            case .zero, .integer, .fraction, .exponent, .minus, .point, .exponentMark, .exponentSign:
                i = scanNumber(bytes, i, end)
                if status == .malformed {
                    settleBreak(bytes, i, stopAtLineBreaks)
                    return i
                }
                if status == .complete { return i }
                continue
            default: break
            }
            let byte = bytes[i]
            if byte <= 0x20, Self.isSpace(byte), isBetweenTokens {
                if stopAtLineBreaks, Self.isLineBreak(byte) { return i }
                i += 1
                continue
            }
            if stopAtLineBreaks, Self.isLineBreak(byte) { return i }
            i = step(bytes, i, byte, end)
            if status != .incomplete { return i }
        }
        return i
    }

    /// A string or number met a byte that it cannot hold. The end of an event stream's line is judged
    /// when the lines are joined; anything else is the end of the document.
    private func settleBreak(_ bytes: borrowing Span<UInt8>, _ i: Int, _ stopAtLineBreaks: Bool) {
        if stopAtLineBreaks, i < bytes.count, Self.isLineBreak(bytes[i]) {
            status = .incomplete
        } else {
            fail()
        }
    }

    static func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
    /// The four characters that may stand between tokens.
    public static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    private var isBetweenTokens: Bool { state.rawValue <= State.after.rawValue }

    /// One byte that is neither white space nor inside a string or number, and what of its token follows in
    /// the piece. Returns the index of the first byte not read: of this one, where it may not stand here.
    @inline(__always)
    private func step(_ bytes: borrowing Span<UInt8>, _ i: Int, _ byte: UInt8, _ end: Int) -> Int {
        switch state {
        case .after: return stepAfter(bytes, i, byte)
        case .firstKey where byte == UInt8(ascii: "}"): close(bytes, i, object: true)
        case .key, .firstKey:
            guard byte == UInt8(ascii: "\"") else { return refuse(i) }
            return beginKey(bytes, i &+ 1, end)
        case .colon:
            guard byte == UInt8(ascii: ":") else { return refuse(i) }
            state = .value
        case .firstElement where byte == UInt8(ascii: "]"): close(bytes, i, object: false)
        case .value, .firstElement: return stepValue(bytes, i, byte, end)
        case .escape: stepEscape(i, byte)
        case .unicode: stepUnicode(i, byte)
        case .literal: stepLiteral(bytes, i, byte)
        case .byteOrderMark:
            guard byte == (literalAt == 1 ? 0xbb : 0xbf) else { return refuse(i) }
            literalAt += 1
            if literalAt == 3 { state = .value }
        default: fail()
        }
        return status == .malformed ? i : i &+ 1
    }

    private func refuse(_ i: Int) -> Int {
        fail()
        return i
    }

    @inline(__always)
    private func stepAfter(_ bytes: borrowing Span<UInt8>, _ i: Int, _ byte: UInt8) -> Int {
        // `after` is entered with at least one level open.
        switch byte {
        case UInt8(ascii: ","):
            if top.isObject {
                state = .key
            } else {
                node = elementNode()
                state = .value
            }
        case UInt8(ascii: "}"): close(bytes, i, object: true)
        case UInt8(ascii: "]"): close(bytes, i, object: false)
        default: fail()
        }
        return status == .malformed ? i : i &+ 1
    }

    @inline(__always)
    private func stepValue(_ bytes: borrowing Span<UInt8>, _ i: Int, _ byte: UInt8, _ end: Int) -> Int {
        switch byte {
        case UInt8(ascii: "\""):
            beginValue(i, .string)
            isKey = false
            measuring = node == JSONSelection.nowhere ? -1 : selection.nodes[Int(node)].measure
            textLength = 0
            segmentFrom = i &+ 1
            state = .string
            if repeated.phase == .before, measuring >= 0 { rememberString(at: i &+ 1) }
        case UInt8(ascii: "{"): push(i, object: true)
        case UInt8(ascii: "["): push(i, object: false)
        case UInt8(ascii: "-"):
            beginValue(i, .number)
            state = .minus
        case UInt8(ascii: "0"):
            beginValue(i, .number)
            state = .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            beginValue(i, .number)
            state = .integer
        case UInt8(ascii: "t"): return beginLiteral(bytes, i, end, .bool, 0x6575_7274, 4)
        case UInt8(ascii: "f"): return beginLiteral(bytes, i, end, .bool, 0x65_736c_6166, 5)
        case UInt8(ascii: "n"): return beginLiteral(bytes, i, end, .null, 0x6c6c_756e, 4)
        case 0xef where depth == 0 && consumed + i - pieceStart == 0:
            literalAt = 1
            state = .byteOrderMark
        default: fail()
        }
        return status == .malformed ? i : i &+ 1
    }

    private func beginLiteral(
        _ bytes: borrowing Span<UInt8>, _ i: Int, _ end: Int, _ kind: JSONCapture.Kind, _ text: UInt64,
        _ length: UInt8
    ) -> Int {
        beginValue(i, kind)
        // The last four letters together, where they are in the piece; `false` has one before them.
        let behind = i &+ Int(length)
        if behind <= end,
            bytes.bytes.unsafeLoadUnaligned(fromByteOffset: behind &- 4, as: UInt32.self).littleEndian
                == UInt32(truncatingIfNeeded: text >> UInt64((length &- 4) &* 8))
        {
            endValue(bytes, behind)
            return behind
        }
        literal = text
        literalLength = length
        literalAt = 1
        state = .literal
        return i &+ 1
    }

    private func stepLiteral(_ bytes: borrowing Span<UInt8>, _ i: Int, _ byte: UInt8) {
        guard byte == UInt8(truncatingIfNeeded: literal >> UInt64(literalAt * 8)) else { return fail() }
        literalAt += 1
        if literalAt == literalLength { endValue(bytes, i + 1) }
    }

    private func push(_ i: Int, object: Bool) {
        guard depth < limits.depth else { return fail() }
        beginValue(i, object ? .object : .array)
        if depth > 0 {
            if around.capacity == 0 { around.reserveCapacity(16) }
            around.append(top)
        }
        top = Level(node: node, isObject: object, seen: 0)
        depth &+= 1
        if object {
            state = .firstKey
        } else {
            node = elementNode()
            state = .firstElement
        }
    }

    private func elementNode() -> UInt16 {
        let parent = top.node
        return parent == JSONSelection.nowhere ? parent : selection.nodes[Int(parent)].anyElement
    }

    private func close(_ bytes: borrowing Span<UInt8>, _ i: Int, object: Bool) {
        guard depth > 0, top.isObject == object else { return fail() }
        depth &-= 1
        if depth > 0 { top = around.removeLast() }
        endValue(bytes, i + 1)
    }

    @inline(__always)
    func beginValue(_ i: Int, _ kind: JSONCapture.Kind) {
        guard node != JSONSelection.nowhere else { return }
        let wish = selection.nodes[Int(node)]
        if wish.count >= 0, kind != .null { counters[Int(wish.count)] &+= 1 }
        if wish.keep >= 0 { openCapture(Int(wish.keep), i, kind) }
    }

    private func openCapture(_ slot: Int, _ i: Int, _ kind: JSONCapture.Kind) {
        guard !isOverflowing else { return }
        guard found.count + open.count < limits.captures else {
            passedLimit = true
            return
        }
        if open.isEmpty {
            copyFrom = i
            // Room for a usual report at once.
            if found.capacity == 0 { found.reserveCapacity(16) }
            if open.capacity == 0 { open.reserveCapacity(4) }
            if arena.capacity == 0 { arena.reserveCapacity(256) }
        }
        open.append(
            Open(
                slot: slot, kind: kind, arenaStart: arena.count + (i - copyFrom),
                placeStart: consumed + (i - pieceStart), depth: depth))
        openDepth = depth
    }

    /// A value ended before index `end`.
    @inline(__always)
    func endValue(_ bytes: borrowing Span<UInt8>, _ end: Int) {
        if depth == openDepth { closeCapture(bytes, end) }
        if depth == 0 {
            state = .done
            status = .complete
        } else {
            state = .after
        }
    }

    private func closeCapture(_ bytes: borrowing Span<UInt8>, _ end: Int) {
        let last = open[open.count - 1]
        if !isOverflowing {
            let arenaEnd = arena.count + (end - copyFrom)
            found.append(
                JSONCapture(
                    slot: last.slot, kind: last.kind, arena: last.arenaStart..<arenaEnd,
                    place: last.placeStart..<(consumed + (end - pieceStart))))
            if open.count == 1 { keep(bytes, upTo: end) }  // on overflow this forgets the capture again
        }
        open.removeLast()
        if open.isEmpty {
            isOverflowing = false
            openDepth = -1
        } else {
            openDepth = open[open.count - 1].depth
        }
    }
}
