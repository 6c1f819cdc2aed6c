// What TLS connections share, by OpenSSL: whom upstreams are verified against, what the listener shows,
// and the session with an upstream that a new connection may take up again.

import COpenSSL

/// Settings of one side, shared by all loops.
final class TLSContext: @unchecked Sendable {
    // Never changed after it is made; OpenSSL counts references to it atomically, so no lock is needed.
    let pointer: OpaquePointer

    /// 1.2 is the oldest version; buffers are given back while a connection is silent.
    private init(_ method: OpaquePointer?) throws(RelayError) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else { throw .tls(TLSContext.lastError()) }
        self.pointer = pointer
        let modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        _ = tollbook_ssl_ctx_set_mode(pointer, Int(modes | SSL_MODE_RELEASE_BUFFERS))
        tollbook_ssl_ctx_set_read_ahead(pointer)
        guard tollbook_ssl_ctx_set_min_version(pointer, TLS1_2_VERSION) == 1 else {
            throw .tls(TLSContext.lastError())
        }
    }

    deinit { SSL_CTX_free(pointer) }

    /// For upstreams: the peer is verified, and HTTP/1.1 is the only protocol offered.
    ///
    /// - Parameter authorities: PEM file of those to trust; `nil`: the system's.
    static func client(upstream: String, authorities: String?) throws(RelayError) -> TLSContext {
        let context = try TLSContext(TLS_client_method())
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        let protocols: [UInt8] = [8] + Array("http/1.1".utf8)
        // This one function returns 0 for success.
        guard SSL_CTX_set_alpn_protos(context.pointer, protocols, UInt32(protocols.count)) == 0 else {
            throw .tls(TLSContext.lastError())
        }
        if let authorities {
            guard SSL_CTX_load_verify_locations(context.pointer, authorities, nil) == 1 else {
                throw .badCertificates(
                    upstream: upstream, file: authorities, reason: TLSContext.lastError())
            }
        } else if SSL_CTX_set_default_verify_paths(context.pointer) != 1 {
            throw .tls(TLSContext.lastError())
        }
        return context
    }

    /// For a listener: TLS of our side, renegotiation off, sessions resumed by tickets.
    static func server() throws(RelayError) -> TLSContext {
        let context = try TLSContext(TLS_server_method())
        SSL_CTX_set_options(context.pointer, tollbook_ssl_no_renegotiation())
        // Without a name for sessions OpenSSL refuses to resume them.
        SSL_CTX_set_session_id_context(context.pointer, [1], 1)
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
