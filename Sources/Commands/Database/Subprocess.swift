import CLinux
import Glibc

/// Runs another program and waits for it. Control plane only: it blocks its thread.
struct Subprocess {
    /// The exit code, or 128 + the signal that ended it.
    let status: Int32
    /// What it wrote to stdout and stderr, at most ``outputLimit`` bytes; the rest is read and dropped.
    let output: String

    /// Bytes kept of a program's output: enough for every message of PostgreSQL's tools.
    static let outputLimit = 64 * 1024

    /// - Parameter arguments: the program (looked up in `PATH` when it has no slash), then its arguments.
    /// - Returns: nil when the program could not be started.
    static func run(_ arguments: [String]) -> Subprocess? {
        var pipeEnds: [Int32] = [0, 0]
        guard clinux_pipe(&pipeEnds) == 0 else { return nil }
        defer { close(pipeEnds[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 2)
        // PostgreSQL's tools warn when they cannot see the current directory.
        clinux_spawn_in(&actions, "/")

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let started = clinux_spawn(&process, arguments[0], &actions, &words)
        close(pipeEnds[1])
        guard started == 0 else { return nil }
        let output = drain(pipeEnds[0])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return Subprocess(status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: output)
    }

    private static func drain(_ descriptor: Int32) -> String {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            kept.append(contentsOf: buffer[..<min(count, max(0, outputLimit - kept.count))])
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
