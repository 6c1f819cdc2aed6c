// The other processes of a deployment: commands beside the sidecar, a second sidecar, signals.
import Foundation
import Testing

@testable import Commands

extension Deployment {
    func signal(_ number: Int32) {
        if let serve { Foundation.kill(serve.processIdentifier, number) }
    }

    /// What `spool status` says.
    func spoolStatus() throws -> [String: Any] {
        let text = try run(["spool", "status", "--format", "json"])
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Records that the ledger does not have.
    func backlog() throws -> Int {
        // The running sidecar answers for less than a command costs.
        let name = "\ntollbook_spool_records "
        let text = try metrics()
        if let line = text.range(of: name) {
            return Int(text[line.upperBound...].prefix { $0.isNumber }) ?? 0
        }
        return try #require(try spoolStatus()["records"] as? Int)
    }

    func metrics() throws -> String {
        let outcome = HTTPClient.post(port: adminPort, path: "/metrics", headers: "", body: "", method: "GET")
        guard case .complete(200, let body) = outcome else { return "" }
        return String(decoding: body, as: UTF8.self)
    }

    /// Files and sockets that the sidecar holds.
    func openFiles() throws -> Int {
        let pid = try #require(serve?.processIdentifier)
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    /// Starts a command and kills it after so many milliseconds, if it still runs.
    func runAndKill(_ arguments: [String], after milliseconds: Int) throws {
        let process = try launch(arguments)
        var none: [pollfd] = []
        poll(&none, 0, Int32(milliseconds))
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Runs a command to its end whatever its exit code.
    func runAside(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, errors: String) {
        let errors = Pipe()
        let process = try launch(arguments, environment: environment, errors: errors)
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    /// A second sidecar with a data directory of its own on the same ledger.
    func startBeside(database: String? = nil) throws -> (process: Process, port: UInt16) {
        let port = try Self.freePort()
        var environment = [
            "TOLLBOOK_LISTEN": "127.0.0.1:\(port)", "TOLLBOOK_ADMIN": "off",
            "TOLLBOOK_DATA_DIR": directory + "/data-2",
        ]
        environment["TOLLBOOK_DATABASE"] = database
        let process = try launch(["serve"], environment: environment)
        try waitUntil("the second sidecar accepts") { HTTPClient.canConnect(port: port) }
        return (process, port)
    }

    private func launch(
        _ arguments: [String], environment: [String: String] = [:], errors: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.arguments = arguments + ["--config", directory + "/tollbook.yaml"]
        process.environment = Self.surroundings.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors ?? FileHandle.nullDevice
        try process.run()
        return process
    }
}
