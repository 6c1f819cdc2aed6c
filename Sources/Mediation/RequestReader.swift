import Wire

/// Reads a request body while it passes: what it asks for, whose it is, and where a request for usage
/// could be spliced in. Keeps a few names and offsets, never the body.
struct RequestReader: ~Copyable {
    private(set) var facts = RequestFacts()
    /// nil once it was handed on.
    private var scanner: JSONScanner?
    private let table: RequestTable
    private let limits: MediationLimits
    private var isJSON: Bool
    /// The body is a form.
    var form: MultipartReader?
    private var isRead = false
    /// Places of the values that the splice needs, in the body.
    private(set) var streamPlace: Range<Int>?
    private(set) var optionsPlace: Range<Int>?
    private(set) var optionsKind: JSONCapture.Kind?
    private(set) var optionsAreEmpty = false
    private(set) var includePlace: Range<Int>?
    private(set) var includesUsage = false

    /// - Parameter scanner: one that is no longer needed, whose memory is used again.
    init(_ table: RequestTable, isJSON: Bool, limits: MediationLimits, scanner: JSONScanner? = nil) {
        self.table = table
        self.limits = limits
        self.isJSON = isJSON
        scanner?.begin(table.selection, limits: limits.request)
        self.scanner = scanner ?? JSONScanner(table.selection, limits: limits.request)
    }

    mutating func read(_ bytes: borrowing Span<UInt8>) {
        facts.bodyBytes += bytes.count
        guard isJSON else {
            form?.read(bytes)
            return
        }
        guard let scanner else { return }
        var at = scanner.feed(bytes, from: 0, to: bytes.count)
        if scanner.status == .complete {
            while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
            if at < bytes.count { facts.isMalformed = true }
        }
    }

    /// The scanner, once the body is read: the response's reader may have it.
    var freeScanner: JSONScanner? { isRead ? scanner : nil }

    /// Gives the scanner away: bytes that come all the same are counted and not read.
    mutating func takeScanner() -> JSONScanner? {
        defer { scanner = nil }
        return scanner
    }

    mutating func finish() {
        guard !isRead else { return }
        isRead = true
        guard isJSON else {
            form?.finish(&facts, nameLimit: limits.name)
            return
        }
        guard let scanner else { return }
        scanner.finish()
        if facts.bodyBytes > 0, scanner.status != .complete { facts.isMalformed = true }
        facts.duplicateKeys = scanner.duplicateKeys
        facts.textBytes = scanner.counter(RequestTable.textCounter)
        for capture in scanner.captures { take(capture, scanner) }
        if facts.hints.count > 1 { orderHints() }
        scanner.reset()
    }

    /// Hands the facts over, at the exchange's end. The sizes stay known here.
    mutating func takeFacts() -> RequestFacts {
        var taken = RequestFacts()
        taken.textBytes = facts.textBytes
        taken.bodyBytes = facts.bodyBytes
        swap(&taken, &facts)
        return taken
    }

    private mutating func take(_ capture: JSONCapture, _ scanner: JSONScanner) {
        let field = table.fields[capture.slot]
        switch field.role {
        case .model: facts.model = name(capture, scanner) ?? facts.model
        case .stream:
            facts.stream = capture.kind == .bool ? isTrue(capture, scanner) : nil
            streamPlace = capture.place
        case .streamOptions:
            optionsPlace = capture.place
            optionsKind = capture.kind
            var members = JSONMembers(scanner.bytes(of: capture))
            optionsAreEmpty = members.next() == nil
        case .includeUsage:
            includePlace = capture.place
            includesUsage = isTrue(capture, scanner)
        case .maximumOutput:
            if case .value(let value) = Count(scanner.bytes(of: capture), capture.kind) {
                facts.maximumOutput = max(facts.maximumOutput ?? 0, value)
            }
        case .candidates:
            if case .value(let value) = Count(scanner.bytes(of: capture), capture.kind) {
                facts.candidates = value
            }
        case .serviceTier: facts.serviceTier = name(capture, scanner)
        case .speed: facts.speed = name(capture, scanner)
        case .size: facts.describe(size: name(capture, scanner))
        case .quality: facts.describe(quality: name(capture, scanner))
        case .hint(let kind): hint(kind, name(capture, scanner), field.path)
        case .labels:
            guard capture.kind == .object else { return }
            for (key, value) in JSONMembers(scanner.bytes(of: capture)) {
                hint(.label(key), JSONText.string(value), field.path)
            }
        case .payer: facts.isPaidElsewhere = name(capture, scanner) == "user_profile"
        case .text: break
        }
    }

    /// Who states something first counts: in the order of the table, wherever it stands in the body.
    private mutating func orderHints() {
        let rank = table.rank
        let ranked = facts.hints.enumerated().sorted { a, b in
            (rank[a.element.source] ?? 0, a.offset) < (rank[b.element.source] ?? 0, b.offset)
        }
        facts.hints = ranked.map(\.element)
    }

    private mutating func hint(_ kind: AttributionHint.Kind, _ value: String?, _ source: String) {
        guard let value, !value.isEmpty, facts.hints.count < limits.hints else { return }
        if case .label(let key) = kind, key.utf8.count > 64 || value.utf8.count > 256 { return }
        facts.hints.append(AttributionHint(kind, value, source: source))
    }

    private func name(_ capture: JSONCapture, _ scanner: JSONScanner) -> String? {
        guard capture.arena.count <= limits.name else { return nil }
        return scanner.string(of: capture)
    }

    private func isTrue(_ capture: JSONCapture, _ scanner: JSONScanner) -> Bool {
        capture.kind == .bool && scanner.bytes(of: capture).first == UInt8(ascii: "t")
    }
}
