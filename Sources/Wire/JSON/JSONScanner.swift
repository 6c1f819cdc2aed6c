// The push scanner: bytes in any pieces, one JSON value, no buffering of the document. It validates
// everything, keeps what its selection names and forgets the rest. Numbers stay text. The state of a
// value that is cut between two pieces is a few machine words and, where it is kept, its bytes.

/// Scans one JSON document that arrives in pieces.
///
/// Feed pieces until ``status`` is ``JSONStatus/complete`` or ``JSONStatus/malformed``; then read
/// ``captures`` and counters, and ``reset()`` for the next document. Never traps, whatever the bytes.
/// The result does not depend on where the pieces were cut. Of a repeated key each value is kept, in
/// order (so the last one wins for a reader that overwrites), and ``duplicateKeys`` says so.
///
/// An object, because its state is large and every copy of it would be an accident. One thread at a time.
public final class JSONScanner {
    enum State: UInt8, Sendable {
        case value, firstElement, firstKey, key, colon, after
        case string, escape, unicode
        case minus, zero, integer, point, fraction, exponentMark, exponentSign, exponent
        case literal, byteOrderMark
        case done
    }

    struct Level: Sendable {
        var node: UInt16
        var isObject: Bool
        /// One bit per child of the node that was met: what makes repeated keys visible.
        var seen: UInt64
    }

    struct Open: Sendable {
        var slot: Int
        var kind: JSONCapture.Kind
        var arenaStart: Int
        var placeStart: Int
        var depth: Int
    }

    public internal(set) var status = JSONStatus.incomplete
    /// Kept values in the order in which they ended: members before the object that holds them.
    public var captures: [JSONCapture] { holdsLast ? [] : found }
    /// A key that a path names occurred twice in one object.
    public internal(set) var duplicateKeys = false
    /// A value was too large or too numerous to be kept; see ``JSONLimits``.
    public internal(set) var passedLimit = false
    /// Bytes of the document consumed so far, leading white space included.
    public internal(set) var consumed = 0

    private(set) var selection: JSONSelection
    private(set) var limits: JSONLimits
    var counters = InlineArray<8, Int>(repeating: 0)
    var found: [JSONCapture] = []
    /// ``found`` and ``arena`` are those of the last document, in case that the next one is like it.
    var holdsLast = false
    var repeated = RepeatedDocument()
    var arena: [UInt8] = []
    /// How many arrays and objects are open. The innermost stands in ``top``, those around it in ``around``:
    /// what every token asks for is then one field away.
    var depth = 0
    var top = Level(node: 0, isObject: false, seen: 0)
    var around: [Level] = []
    var open: [Open] = []
    /// The ``depth`` at which the innermost value that is being kept began, -1 where none is.
    var openDepth = -1
    /// While something is kept: the first byte of the current piece that is not yet in the arena.
    var copyFrom = 0
    /// The outermost value being kept is too large: it is read on and forgotten with all inside it.
    var isOverflowing = false
    /// Where the current piece began, so that an index in it becomes a place in the document.
    var pieceStart = 0
    var state = State.value
    /// The tree's point for the value that comes next or is being read.
    var node: UInt16 = 0
    var isKey = false
    var keyFrom = 0
    var keyBuffer: [UInt8] = []
    var keyHasEscape = false
    var keyIsLong = false
    var measuring: Int8 = -1
    /// Bytes of the current string's segments that lie behind.
    var textLength = 0
    var segmentFrom = 0
    var unicodeDigits: UInt8 = 0
    var unicodeUnit: UInt32 = 0
    var literal: UInt64 = 0
    var literalLength: UInt8 = 0
    var literalAt: UInt8 = 0

    public init(_ selection: JSONSelection, limits: JSONLimits = .standard) {
        self.selection = selection
        self.limits = limits
    }

    /// Begins with other wishes; the memory is kept.
    public func begin(_ selection: JSONSelection, limits: JSONLimits) {
        self.selection = selection
        self.limits = limits
        repeated.forget()
        reset()
        // The first document has none before it.
        repeated.isOn = false
    }

    /// Whether its memory is that of a usual document, so that keeping it for another costs little.
    public var isSmall: Bool { arena.capacity <= 4096 && found.capacity <= 128 && around.capacity <= 64 }

    /// Forgets the document and keeps the memory for the next one.
    public func reset() {
        status = .incomplete
        if !repeated.isOn { repeated.isOn = repeated.misses < RepeatedDocument.patience }
        holdsLast = repeated.isWhole
        if !holdsLast {
            found.removeAll(keepingCapacity: true)
            arena.removeAll(keepingCapacity: true)
        }
        depth = 0
        around.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        openDepth = -1
        duplicateKeys = false
        passedLimit = false
        isOverflowing = false
        consumed = 0
        counters = InlineArray(repeating: 0)
        state = .value
        node = 0
    }

    /// Whether any significant byte was seen.
    public var hasStarted: Bool { state != .value || depth > 0 }

    /// What a `measure` or `count` wish has counted in this document so far.
    public func counter(_ index: Int) -> Int { counters[index] }

    /// The verbatim bytes of a kept value.
    public func bytes(of capture: JSONCapture) -> ArraySlice<UInt8> { arena[capture.arena] }

    /// The text of a kept string, nil for another kind of value.
    public func string(of capture: JSONCapture) -> String? {
        capture.kind == .string ? JSONText.string(arena[capture.arena]) : nil
    }

    /// The last value kept for a slot.
    public func last(_ slot: Int) -> JSONCapture? { captures.last { $0.slot == slot } }

    /// Reads the bytes `start..<end` of a piece.
    ///
    /// - Parameter stopAtLineBreaks: stop before a CR or LF instead of reading it (event streams,
    ///   whose lines are not part of the document).
    /// - Returns: the index of the first byte not read: `end`, or less when the value is complete or
    ///   malformed or a line break stands there.
    public func feed(
        _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int, stopAtLineBreaks: Bool = false
    ) -> Int {
        guard status == .incomplete, start < end else { return start }
        pieceStart = start
        copyFrom = start
        keyFrom = start
        segmentFrom = start
        let stop = readOn(bytes, start, min(end, bytes.count), stopAtLineBreaks)
        if !open.isEmpty { keep(bytes, upTo: stop) }
        if repeated.phase != .none { endRemembering(bytes, at: stop) }
        if state == .string || state == .escape || state == .unicode { carryString(bytes, stop) }
        consumed += stop - start
        return stop
    }

    private func readOn(
        _ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ stopAtLineBreaks: Bool
    ) -> Int {
        if holdsLast {
            holdsLast = false
            if let stop = readRepeated(bytes, start, end, stopAtLineBreaks) { return stop }
        }
        if repeated.isOn, consumed == 0, state == .value { beginRemembering(at: start) }
        return run(bytes, start, end, stopAtLineBreaks)
    }

    /// The line of an event stream ended inside the document: as if a line feed had been read.
    public func joinLines() {
        guard status == .incomplete else { return }
        switch state {
        case .string, .escape, .unicode, .literal, .byteOrderMark, .minus, .point, .exponentMark,
            .exponentSign:
            fail()
        case .zero, .integer, .fraction, .exponent:
            copyFrom = 0
            pieceStart = 0
            endValue(Self.noBytes.span, 0)
            fallthrough
        default:
            if !open.isEmpty { arena.append(0x0a) }
            consumed += 1
        }
    }

    /// No more bytes: a number at the top level has no other end.
    public func finish() {
        guard status == .incomplete, depth == 0 else { return }
        switch state {
        case .zero, .integer, .fraction, .exponent:
            copyFrom = 0
            pieceStart = 0
            endValue(Self.noBytes.span, 0)
        default: break
        }
    }

    static let noBytes: [UInt8] = []

    func fail() {
        status = .malformed
        forgetOpen()
        open.removeAll(keepingCapacity: true)
        openDepth = -1
        isOverflowing = false
        // How much of the document was in the arena when it broke depends on the pieces.
        passedLimit = false
    }

    /// Moves what is kept of the current piece into the arena, within the limit.
    func keep(_ bytes: borrowing Span<UInt8>, upTo end: Int) {
        let count = end - copyFrom
        guard count > 0 else { return }
        guard !isOverflowing, arena.count + count <= limits.arena else {
            copyFrom = end
            if !isOverflowing { forgetOpen() }
            isOverflowing = true
            passedLimit = true
            return
        }
        let from = copyFrom
        bytes.extracting(from..<end).withUnsafeBufferPointer { arena.append(contentsOf: $0) }
        copyFrom = end
    }

    /// Forgets what was kept of the values that are open, and whatever was kept inside them.
    private func forgetOpen() {
        guard let first = open.first else { return }
        found.removeAll { $0.arena.upperBound > first.arenaStart }
        if arena.count > first.arenaStart { arena.removeLast(arena.count - first.arenaStart) }
    }
}
