// Reads a response body in any pieces: frames it, lets the scanner pick the fields of the dialect out
// of each document or event, and tells the tap where to hold bytes and what to keep from the client.

import Terms
import Wire

/// Reads one response: decides how it is framed and passes its events on. An object, because it is large and
/// changes hands at the end.
final class ResponseReader {
    enum Framing: Sendable { case undecided, document, events, lines, array, messages, opaque }

    private(set) var framing = Framing.undecided
    let core: EventReader
    private let declared: Framing
    private var events = EventStreamFramer()
    private var lines = LineFramer()
    private var array = ArrayFramer()
    private var messages: Messages?

    /// Few responses have binary messages, and their framer is large.
    private final class Messages {
        var framer: MessageFramer

        init(_ content: MessageFramer.Content) { framer = MessageFramer(content) }
    }

    /// - Parameter declared: the framing that the head announces.
    init(
        _ dialect: Dialect, declared: Framing, withholds: Bool, limits: MediationLimits, scanner: JSONScanner?
    ) {
        self.declared = declared
        core = EventReader(dialect, withholds: withholds, limits: limits, scanner: scanner)
    }

    func read(_ bytes: borrowing Span<UInt8>) -> TapVerdict {
        guard !bytes.isEmpty else { return .pass }
        guard framing == .undecided else { return readOn(bytes) }
        let start = decide(bytes)
        core.position += start
        guard start < bytes.count else { return .pass }
        var verdict = readOn(bytes.extracting(start..<bytes.count))
        verdict.holdFrom = verdict.holdFrom.map { $0 + start }
        verdict.cut = verdict.cut.map { $0.lowerBound + start..<$0.upperBound + start }
        return verdict
    }

    private func readOn(_ bytes: borrowing Span<UInt8>) -> TapVerdict {
        var verdict = TapVerdict()
        switch framing {
        case .undecided, .opaque: break
        case .document: core.readDocument(bytes)
        case .events: core.readStream(bytes, &events, &verdict)
        case .lines: core.readStream(bytes, &lines, &verdict)
        case .array: core.readStream(bytes, &array, &verdict)
        case .messages: readMessages(bytes, &verdict)
        }
        core.position += bytes.count
        return verdict
    }

    /// The first byte that is not white space shows what the body really is, whatever its head says.
    ///
    /// - Returns: its index. What stands before it (white space, a byte order mark) is no part of what
    ///   is read, however the body was cut.
    private func decide(_ bytes: borrowing Span<UInt8>) -> Int {
        // A binary message begins with its length, whose first byte is 0 or 1; behind anything else that
        // was skipped none begins, however the body was cut.
        if core.position == 0, bytes[0] <= 1, beginMessages() { return 0 }
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte <= 0x20 || byte == 0xef || byte == 0xbb || byte == 0xbf { continue }
            switch byte {
            case UInt8(ascii: "{"): framing = isLines ? .lines : .document
            case UInt8(ascii: "["):
                framing = core.dialect.stream.framing == .array || declared == .array ? .array : .document
            case UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "r"),
                UInt8(ascii: ":"):
                framing = declared == .opaque ? .opaque : .events
            default: framing = .opaque
            }
            return index
        }
        return bytes.count
    }

    /// Files of results come under any type; a page of them is declared as one document.
    private var isLines: Bool {
        declared == .lines || declared == .undecided && core.dialect.traits.isBatch
    }

    /// Whether the surface or the head says that binary messages come.
    private func beginMessages() -> Bool {
        switch core.dialect.stream.framing {
        case .wrappedMessages: messages = Messages(.wrapped)
        case .messages: messages = Messages(.json)
        default: return false
        }
        framing = .messages
        return true
    }

    private func readMessages(_ bytes: borrowing Span<UInt8>, _ verdict: inout TapVerdict) {
        if let messages { core.readStream(bytes, &messages.framer, &verdict) }
    }

    private func finishMessages() {
        if let messages { core.finishStream(&messages.framer) }
    }

    /// The bytes that the last verdict released, or at the end what is left of those kept back.
    func takeReleased() -> [UInt8] { core.withholding.takeReleased() }

    /// The body is over.
    func finish() {
        switch framing {
        case .document: core.finishDocument()
        case .events: core.finishStream(&events)
        case .lines: core.finishStream(&lines)
        case .array: core.finishStream(&array)
        case .messages: finishMessages()
        case .undecided, .opaque: break
        }
        if !core.headerCounts.isEmpty { core.report.fill(fromHeaders: core.headerCounts) }
    }
}
