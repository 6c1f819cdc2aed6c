import Terms

/// The format of an opened note's bytes. Version 1 ends behind `stream`; version 2 adds what bounds the
/// exchange: its tokens, its tier, and whether it is charged for at all.
enum NoteFormat {
    static let version: UInt8 = 2
    private static let first: Presence = [.labels, .modelRequested, .stream]

    static func decode(_ bytes: UnsafeRawBufferPointer, version: UInt8) throws(FormatError) -> OpenedNote {
        var reader = ByteReader(bytes)
        let note: OpenedNote
        switch version {
        case 1: note = try reader.note(knowing: first)
        case 2:
            note = try reader.note(
                knowing: first.union([.tokens(0), .tokens(7), .serviceTier, .notBillable]))
        default: throw .unknownVersion(version)
        }
        try reader.finish()
        return note
    }
}

extension ByteWriter {
    mutating func put(_ note: borrowing OpenedNote) {
        let start = count
        var presence = Presence()
        put(fixed: presence.rawValue)
        put(fixed: note.id.high)
        put(fixed: note.id.low)
        put(fixed: note.occurredAt.microseconds)
        put(note.operationID)
        put(number: Int64(note.attempt))
        put(note.upstream)
        put(note.attribution, &presence)
        put(note.provider)
        put(note.dialect)
        put(note.api)
        put(note.modelRequested, .modelRequested, &presence)
        if note.stream { presence.insert(.stream) }
        put(note.upperInput, .tokens(0), &presence)
        put(note.upperOutput, .tokens(7), &presence)
        put(note.serviceTier, .serviceTier, &presence)
        put(note.notBillable?.rawValue, .notBillable, &presence)
        patch(presence.rawValue, at: start)
    }
}

extension ByteReader {
    fileprivate mutating func note(knowing known: Presence) throws(FormatError) -> OpenedNote {
        let presence = Presence(rawValue: try fixed(UInt64.self))
        guard presence.isSubset(of: known) else { throw .unknownWord }
        let id = RecordID(high: try fixed(UInt64.self), low: try fixed(UInt64.self))
        let occurredAt = Terms.Instant(microseconds: try fixed(Int64.self))
        let operationID = try text()
        let attempt = Int(try number())
        let upstream = try text()
        let attribution = try attribution(presence)
        let provider = try text()
        let dialect = try text()
        let api = try text()
        var note = OpenedNote(
            id: id, operationID: operationID, attempt: attempt, occurredAt: occurredAt, upstream: upstream,
            attribution: attribution, provider: provider, dialect: dialect, api: api,
            modelRequested: try text(if: .modelRequested, presence), stream: presence.contains(.stream))
        note.upperInput = try number(if: .tokens(0), presence)
        note.upperOutput = try number(if: .tokens(7), presence)
        note.serviceTier = try text(if: .serviceTier, presence)
        if presence.contains(.notBillable) { note.notBillable = try word(NotBillableReason.self) }
        return note
    }
}
