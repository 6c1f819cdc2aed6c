// `${NAME}` in scalars of the file. It runs after YAML was parsed, so a value can never change the
// document's shape, however it is written.

enum ExpansionProblem: Error, Hashable {
    case unset(String)
    case wrong(String)
}

/// Replaces `${NAME}`, `${NAME:-}` (empty when unset) and `$$`.
///
/// - Throws: for an unset name, a `$` that begins neither, and defaults other than the empty one.
func expanded(_ text: String, _ environment: [String: String]) throws(ExpansionProblem) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
        result += rest[..<dollar]
        rest = rest[rest.index(after: dollar)...]
        if rest.first == "$" {
            result += "$"
            rest = rest.dropFirst()
            continue
        }
        guard rest.first == "{", let end = rest.firstIndex(of: "}") else {
            throw .wrong("has a `$` that begins no ${NAME}")
        }
        var name = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        let optional = name.hasSuffix(":-")
        if optional { name = name.dropLast(2) }
        guard isVariableName(name) else { throw .wrong("has `${\(name)}`, which names no variable") }
        guard let value = environment[String(name)] ?? (optional ? "" : nil) else {
            throw .unset(String(name))
        }
        result += value
    }
    return result + rest
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
