/// A node of a configuration or price document: what was written, and where.
///
/// Scalars stay text: whether `1.25` is a number is for the reader of the field to decide.
public struct Document: Hashable, Sendable {
    public indirect enum Content: Hashable, Sendable {
        /// A scalar; `quoted` tells `"null"` from `null`.
        case scalar(String, quoted: Bool)
        case list([Document])
        /// In the order written; keys are unique.
        case map([Entry])
    }

    public struct Entry: Hashable, Sendable {
        public let key: String
        public let line: Int
        public let value: Document
        public init(key: String, line: Int, value: Document) {
            self.key = key
            self.line = line
            self.value = value
        }
    }

    public let content: Content
    /// Counted from 1.
    public let line: Int

    public init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    public subscript(key: String) -> Document? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The scalar's text; nil for lists, maps, and an unquoted `null`, `~` or nothing.
    public var text: String? {
        guard case .scalar(let text, let quoted) = content else { return nil }
        return quoted || !["", "null", "~", "Null", "NULL"].contains(text) ? text : nil
    }

    public var isNull: Bool {
        guard case .scalar = content else { return false }
        return text == nil
    }
}
