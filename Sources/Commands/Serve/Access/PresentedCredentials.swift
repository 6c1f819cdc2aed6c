// Which gateway key or token a request shows, and in which fields: wherever the SDKs of the dialects put
// their provider's key. Whatever begins with `tb_` there is ours and stays here.
import Access
import Wire

struct PresentedCredentials {
    private(set) var key: String?
    /// Two different keys were shown: nobody can say which is meant.
    private(set) var isAmbiguous = false
    private(set) var token: String?
    /// The token stood where a provider's credential stands.
    private(set) var tokenIsBearer = false
    /// Where ours stand, a bit for each place: the fields that do not go upstream.
    private(set) var places: UInt8 = 0

    static let tokenField = "x-tollbook-token"

    var fields: [FieldName] {
        CredentialFields.fields.enumerated().compactMap { places & 1 << $0 == 0 ? nil : $1 }
    }

    /// - Parameter readsTokens: a bearer that looks like a token may be ours too.
    init(_ head: RequestHead, readsTokens: Bool) {
        for (place, name) in CredentialFields.names.enumerated() {
            var next = head.fields.index(of: name)
            while let index = next {
                take(head.fields, index, place, readsTokens: readsTokens)
                next = head.fields.index(of: name, from: index + 1)
            }
        }
        if readsTokens, let index = head.fields.index(of: Self.tokenField) {
            token = head.fields.value(index)
            tokenIsBearer = false
        }
        if head.fields.bytes[head.pathRange].contains(UInt8(ascii: "?")) {
            for key in QueryKeys.keys(in: head.path) { note(key) }
        }
    }

    private mutating func take(
        _ fields: borrowing FieldBlock, _ index: Int, _ place: Int, readsTokens: Bool
    ) {
        let words = fields.bytes[fields.valueRange(index)].split { byte in
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: ",")
        }
        if let key = words.first(where: { $0.starts(with: KeyText.mark.utf8) }) {
            note(String(decoding: key, as: UTF8.self))
            places |= 1 << place
        } else if readsTokens, token == nil, words.count == 2, words[1].starts(with: "eyJ".utf8) {
            token = String(decoding: words[1], as: UTF8.self)
            tokenIsBearer = true
            places |= 1 << place
        }
    }

    private mutating func note(_ found: String) {
        if let key, key != found { isAmbiguous = true }
        key = key ?? found
    }
}

/// Gateway keys in the query of a target.
enum QueryKeys {
    static func keys(in target: String) -> [String] {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        return target[target.index(after: mark)...].split(separator: "&").compactMap(key)
    }

    /// A provider's own key where it stands in the parameter `key`.
    static func own(in target: String) -> String? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for parameter in target[target.index(after: mark)...].split(separator: "&")
        where parameter.hasPrefix("key=") && parameter.utf8.count > 4 {
            return String(parameter.dropFirst(4))
        }
        return nil
    }

    /// The target without its gateway keys, whatever the parameters are called.
    static func removed(from target: String) -> String {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        let parts = target[target.index(after: mark)...].split(
            separator: "&", omittingEmptySubsequences: false)
        let kept = parts.filter { key($0) == nil }
        if kept.count == parts.count { return target }
        return kept.isEmpty ? String(target[..<mark]) : target[...mark] + kept.joined(separator: "&")
    }

    /// The value of a parameter, if it is a gateway key; escapes do not hide one.
    private static func key(_ parameter: Substring) -> String? {
        guard let equals = parameter.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var bytes: [UInt8] = []
        var rest = parameter.utf8[parameter.utf8.index(after: equals)...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let escaped = UInt8(String(Substring(rest.prefix(2))), radix: 16),
                rest.count >= 2
            {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes.starts(with: KeyText.mark.utf8) ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
