// Events to a tree, with the rules of a Tollbook document applied while it grows, so that a hostile
// text is refused before it is large. Recursion is bounded by the depth limit.
import Terms

struct Composer {
    private let limits: DocumentLimits
    private var nodes = 0
    /// Each anchor's value and its number of nodes: an alias costs as much as writing it out.
    private var anchors: [String: (value: Document, nodes: Int)] = [:]

    init(limits: DocumentLimits) { self.limits = limits }

    mutating func document(_ events: inout EventReader) throws(DocumentError) -> Document {
        _ = try events.next()  // the stream's start
        let first = try events.next()
        guard case .documentStart = first.kind else {
            return Document(.scalar("", quoted: false), line: 1)
        }
        let value = try node(try events.next(), &events, depth: 0)
        _ = try events.next()  // the document's end
        let after = try events.next()
        if case .documentStart = after.kind { throw .severalDocuments(after.place) }
        return value
    }

    private mutating func node(
        _ event: YAMLEvent, _ events: inout EventReader, depth: Int
    ) throws(DocumentError) -> Document {
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth, event.place) }
        if let tag = event.tag { throw .tag(tag, event.place) }
        let before = nodes
        try count(1, event.place)
        let content: Document.Content
        switch event.kind {
        case .scalar(let text, let quoted):
            try measure(text, event.place)
            content = .scalar(text, quoted: quoted)
        case .alias(let name):
            guard let known = anchors[name] else { throw .undefinedAlias(name, event.place) }
            try count(known.nodes, event.place)
            return known.value
        case .listStart:
            content = .list(try list(&events, depth: depth))
        case .mapStart:
            content = .map(try map(&events, depth: depth))
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .listEnd, .mapEnd:
            throw .syntax("a value was expected", event.place)
        }
        let value = Document(content, line: event.place.line)
        if let anchor = event.anchor { anchors[anchor] = (value, nodes - before) }
        return value
    }

    private mutating func list(
        _ events: inout EventReader, depth: Int
    ) throws(DocumentError) -> [Document] {
        var items: [Document] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return items }
            items.append(try node(event, &events, depth: depth + 1))
        }
    }

    private mutating func map(
        _ events: inout EventReader, depth: Int
    ) throws(DocumentError) -> [Document.Entry] {
        var entries: [Document.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { return entries }
            guard case .scalar(let key, _) = event.kind else { throw .keyIsNoScalar(event.place) }
            if let tag = event.tag { throw .tag(tag, event.place) }
            try measure(key, event.place)
            if let first = lines[key] { throw .duplicateKey(key, firstLine: first, event.place) }
            lines[key] = event.place.line
            let value = try node(try events.next(), &events, depth: depth + 1)
            entries.append(Document.Entry(key: key, line: event.place.line, value: value))
        }
    }

    private mutating func count(_ more: Int, _ place: DocumentPlace) throws(DocumentError) {
        nodes += more
        guard nodes <= limits.nodes else { throw .tooManyNodes(limit: limits.nodes, place) }
    }

    private func measure(_ text: String, _ place: DocumentPlace) throws(DocumentError) {
        guard text.utf8.count <= limits.scalar else {
            throw .scalarTooLong(limit: limits.scalar, place)
        }
    }
}
