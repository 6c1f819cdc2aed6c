// Why a YAML text is refused, in words for the person who wrote it.
public import Terms

/// A place in the text, counted from 1.
public struct DocumentPlace: Hashable, Sendable {
    public let line: Int
    public let column: Int
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

public enum DocumentError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    /// In libyaml's own words.
    case syntax(String, DocumentPlace)
    case duplicateKey(String, firstLine: Int, DocumentPlace)
    case keyIsNoScalar(DocumentPlace)
    case tag(String, DocumentPlace)
    case undefinedAlias(String, DocumentPlace)
    case tooDeep(limit: Int, DocumentPlace)
    case tooManyNodes(limit: Int, DocumentPlace)
    case scalarTooLong(limit: Int, DocumentPlace)
    case severalDocuments(DocumentPlace)
    case outOfMemory

    public var place: DocumentPlace? {
        switch self {
        case .tooLarge, .outOfMemory: nil
        case .syntax(_, let place), .duplicateKey(_, _, let place), .keyIsNoScalar(let place),
            .tag(_, let place), .undefinedAlias(_, let place), .tooDeep(_, let place),
            .tooManyNodes(_, let place), .scalarTooLong(_, let place), .severalDocuments(let place):
            place
        }
    }

    /// What is wrong, without the place.
    public var problem: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the text has \(bytes) bytes; the limit is \(limit)"
        case .syntax(let words, _): "this is no YAML: \(words)"
        case .duplicateKey(let key, let first, _): "the key `\(key)` stands twice; first in line \(first)"
        case .keyIsNoScalar: "a key must be a word, not a list or a map"
        case .tag(let tag, _): "the tag `\(tag)` is not understood here"
        case .undefinedAlias(let name, _): "the alias `*\(name)` has no anchor before it"
        case .tooDeep(let limit, _): "lists and maps are nested deeper than \(limit)"
        case .tooManyNodes(let limit, _): "the text stands for more than \(limit) values"
        case .scalarTooLong(let limit, _): "a value is longer than \(limit) bytes"
        case .severalDocuments: "a second document starts here; one file holds one"
        case .outOfMemory: "there was no memory for the parser"
        }
    }

    /// - Parameter name: the file, as the reader knows it.
    public func diagnosis(in name: String) -> Diagnosis {
        let position = place.map { ":\($0.line):\($0.column)" } ?? ""
        return Diagnosis(
            code: "document.\(word)", problem: "\(name)\(position): \(problem)",
            effect: "nothing of this file is used", remedy: remedy)
    }

    /// The same of a text that should be JSON.
    public func diagnosis(inJSON name: String) -> Diagnosis {
        guard case .syntax(let words, let place) = self else { return diagnosis(in: name) }
        return Diagnosis(
            code: "document.\(word)",
            problem: "\(name):\(place.line):\(place.column): this is no JSON: \(words)",
            effect: "nothing of this file is used",
            remedy: "check that the file is the one that was meant, and that it was fetched to its end")
    }

    private var word: String {
        switch self {
        case .tooLarge: "too-large"
        case .syntax: "syntax"
        case .duplicateKey: "duplicate-key"
        case .keyIsNoScalar: "key-is-no-scalar"
        case .tag: "tag"
        case .undefinedAlias: "undefined-alias"
        case .tooDeep: "too-deep"
        case .tooManyNodes: "too-many-nodes"
        case .scalarTooLong: "scalar-too-long"
        case .severalDocuments: "several-documents"
        case .outOfMemory: "out-of-memory"
        }
    }

    private var remedy: String {
        switch self {
        case .duplicateKey: "keep one of the two"
        case .tag: "remove the tag; write text in quotes"
        case .severalDocuments: "move it to a file of its own"
        case .undefinedAlias: "define the anchor above its first use, or write the value out"
        case .tooLarge, .tooDeep, .tooManyNodes, .scalarTooLong: "split the file"
        case .syntax, .keyIsNoScalar: "correct the line; indentation is by blanks, never by tabs"
        case .outOfMemory: "free memory and run the command again"
        }
    }
}
