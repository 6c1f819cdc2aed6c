// Stands between the sidecar and PostgreSQL on a Unix socket and carries what both say. What happens to the
// bytes on their way is a cable's affair, one for each connection.
import CLinux
import Foundation

/// One connection through a ``SocketRelay``.
protocol Cable {
    /// Whether the connection has to end; looked at before it begins, with all bytes, and every 20 ms.
    mutating func isCut() -> Bool

    /// Brings bytes to the other side.
    ///
    /// - Parameter isOurs: they come from the sidecar.
    /// - Returns: false when the connection is to break.
    mutating func carry(_ bytes: ArraySlice<UInt8>, to peer: Int32, isOurs: Bool) -> Bool
}

final class SocketRelay: Sendable {
    /// For libpq's `host=`.
    let directory: String
    private let listener: Int32

    /// - Parameter target: the server's socket.
    init(
        to target: String, in directory: String, _ cable: @escaping @Sendable () -> any Cable
    ) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let listener = try UnixSocket.listen(directory + "/.s.PGSQL.5432")
        self.listener = listener
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { Self.carry(client, target, cable()) }
            }
        }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func carry(_ client: Int32, _ target: String, _ cable: any Cable) {
        var cable = cable
        defer { close(client) }
        guard !cable.isCut(), let server = UnixSocket.connect(target) else { return }
        defer { close(server) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            // Looks up now and then, so that a cut reaches connections that are quiet.
            let ready = poll(&descriptors, 2, 20)
            if cable.isCut() { return }
            guard ready > 0 else { continue }
            for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
                let count = recv(descriptor.fd, &buffer, buffer.count, 0)
                let isOurs = index == 0
                guard count > 0,
                    cable.carry(buffer[..<count], to: isOurs ? server : client, isOurs: isOurs)
                else { return }
            }
        }
    }
}
