// Runs the built program as a process of its own.
import Foundation

struct Program {
    let status: Int32
    let stdout: String
    let stderr: String

    /// The program stands beside the tests that were built with it.
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["TOLLBOOK_BINARY"] { return path }
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = URL(fileURLWithPath: tests ?? "").deletingLastPathComponent().appendingPathComponent(
            "tollbook")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside.path }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".build/debug/tollbook").path
    }()

    /// Runs a shell's command line in which `tollbook` is the built program, with an empty environment.
    static func shell(
        _ command: String, in directory: String, environment: [String: String] = [:], input: String = ""
    ) throws -> Program {
        var variables = environment
        variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        variables["LC_ALL"] = "C.UTF-8"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "tollbook() { \"\(binary)\" \"$@\"; }\n\(command)"]
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = variables
        // Files instead of pipes: a program that writes much to one stream cannot block the other.
        let files = URL(fileURLWithPath: directory).appendingPathComponent(".run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let paths = ["in", "out", "err"].map { files.appendingPathComponent($0) }
        try Data(input.utf8).write(to: paths[0])
        for path in paths[1...] { try Data().write(to: path) }
        process.standardInput = try FileHandle(forReadingFrom: paths[0])
        process.standardOutput = try FileHandle(forWritingTo: paths[1])
        process.standardError = try FileHandle(forWritingTo: paths[2])
        try process.run()
        process.waitUntilExit()
        return Program(
            status: process.terminationStatus,
            stdout: String(decoding: try Data(contentsOf: paths[1]), as: UTF8.self),
            stderr: String(decoding: try Data(contentsOf: paths[2]), as: UTF8.self))
    }
}
