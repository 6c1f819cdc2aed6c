// `serve` behind TLS and on a Unix socket, as curl and openssl see it: the certificate that is shown, its
// exchange under running connections, clients' certificates, and the socket's file.
import Foundation
import Testing

@Suite(.serialized) struct ListenerTests {
    private static let body = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#

    /// A sidecar with TLS on its listener and a second listener on a Unix socket.
    private func deployment(_ name: String, _ pki: Certificates, extra: String = "") throws -> Deployment {
        let deployment = try Deployment(
            name,
            extra: """
                tls:
                  certificate: \(pki.directory)/server.pem
                  key: \(pki.directory)/server.key
                \(extra)
                """, hasFewPrices: true)
        return deployment
    }

    private func curl(
        _ deployment: Deployment, _ pki: Certificates, _ more: [String] = []
    ) throws -> (status: Int32, out: String) {
        try Shell.run(
            "/usr/bin/curl",
            [
                "-sS", "--max-time", "60", "--cacert", pki.directory + "/ca.pem", "-H",
                "content-type: application/json", "-d", Self.body,
            ] + more + ["https://localhost:\(deployment.port)/openai/v1/chat/completions"])
    }

    @Test("a certificate is shown, exchanged under a running connection, and kept when the new one is bad")
    func reload() throws {
        let pki = try Certificates()
        defer { pki.remove() }
        try pki.issue("server", subject: "first", names: "DNS:localhost")
        let deployment = try deployment("tls", pki)
        defer { deployment.tearDown() }
        try deployment.start()
        let answer = try curl(deployment, pki)
        #expect(answer.status == 0 && answer.out.contains("chat.completion"), "\(answer.out)")
        #expect(try pki.subject(port: deployment.port) == "subject=CN = first")
        // A connection from before stays, on its old certificate, and serves on.
        let standing = try SecureClient(port: deployment.port, pki)
        #expect(try standing.request().hasPrefix("HTTP/1.1 200"))
        try pki.issue("server", subject: "second", names: "DNS:localhost")
        deployment.signal(SIGHUP)
        try waitUntil("the second certificate is shown") {
            try pki.subject(port: deployment.port) == "subject=CN = second"
        }
        #expect(try standing.request().hasPrefix("HTTP/1.1 200"))
        #expect(deployment.log.contains(#""what":"certificate_in_force""#))
        // A key of another certificate, a file without a certificate, and one that is over.
        let spoiled: [(String, () throws -> Void)] = [
            ("it is not the key of the certificate", { try pki.newKey("server") }),
            ("it holds no certificate", { try pki.write("server.pem", "nothing") }),
            (
                "the certificate has expired",
                { try pki.issue("server", subject: "third", names: "DNS:localhost", days: -1) }
            ),
            (
                "No such file or directory",
                { try FileManager.default.removeItem(atPath: pki.path("server.pem")) }
            ),
        ]
        for (reason, spoil) in spoiled {
            try spoil()
            deployment.signal(SIGHUP)
            try waitUntil(reason) {
                deployment.log.split(separator: "\n").contains {
                    $0.contains("certificate_refused") && $0.contains(reason)
                        && $0.contains("the certificate that was in force stays in force")
                }
            }
            #expect(try pki.subject(port: deployment.port) == "subject=CN = second")
        }
        #expect(try standing.request().hasPrefix("HTTP/1.1 200"))
        standing.close()
        // Changed files are noticed without being asked.
        try pki.issue("server", subject: "fourth", names: "DNS:localhost")
        try waitUntil("the fourth certificate is shown") {
            try pki.subject(port: deployment.port) == "subject=CN = fourth"
        }
        // Plain HTTP is not answered, and does no harm.
        let plain = try Shell.run("/usr/bin/curl", ["-sS", "http://localhost:\(deployment.port)/"])
        #expect(plain.status != 0)
        try waitUntil("the failed handshake is counted") {
            try deployment.metrics().contains("\ntollbook_tls_failures_total 1\n")
        }
        try deployment.stop()
        #expect(try deployment.records().count == 4)
    }

    @Test("a missing, broken, foreign or expired certificate is a configuration error that names the file")
    func refusedAtStart() throws {
        let pki = try Certificates()
        defer { pki.remove() }
        try pki.issue("server", subject: "a", names: "DNS:localhost")
        let deployment = try deployment("tls-bad", pki)
        defer { deployment.tearDown() }
        func refusal() throws -> String {
            let done = try deployment.runAside(["serve"])
            #expect(done.status == 78)
            return done.errors
        }
        try pki.issue("server", subject: "a", names: "DNS:localhost", days: -1)
        #expect(try refusal().contains("server.pem for the listener: the certificate has expired"))
        try pki.issue("server", subject: "a", names: "DNS:localhost")
        try pki.newKey("server")
        #expect(try refusal().contains("server.key for the listener: it is not the key of the certificate"))
        try pki.write("server.key", "no key")
        #expect(try refusal().contains("server.key for the listener: it holds no private key"))
        try pki.encryptKey("server")
        #expect(try refusal().contains("server.key for the listener: it is under a passphrase"))
        try FileManager.default.removeItem(atPath: pki.path("server.key"))
        #expect(try refusal().contains("server.key for the listener: No such file or directory"))
    }

    @Test("clients' certificates are required, or checked where they are shown")
    func mutual() throws {
        let pki = try Certificates()
        defer { pki.remove() }
        try pki.issue("server", subject: "a", names: "DNS:localhost")
        try pki.issue("client", subject: "app", names: "DNS:app")
        let strangers = try Certificates()
        defer { strangers.remove() }
        try strangers.issue("client", subject: "stranger", names: "DNS:app")
        func shown(_ by: Certificates) -> [String] {
            ["--cert", by.path("client.pem"), "--key", by.path("client.key")]
        }
        let authorities = "  client_ca: \(pki.directory)/ca.pem"
        for kind in ["require", "optional"] {
            let deployment = try deployment("mtls", pki, extra: authorities + "\n  client: \(kind)")
            defer { deployment.tearDown() }
            try deployment.start()
            #expect(try curl(deployment, pki, shown(pki)).out.contains("chat.completion"))
            #expect(try curl(deployment, pki, shown(strangers)).status != 0)
            #expect(try (curl(deployment, pki).status == 0) == (kind == "optional"))
            try deployment.stop()
            #expect(try deployment.records().count == (kind == "optional" ? 2 : 1))
        }
    }

    @Test("a Unix socket serves under its mode; a dead one is replaced, a live one and other files are not")
    func unixSocket() throws {
        let deployment = try Deployment("socket", hasFewPrices: true)
        defer { deployment.tearDown() }
        let socket = deployment.directory + "/run.sock"
        let environment = [
            "TOLLBOOK_LISTEN": "127.0.0.1:\(deployment.port),unix:\(socket)", "TOLLBOOK_SOCKET_MODE": "0660",
        ]
        func ask() throws -> (status: Int32, out: String) {
            try Shell.run(
                "/usr/bin/curl",
                [
                    "-sS", "--max-time", "60", "--unix-socket", socket, "-H", "X-Tollbook-Tenant: acme", "-d",
                    Self.body, "http://tollbook/openai/v1/chat/completions",
                ])
        }
        try deployment.start(environment: environment)
        #expect(try ask().out.contains("chat.completion"))
        #expect(try mode(socket) == 0o660)
        // Nobody steals it from a sidecar that lives.
        let beside = try deployment.runAside(
            ["serve"],
            environment: [
                "TOLLBOOK_LISTEN": "unix:\(socket)", "TOLLBOOK_ADMIN": "off",
                "TOLLBOOK_DATA_DIR": deployment.directory + "/data-2",
            ])
        #expect(beside.status == 69)
        #expect(beside.errors.contains("another process listens on unix:\(socket)"))
        #expect(try ask().out.contains("chat.completion"))
        // What a killed one left is replaced.
        deployment.kill()
        #expect(FileManager.default.fileExists(atPath: socket))
        try deployment.start(environment: environment)
        #expect(try ask().out.contains("chat.completion"))
        try deployment.stop()
        #expect(!FileManager.default.fileExists(atPath: socket))
        // Callers over the socket are on this machine: they may name a tenant.
        #expect(try deployment.records().compactMap { $0["tenant"] as? String } == ["acme", "acme", "acme"])
        // A file that is no socket is left alone.
        try "precious".write(toFile: socket, atomically: true, encoding: .utf8)
        let refused = try deployment.runAside(["serve"], environment: environment)
        #expect(refused.status == 78 && refused.errors.contains("is no socket, and is left alone"))
        #expect(try String(contentsOfFile: socket, encoding: .utf8) == "precious")
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }
}
