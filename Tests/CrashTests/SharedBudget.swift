// Several sidecars of one ledger, and clients that call until they are refused.
import Foundation
import Synchronization
import Testing

/// Sidecars beside each other: each with its own spool, all with the deployment's database and provider.
final class Fleet {
    struct Sidecar {
        let port: UInt16
        let file: String
        var process: Process?
    }

    let deployment: Deployment
    private(set) var sidecars: [Sidecar] = []

    init(_ deployment: Deployment, count: Int) throws {
        self.deployment = deployment
        let text = try String(contentsOfFile: deployment.directory + "/tollbook.yaml", encoding: .utf8)
        for number in 0..<count {
            let port = try Deployment.freePort()
            let admin = try Deployment.freePort()
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                if line.hasPrefix("listen:") { return "listen: 127.0.0.1:\(port)" }
                if line.hasPrefix("admin:") { return "admin: 127.0.0.1:\(admin)" }
                if line.hasPrefix("data_dir:") { return "data_dir: \(deployment.directory)/data\(number)" }
                return String(line)
            }
            let file = deployment.directory + "/tollbook\(number).yaml"
            try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            sidecars.append(Sidecar(port: port, file: file))
            try start(number)
        }
    }

    func start(_ number: Int) throws {
        try launch(number)
        try waitUntilItAccepts(number)
    }

    /// Starts one and does not wait for it.
    func launch(_ number: Int) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Deployment.binary)
        process.arguments = ["serve", "--config", sidecars[number].file]
        let log = deployment.directory + "/serve\(number).log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = try #require(FileHandle(forWritingAtPath: log))
        output.seekToEndOfFile()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        sidecars[number].process = process
    }

    func waitUntilItAccepts(_ number: Int) throws {
        let (process, port) = (sidecars[number].process, sidecars[number].port)
        try waitUntil("sidecar \(number) accepts") {
            guard process?.isRunning == true else {
                throw Deployment.Failure(description: "serve \(number) ended")
            }
            return HTTPClient.canConnect(port: port)
        }
    }

    /// Until every sidecar knows its budgets: a model without a price is refused where money is limited.
    func waitForBudget() throws {
        for sidecar in sidecars {
            try waitUntil("the budget is known") {
                BudgetServeTests.call(sidecar.port, BudgetServeTests.body("m-nobody-knows")).status == 400
            }
        }
    }

    func kill(_ number: Int) {
        guard let process = sidecars[number].process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        sidecars[number].process = nil
    }

    /// Each posts its spool and returns its leases.
    func stop() {
        for number in sidecars.indices {
            sidecars[number].process?.terminate()
        }
        for number in sidecars.indices {
            sidecars[number].process?.waitUntilExit()
            sidecars[number].process = nil
        }
    }

    /// Where a budget stands.
    func budget(_ name: String) throws -> [String: Any] {
        let text = try deployment.run(["budget", "show", name, "--format", "json"])
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}

/// Clients that call one sidecar each until they were refused so often in a row.
final class Spenders: Sendable {
    struct Counts {
        var passed = 0
        var refused = 0
        var broken = 0
        var other: [Int: Int] = [:]
        var running = 0
        /// They go on however often they are refused.
        var isEndless = false
    }
    private let counts = Mutex(Counts())

    init(
        ports: [UInt16], clients: Int, refusals: Int, body: String, headers: String,
        isEndless: Bool = false
    ) {
        counts.withLock { counts in
            counts.running = clients
            counts.isEndless = isEndless
        }
        for client in 0..<clients {
            Thread.detachNewThread { [self] in
                var left = refusals
                while left > 0 || counts.withLock({ $0.isEndless }) {
                    let outcome = HTTPClient.post(
                        port: ports[client % ports.count], path: "/openai/v1/chat/completions",
                        headers: headers, body: body)
                    // Connecting to a dead sidecar fails at once: leave the machine to whoever starts it.
                    if case .broken = outcome {
                        var none: [pollfd] = []
                        poll(&none, 0, 20)
                    }
                    counts.withLock { counts in
                        switch outcome {
                        case .complete(200, _):
                            counts.passed += 1
                            left = refusals
                        case .complete(429, _):
                            counts.refused += 1
                            if !counts.isEndless { left -= 1 }
                        case .complete(let status, _): counts.other[status, default: 0] += 1
                        case .broken: counts.broken += 1
                        }
                    }
                }
                counts.withLock { $0.running -= 1 }
            }
        }
    }

    /// Calls that passed so far.
    var passed: Int { counts.withLock { $0.passed } }

    /// From now on they count how often they are refused.
    func end() { counts.withLock { $0.isEndless = false } }

    func finish() throws -> Counts {
        try waitUntil("all clients were refused") { counts.withLock { $0.running } == 0 }
        return counts.withLock { $0 }
    }
}
