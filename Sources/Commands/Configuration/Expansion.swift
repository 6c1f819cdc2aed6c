// What `${…}` stands for in scalars of the file: a variable of the environment, the content of a file, or
// one of systemd's credentials. It runs after YAML was parsed, so a value can never change the document's
// shape, however it is written.

enum ExpansionProblem: Error, Hashable {
    case unset(String)
    /// A file or credential whose content cannot be had, and why.
    case unreadable(String, reason: String)
    case wrong(String)
}

/// Where `${…}` takes its text from.
struct ExpansionSources {
    let environment: [String: String]
    /// Gives a file's bytes, nil when there is none.
    let read: (String) throws(FileProblem) -> [UInt8]?
    /// The file of the configuration: paths are as seen from it.
    var besides = ""

    /// Bytes of the content of a file or credential: more is a mistake such as another file.
    static let largest = 64 << 10
    /// Where systemd puts the credentials of a service (`LoadCredential=`).
    static let credentials = "CREDENTIALS_DIRECTORY"

    /// - Returns: the path that `file:…` or `credential:…` stands for; nil for a variable.
    func path(of reference: Substring) throws(ExpansionProblem) -> String? {
        if reference.hasPrefix("file:") {
            let path = String(reference.dropFirst(5))
            guard !path.isEmpty else { throw .wrong("has `${file:}`, which names no file") }
            return Paths.resolve(path, besides: besides)
        }
        guard reference.hasPrefix("credential:") else { return nil }
        let name = reference.dropFirst(11)
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/") else {
            throw .wrong("has `${\(reference)}`, which names no credential")
        }
        guard let directory = environment[Self.credentials], !directory.isEmpty else {
            throw .unreadable(
                "the credential \(name)",
                reason: "\(Self.credentials) is not set: see LoadCredential= of systemd"
            )
        }
        return directory + "/" + name
    }

    /// The text of a small file without the end of its last line.
    fileprivate func text(of path: String) throws(ExpansionProblem) -> String {
        let content: [UInt8]?
        do throws(FileProblem) { content = try read(path) } catch {
            throw .unreadable("the file \(path)", reason: error.reason)
        }
        guard var bytes = content else {
            throw .unreadable("the file \(path)", reason: "there is none")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .unreadable("the file \(path)", reason: "it is empty") }
        guard bytes.count <= Self.largest else {
            throw .unreadable("the file \(path)", reason: "it has more than \(Self.largest) bytes")
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable("the file \(path)", reason: "it holds no text")
        }
        return text
    }
}

/// A text after expansion.
struct Expanded {
    var text = ""
    /// The files that a part of it came from: it is a secret, whatever the setting.
    var files: [String] = []
}

/// Replaces `${NAME}`, `${NAME:-}` (empty when unset), `${file:PATH}`, `${credential:NAME}` and `$$`.
///
/// - Throws: for what cannot be had, a `$` that begins none of them, and defaults other than the empty one.
func expanded(_ text: String, _ sources: ExpansionSources) throws(ExpansionProblem) -> Expanded {
    var result = Expanded()
    guard text.utf8.contains(UInt8(ascii: "$")) else {
        result.text = text
        return result
    }
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
        result.text += rest[..<dollar]
        rest = rest[rest.index(after: dollar)...]
        if rest.first == "$" {
            result.text += "$"
            rest = rest.dropFirst()
            continue
        }
        guard rest.first == "{", let end = rest.firstIndex(of: "}") else {
            throw .wrong("has a `$` that begins no ${NAME}")
        }
        var name = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        if let path = try sources.path(of: name) {
            result.text += try sources.text(of: path)
            result.files.append(path)
            continue
        }
        let optional = name.hasSuffix(":-")
        if optional { name = name.dropLast(2) }
        guard isVariableName(name) else { throw .wrong("has `${\(name)}`, which names no variable") }
        guard let value = sources.environment[String(name)] ?? (optional ? "" : nil) else {
            throw .unset(String(name))
        }
        result.text += value
    }
    result.text += rest
    return result
}

private func isVariableName(_ name: Substring) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
        return false
    }
    return name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
