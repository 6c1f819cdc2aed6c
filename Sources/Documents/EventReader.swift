// The owner of one libyaml parser: yields its events as Swift values and frees everything. All
// pointers of the C library stay in this file.
import CYAML

/// One step of the parser, with what the composer needs of it.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(String, quoted: Bool)
        case alias(String)
        case listStart, listEnd, mapStart, mapEnd
    }
    let kind: Kind
    let place: DocumentPlace
    let anchor: String?
    let tag: String?
}

struct EventReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let isOpen: Bool
    /// Scalars that came before: documents repeat themselves, and one copy of a text serves all.
    private var known: Set<String> = []
    /// Texts remembered for that; later ones are kept as they come.
    private static let knownLimit = 4096

    /// - Parameter buffer: the text; it must outlive the reader.
    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        isOpen = yaml_parser_initialize(parser) == 1
        if isOpen {
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
        }
    }

    func close() {
        if isOpen { yaml_parser_delete(parser) }
        parser.deallocate()
    }

    private mutating func shared(_ text: String) -> String {
        // Up to 15 bytes stand in the value itself.
        guard text.utf8.count > 15 else { return text }
        if let place = known.firstIndex(of: text) { return known[place] }
        if known.count < Self.knownLimit { known.insert(text) }
        return text
    }

    mutating func next() throws(DocumentError) -> YAMLEvent {
        guard isOpen else { throw .outOfMemory }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        let place = Self.place(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE
            return YAMLEvent(
                kind: .scalar(shared(String(decoding: bytes, as: UTF8.self)), quoted: quoted), place: place,
                anchor: Self.text(scalar.anchor), tag: Self.text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let list = event.data.sequence_start
            return YAMLEvent(
                kind: .listStart, place: place, anchor: Self.text(list.anchor), tag: Self.text(list.tag))
        case YAML_MAPPING_START_EVENT:
            let map = event.data.mapping_start
            return YAMLEvent(
                kind: .mapStart, place: place, anchor: Self.text(map.anchor), tag: Self.text(map.tag))
        case YAML_ALIAS_EVENT:
            return plain(.alias(Self.text(event.data.alias.anchor) ?? ""), place)
        case YAML_SEQUENCE_END_EVENT: return plain(.listEnd, place)
        case YAML_MAPPING_END_EVENT: return plain(.mapEnd, place)
        case YAML_DOCUMENT_START_EVENT: return plain(.documentStart, place)
        case YAML_DOCUMENT_END_EVENT: return plain(.documentEnd, place)
        case YAML_STREAM_START_EVENT: return plain(.streamStart, place)
        default: return plain(.streamEnd, place)  // also "no event": there is nothing after the end
        }
    }

    private func plain(_ kind: YAMLEvent.Kind, _ place: DocumentPlace) -> YAMLEvent {
        YAMLEvent(kind: kind, place: place, anchor: nil, tag: nil)
    }

    private var failure: DocumentError {
        let raw = parser.pointee
        guard raw.error != YAML_MEMORY_ERROR else { return .outOfMemory }
        var words = raw.problem.map { String(cString: $0) } ?? "it cannot be read"
        if let context = raw.context { words += ", " + String(cString: context) }
        // Of bytes that are no text libyaml knows the offset only; the mark is where it had read to.
        let mark = raw.error == YAML_READER_ERROR ? raw.mark : raw.problem_mark
        return .syntax(words, Self.place(mark))
    }

    private static func place(_ mark: yaml_mark_t) -> DocumentPlace {
        DocumentPlace(line: Int(clamping: mark.line) &+ 1, column: Int(clamping: mark.column) &+ 1)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
