// From whom the sidecar believes which tenant pays: `attribution.trust_headers`.
import Glibc
import Relay
import Terms

/// The callers whose words about the tenant count.
enum TrustedCallers: Equatable, Sendable {
    /// Callers on this machine: 127.0.0.0/8, ::1 or a Unix socket.
    case loopback
    case nobody
    case networks([Network])

    /// Reads `loopback`, `none`, or addresses with a prefix length such as `10.0.0.0/8`.
    init(_ words: [String]) throws(Diagnosis) {
        switch words {
        case [], ["loopback"]: self = .loopback
        case ["none"]: self = .nobody
        default:
            var networks: [Network] = []
            for word in words {
                guard let network = Network(word) else {
                    throw Diagnosis(
                        code: "config.bad-value",
                        problem: "attribution.trust_headers: \"\(word)\" is no network",
                        effect: "it is not known whose word about the tenant counts",
                        remedy: "write loopback, none, or a list such as [10.0.0.0/8, \"fd00::/8\"]")
                }
                networks.append(network)
            }
            self = .networks(networks)
        }
    }

    func trusts(_ peer: Peer) -> Bool {
        switch self {
        case .loopback: peer.isLoopback
        case .nobody: false
        case .networks(let networks): networks.contains { $0.contains(peer.address) }
        }
    }

    /// An IPv4 or IPv6 network.
    struct Network: Equatable, Sendable {
        private let bytes: [UInt8]
        private let bits: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let first = parts.first, let bytes = Self.address(String(first)) else { return nil }
            let width = bytes.count * 8
            guard let bits = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(bits) else {
                return nil
            }
            self.bytes = bytes
            self.bits = bits
        }

        func contains(_ text: String) -> Bool {
            guard let other = Self.address(text), other.count == bytes.count else { return false }
            let whole = bits / 8
            guard other[..<whole] == bytes[..<whole] else { return false }
            let rest = bits % 8
            guard rest > 0 else { return true }
            return other[whole] >> UInt8(8 - rest) == bytes[whole] >> UInt8(8 - rest)
        }

        /// Four or sixteen bytes; an IPv4 address written as IPv6 is IPv4.
        private static func address(_ text: String) -> [UInt8]? {
            var four = in_addr()
            if inet_pton(AF_INET, text, &four) == 1 {
                return withUnsafeBytes(of: &four) { Array($0) }
            }
            var sixteen = in6_addr()
            guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
            let bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
            let mapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return mapped ? Array(bytes[12...]) : bytes
        }
    }
}
