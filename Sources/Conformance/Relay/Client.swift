// The client of a replay: one kept connection, one request at a time, answers decoded by the codec's own
// rules for framing and kept byte for byte.

import Glibc
import Wire

/// An answer as its client saw it.
struct Reply {
    var status = 0
    /// The fields in order, names as they were spelled.
    var fields: [(name: String, value: String)] = []
    /// The body after transfer decoding.
    var body: [UInt8] = []
    /// How many pieces the framing and the socket made of the body.
    var pieces = 0
}

/// A kept connection to the proxy.
final class Client {
    private let port: UInt16
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []

    /// Bytes of one read.
    private static let readBytes = 64 << 10
    /// Bytes of a head; more than that is no answer of the proxy.
    private static let headBytes = 1 << 20

    init(port: UInt16) { self.port = port }

    deinit { hangUp() }

    /// Sends one request and reads its whole answer.
    func send(_ request: [UInt8]) throws(ReplayFailure) -> Reply {
        if socket < 0 {
            guard let made = connection(to: port) else { throw ReplayFailure(problem: "nobody listens") }
            socket = made
            // Half a minute without a byte is an answer that does not come.
            var patience = timeval(tv_sec: 30, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        do throws(ReplayFailure) {
            try write(request)
            return try read()
        } catch {
            hangUp()
            throw error
        }
    }

    private func hangUp() {
        if socket >= 0 { close(socket) }
        socket = -1
        buffer = []
    }

    private func write(_ bytes: [UInt8]) throws(ReplayFailure) {
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + at, $0.count - at, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                throw ReplayFailure(problem: "the request was taken in part: errno \(errno)")
            }
            at += count
        }
    }

    private func read() throws(ReplayFailure) -> Reply {
        var end = headEnd()
        while end == nil {
            guard buffer.count < Self.headBytes, fill() else { throw ReplayFailure(problem: "no answer") }
            end = headEnd()
        }
        let head = ResponseHead()
        let bytes = Array(buffer[..<(end ?? 0)])
        do throws(HTTPRefusal) {
            try head.parse(bytes.span)
        } catch { throw ReplayFailure(problem: "the answer's head is not valid: \(error)") }
        buffer.removeFirst(bytes.count)
        var reply = Reply()
        reply.status = head.status
        reply.fields = (0..<head.fields.count).map { (head.fields.name($0), head.fields.value($0)) }
        var decoder = BodyDecoder(head.framing(toHead: false))
        try readBody(&decoder, into: &reply)
        if head.closes || decoder.endsWithConnection { hangUp() }
        return reply
    }

    private func readBody(_ decoder: inout BodyDecoder, into reply: inout Reply) throws(ReplayFailure) {
        while !decoder.isComplete {
            var cursor = 0
            var needsMore = false
            while !needsMore, !decoder.isComplete {
                switch decoder.next(buffer.span, &cursor) {
                case .payload(let range):
                    reply.body.append(contentsOf: buffer[range])
                    reply.pieces += 1
                case .more: needsMore = true
                case .end: break
                case .refused(let why): throw ReplayFailure(problem: "the body is framed badly: \(why)")
                }
            }
            buffer.removeFirst(cursor)
            if needsMore, !fill() {
                guard decoder.endsWithConnection else { throw ReplayFailure(problem: "the body was cut off") }
                return
            }
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        for at in 3..<buffer.count
        where buffer[at] == 10 && buffer[at - 1] == 13 && buffer[at - 2] == 10 && buffer[at - 3] == 13 {
            return at + 1
        }
        return nil
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: Self.readBytes)
        let count = recv(socket, &bytes, bytes.count, 0)
        if count > 0 { buffer.append(contentsOf: bytes[..<count]) }
        return count > 0
    }
}
