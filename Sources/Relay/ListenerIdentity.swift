// What a listener shows to its clients, and whom it asks for a certificate in turn: PEM files that are
// checked before they are used, and exchanged while the listener runs. A connection keeps the settings
// that it began with (OpenSSL counts references to them), so an exchange cuts nothing; files that no
// client could accept are refused, and what was in force stays.

import COpenSSL
import Glibc
import Synchronization

/// The certificate chain and key that a listener shows, as PEM files, and whose certificates it asks for.
public struct TLSIdentity: Hashable, Sendable {
    public var certificate: String
    public var key: String
    /// Authorities whose certificates clients may show; `nil`: nobody is asked for one.
    public var clientAuthorities: String?
    /// A client without a certificate gets no connection.
    public var requiresClient: Bool

    public init(
        certificate: String, key: String, clientAuthorities: String? = nil, requiresClient: Bool = false
    ) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
        self.requiresClient = requiresClient
    }

    /// Reads the files as a listener would, without listening.
    public func facts() throws(RelayError) -> CertificateFacts { try ListenerIdentity.read(self).facts }

    /// The files by name, in the order in which they are read.
    var paths: [String] { [certificate, key] + [clientAuthorities].compactMap(\.self) }
}

/// What is worth knowing of a certificate.
public struct CertificateFacts: Hashable, Sendable {
    public var file: String
    /// Of the first certificate of the chain, as OpenSSL writes it in one line.
    public var subject: String
    /// Seconds since 1970; the first moment in which clients refuse it.
    public var notAfter: Int64
}

/// One set of files, read and exchangeable. Any thread.
final class ListenerIdentity: Sendable {
    /// How a file was when it was read.
    private struct Stamp: Hashable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var size: Int64 = -1
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0

        init(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            seconds = Int64(status.st_mtim.tv_sec)
            nanoseconds = Int64(status.st_mtim.tv_nsec)
        }
    }

    private struct State {
        var context: TLSContext
        var stamps: [Stamp]
    }

    let files: TLSIdentity
    private let state: Mutex<State>

    init(_ files: TLSIdentity) throws(RelayError) {
        self.files = files
        let stamps = files.paths.map(Stamp.init)
        let context = try Self.read(files).context
        state = Mutex(State(context: context, stamps: stamps))
    }

    /// One for each listener; the same files are read once.
    static func each(of listeners: [ListenerConfiguration]) throws(RelayError) -> [ListenerIdentity?] {
        var made: [TLSIdentity: ListenerIdentity] = [:]
        var found: [ListenerIdentity?] = []
        for listener in listeners {
            guard let files = listener.identity else {
                found.append(nil)
                continue
            }
            let identity: ListenerIdentity
            if let known = made[files] { identity = known } else { identity = try ListenerIdentity(files) }
            made[files] = identity
            found.append(identity)
        }
        return found
    }

    /// What the next connection begins with.
    var current: TLSContext { state.withLock { $0.context } }

    /// - Returns: `nil` where nothing was read because nothing has changed.
    func reload(onlyChanged: Bool) -> Result<CertificateFacts, RelayError>? {
        let stamps = files.paths.map(Stamp.init)
        if onlyChanged, state.withLock({ $0.stamps == stamps }) { return nil }
        do throws(RelayError) {
            let read = try Self.read(files)
            state.withLock { $0 = State(context: read.context, stamps: stamps) }
            return .success(read.facts)
        } catch {
            // Told once for each state of the files, not again with every look.
            state.withLock { $0.stamps = stamps }
            return .failure(error)
        }
    }

    // MARK: Reading

    static func read(
        _ files: TLSIdentity
    ) throws(RelayError) -> (context: TLSContext, facts: CertificateFacts) {
        let context = try TLSContext.server()
        let pointer = context.pointer
        // A key under a passphrase would be asked for on the terminal, and nobody is there.
        SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in 0 }
        try expectReadable(files.certificate)
        guard SSL_CTX_use_certificate_chain_file(pointer, files.certificate) == 1 else {
            throw .badIdentity(
                file: files.certificate, reason: "it holds no certificate (\(TLSContext.lastError()))")
        }
        try expectReadable(files.key)
        guard SSL_CTX_use_PrivateKey_file(pointer, files.key, SSL_FILETYPE_PEM) == 1 else {
            throw .badIdentity(file: files.key, reason: keyProblem())
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw .badIdentity(
                file: files.key, reason: "it is not the key of the certificate in \(files.certificate)")
        }
        let facts = try facts(of: pointer, files.certificate)
        if let authorities = files.clientAuthorities {
            try askClients(pointer, authorities, requires: files.requiresClient)
        }
        return (context, facts)
    }

    private static func expectReadable(_ path: String) throws(RelayError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .badIdentity(file: path, reason: String(cString: strerror(errno)))
        }
        _ = Glibc.close(descriptor)
    }

    /// OpenSSL says of a key of another certificate, and of one under a passphrase, that it cannot be used.
    private static func keyProblem() -> String {
        let code = ERR_peek_error()
        let words = TLSContext.lastError()
        if tollbook_err_is_key_mismatch(code) == 1 { return "it is not the key of the certificate" }
        if words.contains("password") || words.contains("bad decrypt") {
            return "it is under a passphrase; write it without one, readable by this user alone"
        }
        return "it holds no private key (\(words))"
    }

    private static func facts(
        of context: OpaquePointer, _ file: String
    ) throws(RelayError) -> CertificateFacts {
        guard let certificate = SSL_CTX_get0_certificate(context),
            let from = X509_get0_notBefore(certificate), let until = X509_get0_notAfter(certificate)
        else { throw .badIdentity(file: file, reason: "it holds no certificate") }
        let end = seconds(until)
        if X509_cmp_current_time(until) < 0 {
            throw .badIdentity(file: file, reason: "the certificate has expired (\(text(until)))")
        }
        if X509_cmp_current_time(from) > 0 {
            throw .badIdentity(file: file, reason: "the certificate is not valid yet (\(text(from)))")
        }
        var line = [CChar](repeating: 0, count: 256)
        X509_NAME_oneline(X509_get_subject_name(certificate), &line, Int32(line.count))
        let subject = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return CertificateFacts(file: file, subject: subject, notAfter: end)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>) -> Int64 {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }

    private static func text(_ time: UnsafePointer<ASN1_TIME>) -> String {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return "at an unreadable time" }
        var words = [CChar](repeating: 0, count: 32)
        let count = strftime(&words, words.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: words.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func askClients(
        _ context: OpaquePointer, _ authorities: String, requires: Bool
    ) throws(RelayError) {
        try expectReadable(authorities)
        guard SSL_CTX_load_verify_locations(context, authorities, nil) == 1,
            let names = SSL_load_client_CA_file(authorities)
        else {
            throw .badIdentity(
                file: authorities, reason: "it holds no authority (\(TLSContext.lastError()))")
        }
        SSL_CTX_set_client_CA_list(context, names)
        let must = requires ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, nil)
    }
}
