// Where an upstream's name may lead. The name comes from the configuration, its address from a name server,
// which others may write to: a name that suddenly means this machine, its link or the metadata service of a
// cloud would hand a credential to whoever answers there. So the address itself is looked at when the
// connection is made, which is after every look-up and before the first byte. A configuration that spells
// an address means it.

/// A range of IP addresses.
public struct AddressRange: Hashable, Sendable {
    /// 4 or 16 bytes.
    public let address: [UInt8]
    /// How many leading bits count.
    public let bits: Int

    /// - Parameters:
    ///   - address: 4 or 16 bytes.
    ///   - bits: from 0 to eight times as many.
    public init(_ address: [UInt8], bits: Int) {
        precondition((address.count == 4 || address.count == 16) && (0...address.count * 8).contains(bits))
        self.address = address
        self.bits = bits
    }

    func contains(_ other: ArraySlice<UInt8>) -> Bool {
        guard other.count == address.count else { return false }
        for (index, (a, b)) in zip(address, other).enumerated() {
            let rest = bits - index * 8
            guard rest > 0 else { return true }
            let mask: UInt8 = rest >= 8 ? 0xFF : ~(0xFF >> UInt8(rest))
            guard a & mask == b & mask else { return false }
        }
        return true
    }

    /// 127.0.0.0/8 and ::1.
    public static let loopback = [
        AddressRange([127, 0, 0, 0], bits: 8), AddressRange(v6(last: 1), bits: 128),
    ]

    /// What a name does not lead to unless the configuration allows it.
    static let refused =
        loopback + [
            // This network, this link (with the metadata services of most clouds), groups, reserved.
            AddressRange([0, 0, 0, 0], bits: 8), AddressRange([169, 254, 0, 0], bits: 16),
            AddressRange([224, 0, 0, 0], bits: 4), AddressRange([240, 0, 0, 0], bits: 4),
            // Metadata services elsewhere: Alibaba, Oracle, Amazon's and Google's in IPv6.
            AddressRange([100, 100, 100, 200], bits: 32), AddressRange([192, 0, 0, 0], bits: 24),
            AddressRange(v6(0xFD, 0, 0x0E, 0xC2), bits: 32), AddressRange(v6(0xFD, 0x20, 0, 0xCE), bits: 32),
            // The same in IPv6: nowhere, link, groups.
            AddressRange(v6(last: 0), bits: 128), AddressRange(v6(0xFE, 0x80), bits: 10),
            AddressRange(v6(0xFF), bits: 8),
        ]

    private static func v6(_ first: UInt8..., last: UInt8 = 0) -> [UInt8] {
        first + [UInt8](repeating: 0, count: 15 - first.count) + [last]
    }
}

extension UpstreamConfiguration {
    /// Whether a connection to this address would go where the configuration did not send it.
    func refuses(_ address: SocketAddress) -> Bool {
        address.isRefused(of: host, allowing: allowedAddresses)
    }
}

extension SocketAddress {
    /// Whether a host that was named in the configuration may not mean this address.
    func isRefused(of host: String, allowing allowed: [AddressRange] = []) -> Bool {
        var bytes = addressBytes[...]
        guard !bytes.isEmpty, SocketAddress(host: host, port: 0) == nil else { return false }
        // IPv4 in the clothes of IPv6: mapped, and through a translator (RFC 6052).
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if bytes.count == 16,
            bytes.prefix(12).elementsEqual(mapped) || bytes.prefix(12).elementsEqual(translated)
        {
            bytes = bytes.suffix(4)
        }
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost"),
            AddressRange.loopback.contains(where: { $0.contains(bytes) })
        {
            return false
        }
        return AddressRange.refused.contains { $0.contains(bytes) }
            && !allowed.contains { $0.contains(bytes) }
    }
}
