// TLS towards upstreams, by OpenSSL: the peer's certificate and its name are verified, 1.2 is the oldest
// version, HTTP/1.1 the only protocol offered. OpenSSL keeps errors in a queue of the thread, and a stale
// one makes a healthy connection look broken: the queue is cleared before every call.

import CLinux
import COpenSSL
import Glibc
import Wire

/// Trust and settings, shared by all loops.
final class TLSContext: @unchecked Sendable {
    // Never changed after `init`; OpenSSL counts references to it atomically.
    let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_CTX_free(pointer) }

    /// - Parameter authorities: PEM file of those to trust; `nil`: the system's.
    static func make(upstream: String, authorities: String?) throws(RelayError) -> TLSContext {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw .tls(TLSContext.lastError()) }
        let context = TLSContext(pointer)
        let modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        _ = tollbook_ssl_ctx_set_mode(pointer, Int(modes | SSL_MODE_RELEASE_BUFFERS))
        tollbook_ssl_ctx_set_read_ahead(pointer)
        guard tollbook_ssl_ctx_set_min_version(pointer, TLS1_2_VERSION) == 1 else {
            throw .tls(TLSContext.lastError())
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        let protocols: [UInt8] = [8] + Array("http/1.1".utf8)
        // This one function returns 0 for success.
        guard SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) == 0 else {
            throw .tls(TLSContext.lastError())
        }
        if let authorities {
            guard SSL_CTX_load_verify_locations(pointer, authorities, nil) == 1 else {
                throw .badCertificates(
                    upstream: upstream, file: authorities, reason: TLSContext.lastError())
            }
        } else if SSL_CTX_set_default_verify_paths(pointer) != 1 {
            throw .tls(TLSContext.lastError())
        }
        return context
    }

    static func lastError() -> String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The latest session with one upstream, so that a new connection needs no full handshake. Belongs to
/// one loop.
final class TLSResumption {
    private var session: OpaquePointer?

    deinit { SSL_SESSION_free(session) }

    /// Takes over what the connection has negotiated; tickets have arrived once a response has.
    func remember(_ connection: OpaquePointer) {
        guard let latest = SSL_get1_session(connection) else { return }
        SSL_SESSION_free(session)
        session = latest
    }

    func offer(_ connection: OpaquePointer) {
        if let session { SSL_set_session(connection, session) }
    }
}

/// A connection to an upstream inside TLS.
final class TLSConnection: UpstreamConnection {
    private let tls: OpaquePointer
    private var hasFailed = false

    /// - Returns: `nil` when OpenSSL has no memory; the descriptor is then still open.
    init?(
        _ descriptor: Int32, generation: UInt32, upstream: Int, host: String, context: TLSContext,
        resumption: TLSResumption
    ) {
        ERR_clear_error()
        guard let tls = SSL_new(context.pointer) else { return nil }
        self.tls = tls
        super.init(descriptor, generation: generation, upstream: upstream)
        guard SSL_set_fd(tls, descriptor) == 1, TLSConnection.expect(host, tls) else {
            SSL_free(tls)
            return nil
        }
        resumption.offer(tls)
        SSL_set_connect_state(tls)
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
        ERR_clear_error()
        let done = SSL_do_handshake(tls)
        if done == 1 { return .ready }
        switch SSL_get_error(tls, done) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        default:
            hasFailed = true
            let verdict = SSL_get_verify_result(tls)
            fault =
                verdict == Int(X509_V_OK)
                ? TLSContext.lastError() : String(cString: X509_verify_cert_error_string(verdict))
            return .failed
        }
    }

    /// Gathers as many records as fit: one write downstream instead of one per record.
    override func receive(_ into: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
        var got = 0
        while got < room {
            ERR_clear_error()
            let count = SSL_read(tls, into + got, Int32(truncatingIfNeeded: room - got))
            if count > 0 {
                got += Int(count)
                continue
            }
            switch SSL_get_error(tls, count) {
            case SSL_ERROR_WANT_READ:
                if !peerFinished { readable = false }
                return got > 0 ? got : SocketResult.wouldBlock
            // A message of TLS itself has to be written first: try again at the next event.
            case SSL_ERROR_WANT_WRITE: return got > 0 ? got : SocketResult.wouldBlock
            // What was gathered first; the end or the fault is reported again by the next call.
            case SSL_ERROR_ZERO_RETURN: return got
            default:
                hasFailed = true
                return got > 0 ? got : SocketResult.failed
            }
        }
        return got
    }

    override func transmit(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        ERR_clear_error()
        let sent = SSL_write(tls, bytes, Int32(truncatingIfNeeded: min(count, 1 << 30)))
        if sent > 0 { return Int(sent) }
        switch SSL_get_error(tls, sent) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return SocketResult.wouldBlock
        default:
            hasFailed = true
            return SocketResult.failed
        }
    }

    override func transmit(
        _ a: UnsafePointer<UInt8>, _ aCount: Int, _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) -> Int { transmit(a, aCount) }

    func remember(in resumption: TLSResumption) { resumption.remember(tls) }

    override func close(reset: Bool) {
        if !hasFailed, !reset {
            switch phase {
            case .active, .idle:
                ERR_clear_error()
                _ = SSL_shutdown(tls)
            default: break
            }
        }
        SSL_free(tls)
        super.close(reset: reset)
    }
}
