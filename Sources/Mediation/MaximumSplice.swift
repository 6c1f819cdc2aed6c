// The maximum of output that admission assumes, put into a request that states none: then what a call can
// cost at most is what its upstream was told, and not a guess.
import Terms

extension Mediator {
    /// The change of a held body that states a maximum of output tokens; nil where the body states one, where
    /// the surface has no field for it at the top of its body, or where it is not clear what a change would
    /// mean. Never apply it to a signed body.
    public func maximumSplice(_ maximum: Int64, in body: borrowing Span<UInt8>) -> Splice? {
        let facts = request
        guard facts.maximumOutput == nil, !facts.isMalformed, !facts.duplicateKeys,
            let name = surface.dialect.request.maximumField(provider: surface.provider)
        else { return nil }
        var at = 0
        while at < body.count, Self.isBlank(body[at]) { at += 1 }
        guard at < body.count, body[at] == UInt8(ascii: "{") else { return nil }
        var next = at + 1
        while next < body.count, Self.isBlank(body[next]) { next += 1 }
        guard next < body.count else { return nil }
        let comma = body[next] == UInt8(ascii: "}") ? "" : ","
        return Splice(offset: at + 1, removed: 0, inserted: "\"\(name)\":\(maximum)\(comma)")
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }
}

extension RequestTable {
    /// The field at the top of a body that bounds the output; the newer of two names where only OpenAI
    /// itself is known to take it.
    func maximumField(provider: String) -> String? {
        let names = fields.compactMap { field -> String? in
            guard case .maximumOutput = field.role, !field.path.contains("."), !field.path.contains("[")
            else { return nil }
            return field.path
        }
        let isOpenAI = provider == "openai" || provider == "azure"
        return isOpenAI ? names.first : names.last
    }
}
