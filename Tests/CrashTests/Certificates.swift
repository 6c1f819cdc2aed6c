// Certificates made with the openssl command, a client that keeps its TLS connection open through it, and the
// running of programs.
import Foundation
import Testing

enum Shell {
    /// Runs a program to its end. - Returns: its status and what it wrote, to stdout and stderr together.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> (status: Int32, out: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let environment { process.environment = environment }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}

/// An authority in a directory of its own.
struct Certificates {
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "tollbook-pki-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }
    func path(_ name: String) -> String { directory + "/" + name }

    /// A key and a certificate signed by the authority, put in place one after the other.
    ///
    /// - Parameter days: until it ends; negative: it has ended.
    func issue(_ name: String, subject: String, names: String, days: Int = 1) throws {
        try openssl("req -newkey rsa:2048 -nodes -subj /CN=\(subject) -keyout new.key -out new.csr")
        try "subjectAltName=\(names)\n".write(toFile: path("names"), atomically: true, encoding: .utf8)
        let serial = Int.random(in: 1..<1 << 30)
        try openssl(
            "x509 -req -in new.csr -CA ca.pem -CAkey ca.key -set_serial \(serial) -days \(days) "
                + "-extfile names -out new.pem")
        for kind in ["key", "pem"] {
            guard rename(path("new.\(kind)"), path("\(name).\(kind)")) == 0 else {
                throw Deployment.Failure(description: "no new \(name).\(kind)")
            }
        }
        chmod(path("\(name).key"), 0o600)
    }

    func newKey(_ name: String) throws {
        try openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out \(name).key")
    }

    func encryptKey(_ name: String) throws {
        try openssl(
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes128 -pass pass:word -out \(name).key")
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// The subject of the certificate that a port shows.
    func subject(port: UInt16) throws -> String {
        let shown = try Shell.run(
            "/bin/sh",
            [
                "-c",
                "openssl s_client -connect localhost:\(port) -servername localhost </dev/null 2>/dev/null"
                    + " | openssl x509 -noout -subject",
            ])
        return shown.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func openssl(_ words: String) throws {
        let done = try Shell.run("/bin/sh", ["-c", "cd '\(directory)' && openssl \(words)"])
        guard done.status == 0 else { throw Deployment.Failure(description: done.out) }
    }
}

/// One TLS connection that stays open, by `openssl s_client`.
final class SecureClient {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(port: UInt16, _ pki: Certificates) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "s_client", "-quiet", "-verify_return_error", "-CAfile", pki.path("ca.pem"), "-connect",
            "localhost:\(port)", "-servername", "localhost",
        ]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// One call, up to the end of its answer.
    func request() throws -> String {
        let body = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#
        try input.fileHandleForWriting.write(
            contentsOf: Data(
                ("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8))
        var text = ""
        while true {
            if let end = text.range(of: "\r\n\r\n") {
                let length = text[..<end.lowerBound].split(separator: "\r\n").compactMap { line -> Int? in
                    let halves = line.split(separator: ":", maxSplits: 1)
                    guard halves.count == 2, halves[0].lowercased() == "content-length" else { return nil }
                    return Int(halves[1].trimmingCharacters(in: .whitespaces))
                }.first
                if let length, text[end.upperBound...].utf8.count >= length { return text }
            }
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { return text }
            text += String(decoding: piece, as: UTF8.self)
        }
    }

    func close() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }
}
