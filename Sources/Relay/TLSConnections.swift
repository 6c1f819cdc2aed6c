// Connections inside TLS, of either side. OpenSSL keeps errors in a queue of the thread, and a stale one
// makes a healthy connection look broken: the queue is cleared before every call.

import COpenSSL
import Glibc

/// OpenSSL's state of one connection, and the four things done with it.
struct TLSStream: ~Copyable {
    let pointer: OpaquePointer
    /// After a fault nothing may be said any more, not even good-bye.
    private(set) var hasFailed = false

    /// - Returns: `nil` when OpenSSL has no memory.
    static func open(_ context: TLSContext, _ descriptor: Int32) -> TLSStream? {
        ERR_clear_error()
        guard let pointer = SSL_new(context.pointer) else { return nil }
        let stream = TLSStream(pointer: pointer)
        guard SSL_set_fd(pointer, descriptor) == 1 else { return nil }
        return stream
    }

    private init(pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_free(pointer) }

    /// Gathers as many records as fit, so that one write downstream serves several of them.
    ///
    /// - Parameter isDrained: set when the socket has no more bytes for now.
    /// - Returns: as ``Socket/receive(_:_:)``.
    mutating func receive(
        _ into: UnsafeMutablePointer<UInt8>, _ room: Int, isDrained: inout Bool
    ) -> Int {
        var got = 0
        while got < room {
            ERR_clear_error()
            let count = SSL_read(pointer, into + got, Int32(truncatingIfNeeded: room - got))
            if count > 0 {
                got += Int(count)
                continue
            }
            switch SSL_get_error(pointer, count) {
            case SSL_ERROR_WANT_READ:
                isDrained = true
                return got > 0 ? got : SocketResult.wouldBlock
            // A message of TLS itself has to be written first: try again at the next event.
            case SSL_ERROR_WANT_WRITE: return got > 0 ? got : SocketResult.wouldBlock
            // What was gathered goes first; the end or the fault is reported again by the next call.
            case SSL_ERROR_ZERO_RETURN: return got
            default:
                hasFailed = true
                return got > 0 ? got : SocketResult.failed
            }
        }
        return got
    }

    /// - Returns: as ``Socket/transmit(_:_:)``.
    mutating func transmit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        ERR_clear_error()
        let sent = SSL_write(pointer, bytes, Int32(truncatingIfNeeded: min(count, 1 << 30)))
        if sent > 0 { return Int(sent) }
        switch SSL_get_error(pointer, sent) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return SocketResult.wouldBlock
        default:
            hasFailed = true
            return SocketResult.failed
        }
    }

    /// - Returns: `nil` when done, else OpenSSL's reason, empty while it goes on.
    mutating func shakeHands() -> String? {
        ERR_clear_error()
        let done = SSL_do_handshake(pointer)
        if done == 1 { return nil }
        switch SSL_get_error(pointer, done) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return ""
        default:
            hasFailed = true
            let verdict = SSL_get_verify_result(pointer)
            if verdict == Int(X509_V_OK) { return TLSContext.lastError() }
            return String(cString: X509_verify_cert_error_string(verdict))
        }
    }

    /// Says that nothing more is sent, without waiting for the same from the other side.
    mutating func sayEnd() {
        guard !hasFailed, SSL_is_init_finished(pointer) == 1 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(pointer)
    }
}

/// An upstream that is verified: certificate, name, version.
final class TLSUpstream: UpstreamConnection {
    private var stream: TLSStream

    /// - Returns: `nil` when OpenSSL has no memory; the descriptor is then still open.
    static func open(
        _ descriptor: Int32, generation: UInt32, upstream: Int, host: String, context: TLSContext,
        resumption: TLSResumption
    ) -> TLSUpstream? {
        guard let stream = TLSStream.open(context, descriptor), expect(host, stream.pointer) else {
            return nil
        }
        resumption.offer(stream.pointer)
        SSL_set_connect_state(stream.pointer)
        return TLSUpstream(descriptor, generation: generation, upstream: upstream, stream: stream)
    }

    private init(
        _ descriptor: Int32, generation: UInt32, upstream: Int, stream: consuming TLSStream
    ) {
        self.stream = stream
        super.init(descriptor, generation: generation, upstream: upstream)
    }

    /// Names the host that the certificate must be for. Addresses are not sent as SNI.
    private static func expect(_ host: String, _ tls: OpaquePointer) -> Bool {
        if SocketAddress(host: host, port: 0) != nil {
            return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1
        }
        SSL_set_hostflags(tls, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return SSL_set1_host(tls, host) == 1 && tollbook_ssl_set_sni(tls, host) == 1
    }

    override func secure() -> Security {
        guard let reason = stream.shakeHands() else { return .ready }
        fault = reason
        return reason.isEmpty ? .waiting : .failed
    }

    override func receive(_ into: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
        var isDrained = false
        let got = stream.receive(into, room, isDrained: &isDrained)
        if isDrained, !peerFinished { readable = false }
        return got
    }

    override func transmit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        stream.transmit(bytes, count)
    }

    override func transmit(
        _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) -> Int { stream.transmit(a, aCount) }

    func remember(in resumption: TLSResumption) { resumption.remember(stream.pointer) }

    override func close(reset: Bool) {
        if !reset { stream.sayEnd() }
        super.close(reset: reset)
    }
}

/// A client of a listener with a certificate. The handshake happens within the first reads.
final class TLSClient: ClientConnection {
    private var stream: TLSStream

    /// - Returns: `nil` when OpenSSL has no memory; the descriptor is then still open.
    static func open(
        _ descriptor: Int32, generation: UInt32, peer: Peer, context: TLSContext
    ) -> TLSClient? {
        guard let stream = TLSStream.open(context, descriptor) else { return nil }
        SSL_set_accept_state(stream.pointer)
        return TLSClient(descriptor, generation: generation, peer: peer, stream: stream)
    }

    private init(
        _ descriptor: Int32, generation: UInt32, peer: Peer, stream: consuming TLSStream
    ) {
        self.stream = stream
        super.init(descriptor, generation: generation, peer: peer)
    }

    override func receive(_ into: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
        var isDrained = false
        let got = stream.receive(into, room, isDrained: &isDrained)
        if isDrained, !peerFinished { readable = false }
        return got
    }

    override func transmit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        stream.transmit(bytes, count)
    }

    override func transmit(
        _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) -> Int { stream.transmit(a, aCount) }

    override var failedHandshake: Bool { stream.hasFailed && SSL_is_init_finished(stream.pointer) != 1 }

    override func finishWriting() {
        stream.sayEnd()
        super.finishWriting()
    }

    override func close(reset: Bool) {
        // Without this the client cannot tell an end from a cut: a truncated response gets none.
        if !reset, !isCut { stream.sayEnd() }
        super.close(reset: reset)
    }
}
