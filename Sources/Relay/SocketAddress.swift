// Addresses of both sides: read from configuration text, compared, printed.

import CLinux
import Glibc

/// A socket address of any family.
struct SocketAddress: @unchecked Sendable {
    // A plain C struct without pointers; no lock needed.
    var storage = sockaddr_storage()
    var length: UInt32 = 0

    init() {}

    init(_ address: UnsafePointer<sockaddr>, length: UInt32) {
        let count = min(Int(length), MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutableBytes(of: &storage) { $0.baseAddress?.copyMemory(from: address, byteCount: count) }
        self.length = UInt32(count)
    }

    /// A numeric IPv4 or IPv6 address.
    init?(host: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            self.init(copying: v4)
        } else if inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            self.init(copying: v6)
        } else {
            return nil
        }
    }

    /// A Unix socket; `nil` when the path is empty or does not fit into `sun_path`.
    init?(path: String) {
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.init(copying: address)
    }

    private init<Address>(copying address: Address) {
        withUnsafeMutableBytes(of: &storage) { to in
            withUnsafeBytes(of: address) { to.copyMemory(from: $0) }
        }
        length = UInt32(MemoryLayout<Address>.size)
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        // The port stands at the same place in both families.
        withUnsafeBytes(of: storage) {
            UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
    }

    /// The 4 or 16 bytes of the address; none for a Unix socket.
    var addressBytes: [UInt8] {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET: Array(bytes[4..<8])
            case AF_INET6: Array(bytes[8..<24])
            default: []
            }
        }
    }

    /// The address without port; empty for a Unix socket.
    var hostText: String {
        var text = [CChar](repeating: 0, count: 64)
        let found = withUnsafeBytes(of: storage) { bytes -> Bool in
            guard let base = bytes.baseAddress else { return false }
            switch family {
            case AF_INET: return inet_ntop(AF_INET, base + 4, &text, 64) != nil
            case AF_INET6: return inet_ntop(AF_INET6, base + 8, &text, 64) != nil
            default: return false
            }
        }
        return found
            ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }

    /// On this machine: 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 or a Unix socket.
    var isLoopback: Bool {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_UNIX: return true
            case AF_INET: return bytes[4] == 127
            case AF_INET6:
                let address = bytes[8..<24]
                let zeros = address.prefix(10).allSatisfy { $0 == 0 }
                if zeros, bytes[18] == 0xFF, bytes[19] == 0xFF { return bytes[20] == 127 }
                return address.prefix(15).allSatisfy { $0 == 0 } && bytes[23] == 1
            default: return false
            }
        }
    }
}
