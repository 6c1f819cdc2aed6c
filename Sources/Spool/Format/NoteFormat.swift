import Terms

/// The format of an opened note's bytes, version 1.
enum NoteFormat {
    static let version: UInt8 = 1

    static func decode(_ bytes: UnsafeRawBufferPointer, version: UInt8) throws(FormatError) -> OpenedNote {
        var reader = ByteReader(bytes)
        let note: OpenedNote
        switch version {
        case 1: note = try reader.note()
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
        patch(presence.rawValue, at: start)
    }
}

extension ByteReader {
    fileprivate mutating func note() throws(FormatError) -> OpenedNote {
        let presence = Presence(rawValue: try fixed(UInt64.self))
        guard presence.isSubset(of: [.labels, .modelRequested, .stream]) else { throw .unknownWord }
        let id = RecordID(high: try fixed(UInt64.self), low: try fixed(UInt64.self))
        let occurredAt = Terms.Instant(microseconds: try fixed(Int64.self))
        let operationID = try text()
        let attempt = Int(try number())
        let upstream = try text()
        let attribution = try attribution(presence)
        let provider = try text()
        let dialect = try text()
        let api = try text()
        return OpenedNote(
            id: id, operationID: operationID, attempt: attempt, occurredAt: occurredAt, upstream: upstream,
            attribution: attribution, provider: provider, dialect: dialect, api: api,
            modelRequested: try text(if: .modelRequested, presence), stream: presence.contains(.stream))
    }
}
