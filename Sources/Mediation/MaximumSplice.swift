// The maximum of output that admission assumes, put into a request that states none: then what a call can
// cost at most is what its upstream was told, and not a guess.
import Terms

extension Mediator {
    /// The change of a held body that states a maximum of output tokens; nil where the body says anything
    /// about one, where the surface has no field for it, or where it is not clear what a change would mean.
    /// Never apply it to a signed body.
    public func maximumSplice(_ maximum: Int64, in body: borrowing Span<UInt8>) -> Splice? {
        let facts = request
        guard facts.maximumOutput == nil, !facts.isMalformed, !facts.duplicateKeys, surface.dialect.generates
        else { return nil }
        let places = surface.dialect.maximumPlaces(
            provider: surface.provider, model: modelRequested ?? facts.model ?? "")
        let top = BodyMembers(of: body)
        guard top.isReadable else { return nil }
        for place in places {
            let halves = place.split(separator: ".")
            let name = String(halves[0])
            guard let member = top.member(name, in: body) else { continue }
            // The field is there and states no number, or there is no object to put it into.
            guard halves.count == 2, member.isObject else { return nil }
            let inner = BodyMembers(of: body, from: member.value)
            let field = String(halves[1])
            guard inner.isReadable, inner.member(field, in: body) == nil else { return nil }
            let comma = inner.isEmpty ? "" : ","
            return Splice(
                offset: member.value + 1, removed: 0, inserted: "\"\(field)\":\(maximum)\(comma)")
        }
        guard let first = places.first else { return nil }
        let halves = first.split(separator: ".")
        let comma = top.isEmpty ? "" : ","
        let field =
            halves.count == 2
            ? "\"\(halves[0])\":{\"\(halves[1])\":\(maximum)}" : "\"\(first)\":\(maximum)"
        return Splice(offset: top.start + 1, removed: 0, inserted: field + comma)
    }
}

extension Dialect {
    /// The paths of the field that bounds the output, the one to be made where none stands first; at most one
    /// dot each, and empty where the surface has none that is known to work.
    func maximumPlaces(provider: String, model: String) -> [String] {
        if name.hasPrefix("bedrock") { return bedrockMaximum(model) }
        let all = request.fields.compactMap { field -> String? in
            guard case .maximumOutput = field.role, !field.path.contains("[") else { return nil }
            return field.path
        }
        let plain = all.filter { !$0.contains(".") }
        if plain.isEmpty { return all }
        // The newer of two names only where OpenAI itself is known to take it.
        let isOpenAI = provider == "openai" || provider == "azure"
        return isOpenAI ? plain : plain.reversed()
    }

    /// Converse has one field for all models; behind Invoke each family has its own.
    private func bedrockMaximum(_ model: String) -> [String] {
        guard name.hasPrefix("bedrock/invoke") else { return ["inferenceConfig.maxTokens"] }
        if model.contains("amazon.nova") { return ["inferenceConfig.maxTokens"] }
        if model.contains("amazon.titan") { return ["textGenerationConfig.maxTokenCount"] }
        if model.contains("meta.") { return ["max_gen_len"] }
        let families = ["anthropic.", "mistral.", "cohere.", "ai21.", "openai."]
        return families.contains { model.contains($0) } ? ["max_tokens"] : []
    }
}

/// The members of one object in a body that was read before and is well-formed: their names, and where their
/// values begin.
private struct BodyMembers {
    struct Member {
        /// Where the value begins, in the body.
        let value: Int
        let isObject: Bool
    }

    /// Where the object begins.
    let start: Int
    private(set) var isReadable = false
    private(set) var isEmpty = true

    /// - Parameter from: where the object, or blanks before it, begins.
    init(of body: borrowing Span<UInt8>, from: Int = 0) {
        var at = from
        while at < body.count, Self.isBlank(body[at]) { at += 1 }
        start = at
        guard at < body.count, body[at] == UInt8(ascii: "{") else { return }
        at += 1
        while at < body.count, Self.isBlank(body[at]) { at += 1 }
        guard at < body.count else { return }
        isEmpty = body[at] == UInt8(ascii: "}")
        isReadable = true
    }

    /// A member by its name, as it is spelled.
    func member(_ name: String, in body: borrowing Span<UInt8>) -> Member? {
        var depth = 0
        var at = start
        while at < body.count {
            switch body[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return nil }
            case UInt8(ascii: "\""):
                let text = at + 1
                at = text
                while at < body.count, body[at] != UInt8(ascii: "\"") {
                    at += body[at] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard depth == 1, at < body.count else { break }
                var next = at + 1
                while next < body.count, Self.isBlank(body[next]) { next += 1 }
                guard next < body.count, body[next] == UInt8(ascii: ":"),
                    Self.equals(body, text..<at, name)
                else { break }
                next += 1
                while next < body.count, Self.isBlank(body[next]) { next += 1 }
                guard next < body.count else { return nil }
                return Member(value: next, isObject: body[next] == UInt8(ascii: "{"))
            default: break
            }
            at += 1
        }
        return nil
    }

    private static func equals(_ body: borrowing Span<UInt8>, _ range: Range<Int>, _ name: String) -> Bool {
        guard range.count == name.utf8.count else { return false }
        var at = range.lowerBound
        for byte in name.utf8 {
            if body[at] != byte { return false }
            at += 1
        }
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }
}
