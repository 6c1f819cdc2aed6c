// A certificate authority of the test's own, made with OpenSSL's functions, and a blocking TLS server for
// scripts like those of Endpoint.

import COpenSSL
import Foundation

/// An authority with a certificate for one host.
struct TestAuthority {
    let authorityFile: String
    let certificateFile: String
    let keyFile: String
    private let directory: String

    /// - Parameter name: a subject alternative name such as `DNS:localhost` or `IP:127.0.0.1`.
    init(name: String) throws {
        directory = NSTemporaryDirectory() + "tollbook-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        authorityFile = directory + "/ca.pem"
        certificateFile = directory + "/server.pem"
        keyFile = directory + "/server.key"
        let authorityKey = try Self.makeKey()
        let key = try Self.makeKey()
        defer {
            EVP_PKEY_free(authorityKey)
            EVP_PKEY_free(key)
        }
        let authority = try Self.certificate(
            subject: "Test CA", key: authorityKey, issuer: nil, signer: authorityKey,
            extensions: [(NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "keyCertSign")])
        let certificate = try Self.certificate(
            subject: "server", key: key, issuer: authority, signer: authorityKey,
            extensions: [(NID_subject_alt_name, name)])
        defer {
            X509_free(authority)
            X509_free(certificate)
        }
        try Self.write(authorityFile) { PEM_write_X509($0, authority) }
        try Self.write(certificateFile) { PEM_write_X509($0, certificate) }
        try Self.write(keyFile) { PEM_write_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private static func makeKey() throws -> OpaquePointer {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { throw TestFailure("key") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key else {
            throw TestFailure("key")
        }
        return key
    }

    private static func certificate(
        subject: String, key: OpaquePointer, issuer: OpaquePointer?, signer: OpaquePointer,
        extensions: [(Int32, String)]
    ) throws -> OpaquePointer {
        guard let made = X509_new(), let name = X509_get_subject_name(made) else {
            throw TestFailure("certificate")
        }
        X509_set_version(made, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1..<1 << 30))
        X509_gmtime_adj(X509_getm_notBefore(made), -3600)
        X509_gmtime_adj(X509_getm_notAfter(made), 3600)
        X509_set_pubkey(made, key)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, subject, -1, -1, 0)
        X509_set_issuer_name(made, issuer.map { X509_get_subject_name($0) } ?? name)
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer ?? made, made, nil, nil, 0)
        for (kind, value) in extensions {
            guard let created = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
                throw TestFailure("extension \(value)")
            }
            X509_add_ext(made, created, -1)
            X509_EXTENSION_free(created)
        }
        guard X509_sign(made, signer, nil) > 0 else { throw TestFailure("signature") }
        return made
    }

    private static func write(
        _ path: String, _ body: (UnsafeMutablePointer<FILE>) -> Int32
    ) throws {
        guard let file = fopen(path, "w") else { throw TestFailure("cannot write \(path)") }
        defer { fclose(file) }
        guard body(file) == 1 else { throw TestFailure("cannot write \(path)") }
    }
}

/// Settings of a TLS server of the test, kept over several connections so that sessions can be resumed.
final class TLSServerSide {
    let pointer: OpaquePointer

    init(_ authority: TestAuthority, newest: Int32? = nil) throws {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TestFailure("context") }
        pointer = context
        SSL_CTX_use_certificate_file(context, authority.certificateFile, SSL_FILETYPE_PEM)
        SSL_CTX_use_PrivateKey_file(context, authority.keyFile, SSL_FILETYPE_PEM)
        SSL_CTX_set_session_id_context(context, [1], 1)
        if let newest {
            SSL_CTX_set_security_level(context, 0)
            tollbook_ssl_ctx_set_max_version(context, newest)
        }
    }

    deinit { SSL_CTX_free(pointer) }
}

/// One blocking TLS connection of the test. Used by one thread.
final class TLSEndpoint {
    private let connection: OpaquePointer
    private let socket: Endpoint
    private var buffer: [UInt8] = []

    /// Accepts a client and shakes hands. - Throws: when the client refuses.
    init(_ server: TestServer, _ side: TLSServerSide) throws {
        socket = try server.accept()
        guard let connection = SSL_new(side.pointer) else { throw TestFailure("connection") }
        self.connection = connection
        SSL_set_fd(connection, socket.descriptor)
        ERR_clear_error()
        guard SSL_accept(connection) == 1 else { throw TestFailure("handshake") }
    }

    /// Connects as a client that trusts one authority.
    init(connectingTo port: UInt16, _ authority: TestAuthority) throws {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw TestFailure("context") }
        defer { SSL_CTX_free(context) }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        SSL_CTX_load_verify_locations(context, authority.authorityFile, nil)
        socket = try Endpoint.connect(port: port)
        guard let connection = SSL_new(context) else { throw TestFailure("connection") }
        self.connection = connection
        SSL_set1_host(connection, "localhost")
        SSL_set_fd(connection, socket.descriptor)
        ERR_clear_error()
        guard SSL_connect(connection) == 1 else { throw TestFailure("handshake") }
    }

    deinit {
        SSL_free(connection)
    }

    var wasResumed: Bool { SSL_session_reused(connection) == 1 }
    var serverName: String? {
        SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }
    var protocolName: String {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(connection, &bytes, &count)
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    func send(_ bytes: [UInt8]) throws {
        ERR_clear_error()
        guard SSL_write(connection, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw TestFailure("TLS write")
        }
    }

    func read(until marker: String) throws -> String {
        while true {
            if let range = buffer.firstRange(of: marker.bytes) {
                defer { buffer.removeFirst(range.upperBound) }
                return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
            }
            try fill()
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func fill() throws {
        var piece = [UInt8](repeating: 0, count: 65536)
        ERR_clear_error()
        let got = SSL_read(connection, &piece, Int32(piece.count))
        guard got > 0 else { throw TestFailure("TLS read") }
        buffer += piece[..<Int(got)]
    }

    /// Reads until TLS says that the other side is done; false when the connection was cut instead.
    func endsProperly() -> Bool {
        var byte: UInt8 = 0
        ERR_clear_error()
        let got = SSL_read(connection, &byte, 1)
        return got <= 0 && SSL_get_error(connection, got) == SSL_ERROR_ZERO_RETURN
    }

    /// Says that nothing more comes, and closes.
    func finish() {
        ERR_clear_error()
        SSL_shutdown(connection)
        socket.close()
    }

    /// Closes without saying so.
    func cut() { socket.close() }
}
