// Unix sockets for the cables between a sidecar and PostgreSQL.
import CLinux
import Foundation

enum UnixSocket {
    static func listen(_ path: String) throws -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = withAddress(path) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        guard bound == 0, Glibc.listen(listener, 64) == 0 else {
            throw Deployment.Failure(description: "cannot listen at \(path)")
        }
        return listener
    }

    /// - Returns: nil when nobody listens there.
    static func connect(_ path: String) -> Int32? {
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let connected = withAddress(path) {
            Glibc.connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
        if connected == 0 { return made }
        close(made)
        return nil
    }

    static func sendAll(_ bytes: some Sequence<UInt8>, to peer: Int32) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
