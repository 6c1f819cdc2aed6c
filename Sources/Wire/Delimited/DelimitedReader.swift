// Comma-separated values as other programs write them (RFC 4180 and its usual variants), piece by piece:
// quoted fields may hold commas, quotes and line breaks; lines end with LF or CRLF; a byte order mark is
// skipped. Bounded: a row that is longer than the limit is dropped and told as such, and the next one is
// read.

/// Reads rows from pieces of a file. Nothing that it is fed makes it trap.
public struct DelimitedReader: Sendable {
    public enum Row: Hashable, Sendable {
        case fields([String])
        /// More than ``Limits/rowBytes`` bytes or ``Limits/fields`` fields.
        case tooLong
    }

    public struct Limits: Hashable, Sendable {
        /// Bytes of one row. Billing rows with all their tags have a few kilobytes.
        public var rowBytes = 1 << 20
        /// Fields of one row. A cost and usage report has some three hundred.
        public var fields = 4096

        public init() {}
    }

    private enum State {
        /// At the start of a field.
        case start
        case plain
        case quoted
        /// Behind a quote inside a quoted field: it ends it or is doubled.
        case quote
    }

    private let limits: Limits
    private var state = State.start
    private var field: [UInt8] = []
    private var fields: [String] = []
    private var rowBytes = 0
    private var isTooLong = false
    private var isEmpty = true
    private var mark = 0
    private var line: Int64 = 1
    /// Where the row under work began, counted from 1.
    private var rowLine: Int64 = 1

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes the next piece.
    ///
    /// - Parameter each: each row that is complete, with the line on which it began.
    public mutating func feed(_ bytes: some Sequence<UInt8>, _ each: (Row, Int64) -> Void) {
        for byte in bytes { take(byte, each) }
    }

    /// Ends the file: the last row needs no line break.
    public mutating func end(_ each: (Row, Int64) -> Void) { if !isEmpty { endRow(each) } }

    private mutating func take(_ byte: UInt8, _ each: (Row, Int64) -> Void) {
        // EF BB BF at the very start.
        if mark < 3 {
            let expected: [UInt8] = [0xef, 0xbb, 0xbf]
            if byte == expected[mark] {
                mark += 1
                return
            }
            mark = 3
        }
        if byte == UInt8(ascii: "\n") { line &+= 1 }
        rowBytes &+= 1
        if rowBytes > limits.rowBytes { drop() }
        switch state {
        case .quoted:
            if byte == UInt8(ascii: "\"") { state = .quote } else { append(byte) }
        case .quote where byte == UInt8(ascii: "\""):
            append(byte)
            state = .quoted
        case .start where byte == UInt8(ascii: "\""):
            isEmpty = false
            state = .quoted
        case .start, .plain, .quote:
            switch byte {
            case UInt8(ascii: ","):
                isEmpty = false
                endField()
            case UInt8(ascii: "\n"): if !isEmpty { endRow(each) } else { restart() }
            case UInt8(ascii: "\r"): break
            default:
                isEmpty = false
                append(byte)
                state = .plain
            }
        }
    }

    private mutating func append(_ byte: UInt8) { if !isTooLong { field.append(byte) } }

    private mutating func drop() {
        isTooLong = true
        field = []
        fields = []
    }

    private mutating func endField() {
        if !isTooLong {
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
            if fields.count > limits.fields { drop() }
        }
        state = .start
    }

    private mutating func endRow(_ each: (Row, Int64) -> Void) {
        endField()
        each(isTooLong ? .tooLong : .fields(fields), rowLine)
        restart()
    }

    private mutating func restart() {
        fields = []
        field.removeAll(keepingCapacity: true)
        (state, rowBytes, isTooLong, isEmpty, rowLine) = (.start, 0, false, true, line)
    }
}
