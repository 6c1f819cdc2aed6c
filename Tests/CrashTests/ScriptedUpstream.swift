// An upstream that answers what a test tells it to, byte for byte: for what no simulated provider does.
import CLinux
import Foundation
import Synchronization

/// Serves one connection after another on its own thread until it is stopped.
final class ScriptedUpstream: Sendable {
    /// A request's body, and what is sent back: head and body as they go over the wire.
    typealias Script = @Sendable (_ body: String) -> [UInt8]

    let port: UInt16
    private let descriptor: Int32
    private let script: Script
    private let seen = Mutex<[String]>([])
    private let headsSeen = Mutex<[String]>([])

    init(_ script: @escaping Script) throws {
        (descriptor, port) = try HTTPClient.listenAnywhere()
        self.script = script
        guard listen(descriptor, 16) == 0 else { throw Deployment.Failure(description: "cannot listen") }
        let thread = Thread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                serve(client)
                close(client)
            }
        }
        thread.start()
    }

    /// The bodies of all requests so far.
    var bodies: [String] { seen.withLock { $0 } }

    /// The heads of all requests so far.
    var heads: [String] { headsSeen.withLock { $0 } }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n"),
                let length = text[..<end.lowerBound].lowercased().firstMatch(of: /content-length: (\d+)/),
                text[end.upperBound...].utf8.count >= Int(length.output.1) ?? 0
            else { continue }
            let body = String(text[end.upperBound...])
            seen.withLock { $0.append(body) }
            headsSeen.withLock { $0.append(String(text[..<end.lowerBound])) }
            let answer = script(body)
            _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            return
        }
    }
}
