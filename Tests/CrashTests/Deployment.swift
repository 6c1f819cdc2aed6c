// The built program between a simulated provider and a PostgreSQL of its own, so that each part can be
// killed.
import Foundation
import Simulator
import Testing

@testable import Commands

/// One sidecar under test. Everything lives in a temporary directory and ends with ``tearDown()``.
final class Deployment {
    let directory: String
    let simulator: Simulator
    let cluster: PrivateCluster
    let journal: String
    let adminPort: UInt16
    /// Where the sidecar looks for the ledger; the commands go straight to the server.
    var database: String?
    private var databaseIsMounted = false
    private(set) var serve: Process?
    private(set) var port: UInt16 = 0
    private var configuration: String
    private var mounted = false

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - recordings: exchanges that the provider replays by the header `x-sim-exchange`, JSON Lines.
    ///   - providers: upstreams beside `openai`, each named like its provider.
    ///   - hasFewPrices: only that of the model that ``Load`` asks for, so that a start is quick.
    ///   - databaseMegabytes: puts the cluster on a file system of its own.
    init(
        _ name: String, extra: String = "", recordings: String? = nil, providers: [String] = [],
        databaseMegabytes: Int? = nil, hasFewPrices: Bool = false
    ) throws {
        directory = NSTemporaryDirectory() + "tollbook-\(name)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        journal = directory + "/journal.jsonl"
        var settings = SimulatorConfiguration()
        settings.journal = journal
        if let recordings {
            settings.recordings = directory + "/recordings.jsonl"
            try recordings.write(toFile: settings.recordings!, atomically: true, encoding: .utf8)
        }
        simulator = try Simulator.start(settings)
        cluster = try PrivateCluster(dataDirectory: directory)
        if let databaseMegabytes {
            try Self.shell("mkdir -p '\(cluster.directory)'")
            try Self.shell("mount -t tmpfs -o size=\(databaseMegabytes)m tmpfs '\(cluster.directory)'")
            databaseIsMounted = true
        }
        _ = try cluster.ensureRunning()
        port = try Self.freePort()
        adminPort = try Self.freePort()
        let address = "http://127.0.0.1:\(simulator.port)"
        let others = providers.map { "  \($0):\n    url: \(address)\n    provider: \($0)" }
            .joined(separator: "\n")
        configuration = """
            listen: 127.0.0.1:\(port)
            admin: 127.0.0.1:\(adminPort)
            database: "\(cluster.conninfo)"
            data_dir: \(directory)/data
            \(hasFewPrices ? "prices: [\(directory)/prices.yaml]" : "")
            upstreams:
              openai:
                url: http://127.0.0.1:\(simulator.port)
                provider: openai
            \(others)
            \(extra)

            """
        let prices = Self.fewPrices(input: "0.15")
        try prices.write(toFile: directory + "/prices.yaml", atomically: true, encoding: .utf8)
        try configuration.write(toFile: directory + "/tollbook.yaml", atomically: true, encoding: .utf8)
        try run(["migrate"])
    }

    /// A price file of one model.
    static func fewPrices(input: String) -> String {
        """
        provider: openai
        currency: USD
        prices:
        - id: openai/gpt-4o-mini
          models: [gpt-4o-mini]
          from: 2020-01-01
          source: https://example.com/prices
          checked: 2026-11-01
          rates:
            in.text.fresh: {amount: "\(input)", per: 1000000}
            out.text: {amount: "0.60", per: 1000000}

        """
    }

    /// Starts the sidecar and returns when it accepts connections.
    func start(environment: [String: String] = [:]) throws {
        try begin(environment: environment)
        try waitUntilItAccepts()
    }

    func waitUntilItAccepts() throws {
        try waitUntil("the sidecar accepts") {
            guard self.serve?.isRunning == true else {
                throw Failure(description: "serve ended:\n\(self.log)")
            }
            return HTTPClient.canConnect(port: self.port)
        }
    }

    /// The environment without what is meant for these tests: the program warns of variables like its own.
    static var surroundings: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TOLLBOOK_") }
    }

    /// Starts the sidecar and does not wait for it.
    func begin(environment: [String: String] = [:]) throws {
        let process = Process()
        var variables = Self.surroundings.merging(environment) { $1 }
        if let database { variables["TOLLBOOK_DATABASE"] = database }
        process.environment = variables
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.arguments = ["serve", "--config", directory + "/tollbook.yaml"]
        let log = directory + "/serve.log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = try #require(FileHandle(forWritingAtPath: log))
        output.seekToEndOfFile()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        serve = process
    }

    var log: String { (try? String(contentsOfFile: directory + "/serve.log", encoding: .utf8)) ?? "" }

    func kill() {
        guard let serve else { return }
        Foundation.kill(serve.processIdentifier, SIGKILL)
        serve.waitUntilExit()
        self.serve = nil
    }

    /// Ends the sidecar as a service manager does; it posts its spool before it exits.
    func stop() throws {
        guard let serve else { return }
        serve.terminate()
        serve.waitUntilExit()
        self.serve = nil
        guard serve.terminationStatus == 0 else {
            throw Failure(description: "serve exited with \(serve.terminationStatus):\n\(log)")
        }
    }

    @discardableResult func run(_ arguments: [String], mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.binary)
        process.arguments = arguments + ["--config", directory + "/tollbook.yaml"]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 || mayFail else {
            throw Failure(
                description: "tollbook \(arguments) exited with \(process.terminationStatus): "
                    + String(decoding: words, as: UTF8.self))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The records of the ledger, one dictionary each.
    func records() throws -> [[String: Any]] {
        try run(["records", "--format", "jsonl"]).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// What the provider billed: response id to journal line.
    func billed() throws -> [String: [String: Any]] {
        var found: [String: [String: Any]] = [:]
        for line in try String(contentsOfFile: journal, encoding: .utf8).split(separator: "\n") {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            if let id = object["id"] as? String { found[id] = object }
        }
        return found
    }

    /// Puts the data directory on a file system of its own.
    func mountData(megabytes: Int) throws {
        try FileManager.default.createDirectory(
            atPath: directory + "/data", withIntermediateDirectories: true)
        try Self.shell("mount -t tmpfs -o size=\(megabytes)m tmpfs '\(directory)/data'")
        mounted = true
    }

    /// Leaves no free block on the data directory's file system.
    func fillData() throws {
        try Self.shell("dd if=/dev/zero of='\(directory)/data/filler' bs=64k 2>/dev/null || true")
    }

    func freeData() { try? FileManager.default.removeItem(atPath: directory + "/data/filler") }

    static func shell(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "failed: \(command)") }
    }

    func stopDatabase() throws { try cluster.stop() }
    func startDatabase() throws { _ = try cluster.ensureRunning() }

    func tearDown() {
        if let serve, !serve.isRunning, serve.terminationReason == .uncaughtSignal,
            [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS].contains(serve.terminationStatus)
        {
            Issue.record("serve died of signal \(serve.terminationStatus):\n\(log.suffix(4000))")
        }
        kill()
        simulator.stop()
        if mounted { try? Self.shell("umount '\(directory)/data'") }
        tearDownReplica()
        try? cluster.stop()
        if databaseIsMounted { try? Self.shell("umount -l '\(cluster.directory)'") }
        try? FileManager.default.removeItem(atPath: directory)
        try? FileManager.default.removeItem(atPath: cluster.directory)
    }

    /// The program beside the test bundle, or the one that `TOLLBOOK_BINARY` names (long runs take a
    /// release build).
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["TOLLBOOK_BINARY"] { return path }
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let bundle = Bundle(for: Deployment.self).bundleURL.deletingLastPathComponent()
        for folder in [tests, Bundle.main.bundleURL, bundle] {
            let path = folder.appendingPathComponent("tollbook").path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return FileManager.default.currentDirectoryPath + "/.build/debug/tollbook"
    }()

    static func freePort() throws -> UInt16 {
        let listener = try HTTPClient.listenAnywhere()
        defer { close(listener.descriptor) }
        return listener.port
    }
}

/// Polls a condition until it holds, at most two minutes; the pause is short and only bounds the load.
func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(120)
    while try !condition() {
        guard Date() < deadline else {
            throw Deployment.Failure(description: "waited too long until \(what)")
        }
        var none: [pollfd] = []
        poll(&none, 0, 10)
    }
}
