// Rows as PostgreSQL sends them in binary. A value is read where it lies, into exactly the type that
// the statement asked for; a value of another size is an error and never a trap.
import CPQ

/// The answer to one statement. Owns libpq's result and frees it.
public struct Answer: ~Copyable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { PQclear(pointer) }

    public var rowCount: Int { Int(PQntuples(pointer)) }

    /// How many rows a statement without an answer changed.
    public var changedCount: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// What was done, such as `COMMIT` or `INSERT 0 3`.
    var command: String { String(cString: PQcmdStatus(pointer)) }

    /// - Throws: ``PostgresError/unexpected(_:)`` where there is no such row: a statement that always has one
    ///   has none while somebody restores the database.
    public func withRow<Value>(
        _ index: Int, _ body: (inout Row) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        guard (0..<rowCount).contains(index) else {
            throw .unexpected("the answer has \(rowCount) rows, and no row \(index + 1)")
        }
        var row = Row(pointer: pointer, row: Int32(index))
        return try body(&row)
    }

    public func forEachRow(_ body: (inout Row) throws(PostgresError) -> Void) throws(PostgresError) {
        for index in 0..<rowCount { try withRow(index, body) }
    }
}

/// One row, read from the left to the right. Valid only inside the closure that receives it.
public struct Row: ~Copyable {
    private let pointer: OpaquePointer
    private let row: Int32
    private var column: Int32 = 0

    init(pointer: OpaquePointer, row: Int32) {
        self.pointer = pointer
        self.row = row
    }

    public mutating func text() throws(PostgresError) -> String {
        guard let value = try optionalText() else { throw null() }
        return value
    }

    /// Text, JSON text, or nil for null.
    public mutating func optionalText() throws(PostgresError) -> String? {
        try next { String(decoding: UnsafeRawBufferPointer($0), as: UTF8.self) }
    }

    public mutating func bytes() throws(PostgresError) -> [UInt8] {
        guard let value = try next({ Array($0) }) else { throw null() }
        return value
    }

    public mutating func integer() throws(PostgresError) -> Int64 {
        guard let value = try optionalInteger() else { throw null() }
        return value
    }

    /// A whole number of two, four or eight bytes.
    public mutating func optionalInteger() throws(PostgresError) -> Int64? {
        try read("a whole number") { reader in
            switch reader.remaining {
            case 2: reader.integer(Int16.self).map(Int64.init)
            case 4: reader.integer(Int32.self).map(Int64.init)
            case 8: reader.integer(Int64.self)
            default: nil
            }
        }
    }

    public mutating func bool() throws(PostgresError) -> Bool {
        guard let value = try read("a boolean", { $0.integer(UInt8.self) }) else { throw null() }
        return value != 0
    }

    public mutating func microseconds() throws(PostgresError) -> Int64 {
        guard let value = try optionalMicroseconds() else { throw null() }
        return value
    }

    /// Microseconds since 1970-01-01, of a year that has four digits: `infinity` and what else PostgreSQL
    /// knows beyond is an error, so that no arithmetic on times has to expect it.
    public mutating func optionalMicroseconds() throws(PostgresError) -> Int64? {
        try read("a time of the years 1 to 9999") { reader in
            guard let value = reader.integer(Int64.self) else { return nil }
            let (microseconds, overflow) = value.addingReportingOverflow(postgresEpoch)
            return !overflow && fourDigitYears.contains(microseconds) ? microseconds : nil
        }
    }

    public mutating func uuid() throws(PostgresError) -> (high: UInt64, low: UInt64) {
        let value = try read("a uuid") { reader -> (UInt64, UInt64)? in
            guard let high = reader.integer(UInt64.self), let low = reader.integer(UInt64.self) else {
                return nil
            }
            return (high, low)
        }
        guard let value else { throw null() }
        return value
    }

    /// A numeric as a whole count of `10^-places`, or nil for null.
    public mutating func optionalDecimal(places: Int) throws(PostgresError) -> Int128? {
        // Eight bytes of a whole number may look like a numeric of zero.
        let isNumeric = PQftype(pointer, column) == TypeID.numeric.rawValue
        return try read("a number of at most \(places) decimals") {
            isNumeric ? $0.numeric(places: places) : nil
        }
    }

    public mutating func decimal(places: Int) throws(PostgresError) -> Int128 {
        guard let value = try optionalDecimal(places: places) else { throw null() }
        return value
    }

    public mutating func texts() throws(PostgresError) -> [String] {
        guard let value = try read("a list of texts", { Self.texts(&$0) }) else { throw null() }
        return value
    }

    private static func texts(_ reader: inout BinaryReader) -> [String]? {
        guard let dimensions = reader.integer(Int32.self), reader.integer(Int32.self) != nil,
            reader.integer(UInt32.self) != nil, (0...1).contains(dimensions)
        else { return nil }
        if dimensions == 0 { return [] }
        guard let count = reader.integer(Int32.self), reader.integer(Int32.self) != nil, count >= 0 else {
            return nil
        }
        var texts: [String] = []
        for _ in 0..<count {
            guard let length = reader.integer(Int32.self) else { return nil }
            if length < 0 {
                texts.append("")
            } else {
                guard let text = reader.text(length: Int(length)) else { return nil }
                texts.append(text)
            }
        }
        return texts
    }

    /// Hands out the next column's bytes, nil for null.
    ///
    /// - Throws: ``PostgresError/unexpected(_:)`` where the answer has fewer columns than are read.
    private mutating func next<Value>(
        _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) throws(PostgresError) -> Value? {
        let index = column
        guard index < PQnfields(pointer) else {
            throw .unexpected("the answer has no column \(index + 1)")
        }
        column += 1
        guard PQgetisnull(pointer, row, index) == 0, let value = PQgetvalue(pointer, row, index) else {
            return nil
        }
        let length = Int(PQgetlength(pointer, row, index))
        return value.withMemoryRebound(to: UInt8.self, capacity: length) {
            body(UnsafeBufferPointer(start: $0, count: length))
        }
    }

    /// Reads a value that must be used up; nil for null.
    private mutating func read<Value>(
        _ what: @autoclosure () -> String, _ body: (inout BinaryReader) -> Value?
    ) throws(PostgresError) -> Value? {
        let value = try next { bytes -> Value?? in
            var reader = BinaryReader(bytes)
            let value = body(&reader)
            return .some(reader.remaining == 0 ? value : nil)
        }
        guard let value else { return nil }
        guard let inner = value, let inner else {
            throw .unexpected("column \(column) is not \(what())")
        }
        return inner
    }

    private func null() -> PostgresError { .unexpected("column \(column) is null") }
}
