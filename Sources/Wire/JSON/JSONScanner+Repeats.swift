// Documents that repeat. The events of a stream differ in the piece of text that the model wrote and mostly
// in nothing else. So the scanner remembers the bytes before and after the first measured string of the last
// document, and what it had found when it stood there. Where the next document begins with the same bytes it
// takes up from the string; where it also ends with the same bytes, what it found is what it had found. The
// result is that of reading every byte, because the scanner depends on nothing but the bytes.

import Glibc

/// What one document leaves for the next.
struct RepeatedDocument: Sendable {
    /// Bytes remembered before the string and after it; a document with more is read in full.
    static let beforeLimit = 512
    static let afterLimit = 256
    /// Documents in a row that were not repeated, after which remembering is given up.
    static let patience: UInt8 = 16

    /// How far the document that is being read has come.
    enum Phase: UInt8, Sendable {
        /// It is not remembered.
        case none
        /// Its first measured string has not begun.
        case before
        case inString
        case after
    }

    /// What was found up to a point of the document.
    struct Mark: Sendable {
        var captures = 0
        var arena = 0
        var counters = InlineArray<8, Int>(repeating: 0)
    }

    var phase = Phase.none
    /// Documents follow each other, and repetition is not given up.
    var isOn = false
    var misses: UInt8 = 0
    /// ``before``, ``after`` and the marks are of the last document, which was whole.
    var isWhole = false
    /// Places in the current piece.
    var start = 0
    var stringStart = 0
    var stringEnd = 0

    var before: [UInt8] = []
    var after: [UInt8] = []
    var atString = Mark()
    var atEnd = Mark()
    var node: UInt16 = 0
    var measuring: Int8 = -1
    var depth = 0
    var top = JSONScanner.Level(node: 0, isObject: false, seen: 0)
    var around: [JSONScanner.Level] = []
    /// Bytes between the quotes of the last document's string.
    var stringLength = 0

    mutating func forget() {
        phase = .none
        isOn = false
        misses = 0
        isWhole = false
    }
}

extension JSONScanner {
    /// A document begins at `start` of a piece.
    func beginRemembering(at start: Int) {
        repeated.phase = .before
        repeated.start = start
        repeated.isWhole = false
    }

    /// A measured string begins; its first byte stands at `i`.
    func rememberString(at i: Int) {
        repeated.phase = .none
        guard open.isEmpty, i - repeated.start <= RepeatedDocument.beforeLimit else { return }
        repeated.phase = .inString
        repeated.stringStart = i
        repeated.atString = mark
        repeated.node = node
        repeated.measuring = measuring
        repeated.depth = depth
        repeated.top = top
        repeated.around.removeAll(keepingCapacity: true)
        repeated.around.append(contentsOf: around)
    }

    /// The string ended before `i`.
    func rememberStringEnd(at i: Int) {
        repeated.phase = .after
        repeated.stringEnd = i
        repeated.atEnd.counters = counters
    }

    /// The piece was read up to `stop`: remembers the document if it is whole.
    func endRemembering(_ bytes: borrowing Span<UInt8>, at stop: Int) {
        defer { repeated.phase = .none }
        guard repeated.phase == .after, status == .complete, !passedLimit, !duplicateKeys,
            stop - repeated.stringEnd <= RepeatedDocument.afterLimit
        else { return }
        repeated.misses += 1
        guard repeated.misses < RepeatedDocument.patience else {
            repeated.isOn = false
            return
        }
        Self.copy(bytes, repeated.start..<repeated.stringStart, into: &repeated.before)
        Self.copy(bytes, repeated.stringEnd..<stop, into: &repeated.after)
        repeated.stringLength = repeated.stringEnd - 1 - repeated.stringStart
        // From here on the difference that the bytes after the string make.
        for index in 0..<8 {
            repeated.atEnd.counters[index] = counters[index] - repeated.atEnd.counters[index]
        }
        repeated.atEnd.captures = found.count
        repeated.atEnd.arena = arena.count
        repeated.isWhole = true
    }

    private static func copy(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, into: inout [UInt8]) {
        into.removeAll(keepingCapacity: true)
        bytes.extracting(range).withUnsafeBufferPointer { into.append(contentsOf: $0) }
    }

    private var mark: RepeatedDocument.Mark {
        RepeatedDocument.Mark(captures: found.count, arena: arena.count, counters: counters)
    }

    /// Reads the beginning of a document that may be like the one before.
    ///
    /// - Returns: the index of the first byte not read; `nil` where nothing was read because the beginning
    ///   is another. What was found of the last document is then forgotten.
    func readRepeated(
        _ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ stopAtLineBreaks: Bool
    ) -> Int? {
        let begin = start + repeated.before.count
        guard repeated.isWhole, consumed == 0, begin < end, Self.holds(bytes, repeated.before, at: start)
        else {
            forget(from: RepeatedDocument.Mark())
            return nil
        }
        depth = repeated.depth
        top = repeated.top
        around.append(contentsOf: repeated.around)
        node = repeated.node
        measuring = repeated.measuring
        counters = repeated.atString.counters
        isKey = false
        textLength = 0
        segmentFrom = begin
        state = .string
        let stop = run(bytes, begin, end, stopAtLineBreaks, untilString: true)
        if state == .after, status == .incomplete, stop + repeated.after.count <= end,
            Self.holds(bytes, repeated.after, at: stop)
        {
            endRepeated(stringLength: stop - 1 - begin)
            return stop + repeated.after.count
        }
        repeated.isWhole = false
        forget(from: repeated.atString)
        guard status == .incomplete, stop < end, state == .after else { return stop }
        return run(bytes, stop, end, stopAtLineBreaks)
    }

    /// All that was found of the last document holds for this one.
    private func endRepeated(stringLength: Int) {
        repeated.misses = 0
        let shift = stringLength - repeated.stringLength
        if shift != 0 {
            for index in repeated.atString.captures..<repeated.atEnd.captures { found[index].move(by: shift) }
            repeated.stringLength = stringLength
        }
        for index in 0..<8 { counters[index] &+= repeated.atEnd.counters[index] }
        depth = 0
        around.removeAll(keepingCapacity: true)
        state = .done
        status = .complete
    }

    /// Forgets what was found behind a mark.
    private func forget(from mark: RepeatedDocument.Mark) {
        found.removeLast(found.count - mark.captures)
        arena.removeLast(arena.count - mark.arena)
    }

    private static func holds(_ bytes: borrowing Span<UInt8>, _ known: [UInt8], at start: Int) -> Bool {
        bytes.extracting(start..<start + known.count).withUnsafeBufferPointer { here in
            known.withUnsafeBufferPointer { there in
                guard let a = here.baseAddress, let b = there.baseAddress else { return known.isEmpty }
                return memcmp(a, b, known.count) == 0
            }
        }
    }
}
