// The programs of a replay: the simulated provider that serves the recordings, `tollbook serve` before it,
// and the commands that read the ledger afterwards. Their files live in one temporary directory.

import Glibc

/// Why a replay could not be run at all.
struct ReplayFailure: Error {
    let problem: String
}

/// A program that was started and is ended by its process id.
struct Child {
    let process: pid_t

    /// Starts a program whose standard output and error go to one file.
    static func start(
        _ program: String, _ arguments: [String], log: String
    ) throws(ReplayFailure) -> Child {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var process = pid_t()
        let words = ([program] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        guard posix_spawn(&process, program, &actions, nil, words + [nil], environ) == 0 else {
            throw ReplayFailure(problem: "cannot start \(program); build it first")
        }
        return Child(process: process)
    }

    /// Asks the program to end and waits for it.
    ///
    /// - Returns: whether it ended with exit code 0.
    func stop() -> Bool {
        kill(process, SIGTERM)
        return wait()
    }

    func wait() -> Bool {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return false } }
        return status == 0
    }
}

/// The simulated provider and the sidecar, ready to be called.
struct Sidecar {
    let port: UInt16
    /// Where the simulated provider itself listens.
    let upstream: UInt16
    private let program: String
    private let folder: String
    private let simulator: Child
    private let serve: Child

    /// - Parameter providers: one upstream is configured for each, under its name.
    static func start(
        corpus: String, providers: [String], database: String
    ) throws(ReplayFailure) -> Sidecar {
        let program = executableFolder() + "/tollbook"
        var template = Array("/tmp/tollbook-replay.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ReplayFailure(problem: "cannot make a directory in /tmp")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let (upstream, port, admin) = (try freePort(), try freePort(), try freePort())
        var lines = [
            "listen: 127.0.0.1:\(port)", "admin: 127.0.0.1:\(admin)", "database: \"\(database)\"",
            "data_dir: \(folder)/data", "upstreams:",
        ]
        for provider in providers {
            lines.append("  \(provider): {url: \"http://127.0.0.1:\(upstream)\", provider: \(provider)}")
        }
        let configuration = Array((lines.joined(separator: "\n") + "\n").utf8)
        let path = folder + "/tollbook.yaml"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0, write(file, configuration, configuration.count) == configuration.count else {
            throw ReplayFailure(problem: "cannot write \(path)")
        }
        close(file)
        let migrate = try Child.start(program, ["migrate", "--config", path], log: folder + "/migrate.log")
        guard migrate.wait() else {
            throw ReplayFailure(problem: "migrate failed: see \(folder)/migrate.log")
        }
        let simulator = try Child.start(
            program, ["simulate", "--listen", "127.0.0.1:\(upstream)", "--replay", corpus],
            log: folder + "/simulate.log")
        let serve: Child
        do throws(ReplayFailure) {
            serve = try Child.start(program, ["serve", "--config", path], log: folder + "/serve.log")
        } catch {
            _ = simulator.stop()
            throw error
        }
        let sidecar = Sidecar(
            port: port, upstream: upstream, program: program, folder: folder, simulator: simulator,
            serve: serve)
        guard accepts(upstream), accepts(port) else {
            _ = sidecar.stop()
            throw ReplayFailure(problem: "the programs did not start: see \(folder)/*.log")
        }
        return sidecar
    }

    /// Ends both programs; the sidecar posts its spool before it goes.
    ///
    /// - Returns: whether both ended well.
    func stop() -> Bool {
        let served = serve.stop()
        let simulated = simulator.stop()
        return served && simulated
    }

    /// Where the programs left their words.
    var logs: String { folder }

    /// What the ledger holds, as `tollbook records` prints it.
    func records() -> [UInt8]? {
        output(of: program, ["records", "--format", "jsonl", "--config", folder + "/tollbook.yaml"])
    }

    /// Removes the temporary directory.
    func clear() { _ = output(of: "/bin/rm", ["-rf", folder]) }

    /// A port that nobody listens on; the kernel does not give it to another soon.
    private static func freePort() throws(ReplayFailure) -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard bound else { throw ReplayFailure(problem: "no free port on 127.0.0.1") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Waits, at most half a minute, until a port takes connections.
    private static func accepts(_ port: UInt16) -> Bool {
        for _ in 0..<600 {
            if let socket = connection(to: port) {
                close(socket)
                return true
            }
            // The pause only bounds the load; what is waited for is the connection.
            poll(nil, 0, 50)
        }
        return false
    }
}

/// A connected socket, nil when nobody listens.
func connection(to port: UInt16) -> Int32? {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(port)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
    }
    if failed == 0 { return socket }
    close(socket)
    return nil
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}
