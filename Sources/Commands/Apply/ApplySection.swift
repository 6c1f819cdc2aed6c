// What a file for `tollbook apply` may contain: one section per kind of thing, one file of code per
// section. A section says what would have to change; nothing is done before every section has said so
// without a problem. A further kind is a type that conforms to ``ApplySection`` and its line in
// ``ApplySections/all``.
import Terms

protocol ApplySection: SendableMetatype {
    /// The key of the file.
    static var name: String { get }

    /// Compares the section's items with what the ledger has.
    ///
    /// - Returns: one change per item, in the order in which they are to be made.
    static func plan(_ items: [ApplyItem], _ desk: AccessDesk) throws(ApplyProblem) -> [ApplyChange]
}

enum ApplySections {
    /// In the order in which they are applied: a key needs its tenant.
    static let all: [any ApplySection.Type] = [
        TenantSection.self, KeySection.self, BudgetSection.self,
    ]
}

/// What becomes of one item.
struct ApplyChange {
    enum Action: String { case create, change, keep }

    let action: Action
    /// `tenant acme`.
    let object: String
    /// Fields that are new or differ, as `name value`.
    let details: [String]
    /// Does it, and returns a secret that is shown once.
    let work: (AccessDesk) throws(Failure) -> ShownSecret?

    static func keep(_ object: String) -> ApplyChange {
        ApplyChange(action: .keep, object: object, details: []) { _ in nil }
    }
}

/// Why nothing of a file is applied.
enum ApplyProblem: Error {
    /// Lines are counted from 1.
    case file(line: Int, words: String)
    /// What the ledger has could not be read.
    case ledger(Failure)

    init(line: Int, words: String) { self = .file(line: line, words: words) }
}

/// One item of a section: a map of fields that are all known.
struct ApplyItem {
    let line: Int
    private let fields: [Document.Entry]

    init(_ document: Document) throws(ApplyProblem) {
        guard case .map(let entries) = document.content else {
            throw ApplyProblem(line: document.line, words: "an item is a map of fields")
        }
        line = document.line
        fields = entries
    }

    /// Refuses fields that nobody reads.
    func allow(_ names: [String]) throws(ApplyProblem) {
        for field in fields where !names.contains(field.key) {
            let near = nearest(to: field.key, among: names).map { "; did you mean `\($0)`?" } ?? ""
            throw ApplyProblem(line: field.line, words: "there is no field `\(field.key)`\(near)")
        }
    }

    func has(_ name: String) -> Bool { fields.contains { $0.key == name } }

    /// - Returns: nil when the field is absent or null.
    func text(_ name: String) throws(ApplyProblem) -> String? {
        guard let field = fields.first(where: { $0.key == name }), !field.value.isNull else { return nil }
        guard let text = field.value.text else {
            throw ApplyProblem(line: field.line, words: "`\(name)` is one text")
        }
        return text
    }

    func required(_ name: String) throws(ApplyProblem) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw ApplyProblem(line: line, words: "`\(name)` is missing")
        }
        return text
    }

    func flag(_ name: String) throws(ApplyProblem) -> Bool? {
        guard let text = try text(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default: throw ApplyProblem(line: line, words: "`\(name)` is true or false, not `\(text)`")
        }
    }

    func list(_ name: String) throws(ApplyProblem) -> [String] {
        guard let field = fields.first(where: { $0.key == name }), !field.value.isNull else { return [] }
        let items: [Document] =
            if case .list(let items) = field.value.content { items } else { [field.value] }
        var texts: [String] = []
        for item in items {
            guard let text = item.text else {
                throw ApplyProblem(line: field.line, words: "`\(name)` is a list of texts")
            }
            texts.append(text)
        }
        return texts
    }

    /// A map of names and texts, ascending.
    func labels(_ name: String) throws(ApplyProblem) -> [Label] {
        guard let field = fields.first(where: { $0.key == name }), !field.value.isNull else { return [] }
        guard case .map(let entries) = field.value.content else {
            throw ApplyProblem(line: field.line, words: "`\(name)` is a map of names and texts")
        }
        var labels: [Label] = []
        for entry in entries {
            guard let text = entry.value.text else {
                throw ApplyProblem(line: entry.line, words: "`\(name).\(entry.key)` is one text")
            }
            labels.append(Label(key: entry.key, value: text))
        }
        return labels.sorted()
    }
}
