// Addresses as settings spell them: where to listen, which upstream, and whom to trust.
import Glibc
import Terms

/// A place to listen.
public enum ListenAddress: Hashable, Sendable {
    /// Host name or numeric address without brackets. Port 0 takes a free one.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Bytes of a socket path, its closing zero included (`sockaddr_un`).
    static let longestPath = 108

    init(_ text: String) throws(ValueProblem) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count < Self.longestPath else {
                throw ValueProblem(words: "must name a socket of 1 to \(Self.longestPath - 1) bytes")
            }
            self = .unix(path: path)
            return
        }
        guard let (host, port) = HostAndPort.split(text), let port else {
            throw ValueProblem(words: "must be host:port or unix:/path, not `\(text)`")
        }
        self = .tcp(host: host, port: port)
    }

    var isUnix: Bool { if case .unix = self { true } else { false } }

    /// As it is written in the configuration.
    public var text: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

enum HostAndPort {
    /// - Returns: nil for an empty or impossible host, or a port above 65535.
    static func split(_ text: some StringProtocol) -> (host: String, port: UInt16?)? {
        var rest = text[...]
        let host: String
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            guard Network.bytes(of: host)?.count == 16 else { return nil }
            rest = rest[rest.index(after: end)...]
        } else {
            let name = rest.prefix { $0 != ":" }
            host = String(name)
            rest = rest[name.endIndex...]
            guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard !rest.isEmpty else { return (host, nil) }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()) else { return nil }
        return (host, port)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// The base address of an upstream.
public struct UpstreamURL: Hashable, Sendable {
    public let isTLS: Bool
    /// Without brackets.
    public let host: String
    public let port: UInt16
    /// Begins with `/` and does not end with one; empty when there is none.
    public let prefix: String

    init(_ text: String) throws(ValueProblem) {
        // A query or a credential in the address may be a secret: the message says the rest.
        func wrong(_ words: String) -> ValueProblem {
            let plain = !text.contains("@") && !text.contains("?")
            return ValueProblem(words: plain ? "\(words): `\(text)`" : words)
        }
        let rest: Substring
        if text.hasPrefix("https://") {
            isTLS = true
            rest = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            isTLS = false
            rest = text.dropFirst(7)
        } else {
            throw wrong("must begin with http:// or https://")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains("?"), !text.contains("#")
        else {
            throw wrong("must have no query, fragment, blank or non-ASCII character")
        }
        let authority = rest.prefix { $0 != "/" }
        // The text is not repeated here: it holds a password.
        guard !authority.contains("@") else {
            throw ValueProblem(words: "must not hold a credential; put it under `api_key`")
        }
        guard let (host, port) = HostAndPort.split(authority) else {
            throw wrong("has no valid host and port")
        }
        guard port != 0 else { throw wrong("has no valid port") }
        self.host = host
        self.port = port ?? (isTLS ? 443 : 80)
        var path = rest[authority.endIndex...]
        while path.last == "/" { path.removeLast() }
        prefix = String(path)
    }
}

/// Whose `X-Tollbook-*` headers and body fields may name a tenant.
public struct TrustedCallers: Hashable, Sendable {
    /// 127.0.0.0/8, ::1 and Unix sockets.
    public var loopback = false
    public var networks: [Network] = []

    static let none = TrustedCallers()

    private init() {}

    init(_ words: [String]) throws(ValueProblem) {
        for word in words where word != "none" || words.count > 1 {
            if word == "loopback" {
                loopback = true
            } else if let network = Network(word) {
                networks.append(network)
            } else {
                throw ValueProblem(
                    words: "must be loopback, none, or networks such as 10.0.0.0/8, not `\(word)`")
            }
        }
    }

    /// - Parameter address: 4 or 16 bytes; nil for a Unix socket.
    public func trusts(_ address: [UInt8]?) -> Bool {
        guard let address else { return loopback }
        if loopback, Network.loopback.contains(where: { $0.contains(address) }) { return true }
        return networks.contains { $0.contains(address) }
    }
}

/// A range of IP addresses.
public struct Network: Hashable, Sendable {
    /// 4 or 16 bytes.
    public let address: [UInt8]
    /// How many leading bits count.
    public let bits: Int

    static let loopback = ["127.0.0.0/8", "::1/128"].compactMap(Network.init)

    /// Reads `10.0.0.0/8` or a single address.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = Self.bytes(of: String(parts[0])) else { return nil }
        let longest = address.count * 8
        guard let bits = parts.count == 2 ? Int(parts[1]) : longest, (0...longest).contains(bits) else {
            return nil
        }
        self.address = address
        self.bits = bits
    }

    /// An IPv4 address that arrives as `::ffff:a.b.c.d` counts as IPv4.
    public func contains(_ other: [UInt8]) -> Bool {
        var other = other[...]
        if address.count == 4, other.count == 16,
            other.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
        {
            other = other.suffix(4)
        }
        guard other.count == address.count else { return false }
        for (index, (a, b)) in zip(address, other).enumerated() {
            let rest = bits - index * 8
            guard rest > 0 else { return true }
            let mask: UInt8 = rest >= 8 ? 0xff : ~(0xff >> rest)
            guard a & mask == b & mask else { return false }
        }
        return true
    }

    static func bytes(of text: String) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 { return Array(buffer[..<4]) }
        return inet_pton(AF_INET6, text, &buffer) == 1 ? buffer : nil
    }
}
