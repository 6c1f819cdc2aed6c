// YAML text to a `Document`: the tree of what was written, with line numbers and nothing guessed.
// Configuration and price files are read through here. libyaml does the scanning; this file decides
// what such a file may contain: one document, scalar keys that are unique, no explicit tags, a
// bounded depth and a bounded number of nodes after aliases were expanded. The text is outside
// input, so every refusal is a `DocumentError` with the place, and no bytes make it trap.
import CYAML
public import Terms

/// What a document may grow to. Beyond it the document is refused as a whole.
public struct DocumentLimits: Hashable, Sendable {
    /// Bytes of text. The largest shipped price file is a tenth of this.
    public var bytes = 4 * 1024 * 1024
    /// Lists and maps inside one another. No schema here needs more than eight.
    public var depth = 64
    /// Nodes after aliases were expanded, so that a small text cannot stand for a large tree.
    public var nodes = 200_000
    /// Bytes of one scalar or key.
    public var scalar = 64 * 1024

    public init() {}
    public static let standard = DocumentLimits()
}

extension Document {
    /// Reads one YAML document. Text without any content is a null scalar.
    ///
    /// - Throws: ``DocumentError`` with line and column, counted from 1.
    public static func yaml(
        _ bytes: [UInt8], limits: DocumentLimits = .standard
    ) throws(DocumentError) -> Document {
        guard bytes.count <= limits.bytes else { throw .tooLarge(bytes: bytes.count, limit: limits.bytes) }
        var composer = Composer(limits: limits)
        // The buffer's closure cannot throw a typed error through, so the outcome travels as a value.
        let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<Document, DocumentError> in
            var events = EventReader(buffer)
            defer { events.close() }
            do throws(DocumentError) {
                return .success(try composer.document(&events))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    public static func yaml(
        _ text: String, limits: DocumentLimits = .standard
    ) throws(DocumentError) -> Document {
        try yaml(Array(text.utf8), limits: limits)
    }
}
