// The headers by which a caller says whose spend a request is. They are read here and never travel upstream.
public import Terms

extension AttributionClaim {
    /// Lower-case names of the headers.
    public static let tenantHeader = "x-tollbook-tenant"
    public static let userHeader = "x-tollbook-user"
    public static let labelsHeader = "x-tollbook-labels"
    public static let operationHeader = "x-tollbook-operation"

    /// Reads `X-Tollbook-Tenant`, `X-Tollbook-User` and `X-Tollbook-Labels: a=1,b=2`, percent-decoded.
    ///
    /// - Throws: what is wrong with a header that is there; the request is then refused, because a bill
    ///   that silently goes to somebody else is worse than a refused call.
    public init(tenant: String?, user: String?, labels: String?) throws(AttributionProblem) {
        self.init()
        self.tenant = try Self.value(tenant, of: Self.tenantHeader)
        self.user = try Self.value(user, of: Self.userHeader)
        for pair in (labels ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let key = Self.decoded(parts[0].trimmed),
                let value = Self.decoded(parts[1].trimmed), !key.isEmpty,
                key.utf8.count <= AttributionRules.labelKeyLimit,
                value.utf8.count <= AttributionRules.valueLimit
            else { throw .badLabel(String(pair.prefix(80))) }
            guard !self.labels.contains(where: { $0.key == key }) else { throw .repeatedLabel(key) }
            self.labels.append(Label(key: key, value: value))
        }
        guard self.labels.count <= AttributionRules.labelLimit else {
            throw .tooManyLabels(self.labels.count)
        }
    }

    private static func value(_ text: String?, of header: String) throws(AttributionProblem) -> String? {
        guard let text else { return nil }
        guard let decoded = decoded(text[...]), decoded.utf8.count <= AttributionRules.valueLimit else {
            throw .badValue(header: header)
        }
        return decoded.isEmpty ? nil : decoded
    }

    /// Percent-decodes; nil when an escape is broken or the result is not printable UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.next().flatMap(nibble), let low = rest.next().flatMap(nibble) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// What is wrong with an attribution header.
public enum AttributionProblem: Error, Hashable, Sendable {
    case badValue(header: String)
    case badLabel(String)
    case repeatedLabel(String)
    case tooManyLabels(Int)

    public var diagnosis: Diagnosis {
        let (problem, remedy) =
            switch self {
            case .badValue(let header):
                (
                    "the header \(header) is not printable percent-encoded UTF-8 of at most "
                        + "\(AttributionRules.valueLimit) bytes",
                    "percent-encode the value, or leave the header out"
                )
            case .badLabel(let text):
                (
                    "\"\(text)\" in x-tollbook-labels is no label",
                    "write key=value pairs separated by commas, keys of at most "
                        + "\(AttributionRules.labelKeyLimit) bytes, values percent-encoded and of at most "
                        + "\(AttributionRules.valueLimit)"
                )
            case .repeatedLabel(let key):
                ("the label \(key) stands twice in x-tollbook-labels", "send each label once")
            case .tooManyLabels(let count):
                (
                    "x-tollbook-labels has \(count) labels",
                    "send at most \(AttributionRules.labelLimit)"
                )
            }
        return Diagnosis(
            code: "attribution.bad-header", problem: problem,
            effect: "the call was not sent, because its spend would be booked to the wrong place",
            remedy: remedy)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
