// A golden file is one run of the program on one page: the files it finds, its standard input, the command,
// and then exactly what it wrote and how it ended. `TOLLBOOK_UPDATE_GOLDEN=1` writes the latter anew.
import Foundation
import Testing

struct Golden: CustomTestStringConvertible {
    let path: String
    /// Everything above the output, as it stands in the file.
    private let head: String
    private var files: [(name: String, text: String)] = []
    private var environment: [String: String] = [:]
    private var input = ""
    private(set) var command = ""
    private let expected: String

    var testDescription: String { path.split(separator: "/").suffix(2).joined(separator: "/") }

    static let isUpdating = ProcessInfo.processInfo.environment["TOLLBOOK_UPDATE_GOLDEN"] == "1"

    static func all(in folder: String) throws -> [Golden] {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent(folder).path
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        return try names.filter { $0.hasSuffix(".golden") }.map { try Golden("\(directory)/\($0)") }
    }

    /// Sections begin with a line of `=== `: `file NAME`, `env`, `stdin`, `command`, then the output.
    init(_ path: String) throws {
        self.path = path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let output = text.range(of: "=== stdout\n")?.lowerBound ?? text.endIndex
        head = String(text[..<output])
        expected = String(text[output...])
        for section in ("\n" + head).components(separatedBy: "\n=== ").dropFirst() {
            let lines = section.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let body = lines.count > 1 ? String(lines[1]) : ""
            let words = lines[0].split(separator: " ")
            switch words.first {
            case "file": files.append((String(words[1]), body.hasSuffix("\n") ? body : body + "\n"))
            case "env":
                for line in body.split(separator: "\n") {
                    let halves = line.split(separator: "=", maxSplits: 1)
                    environment[String(halves[0])] = halves.count > 1 ? String(halves[1]) : ""
                }
            case "stdin": input = body.isEmpty || body.hasSuffix("\n") ? body : body + "\n"
            case "command": command = body.trimmingCharacters(in: .whitespacesAndNewlines)
            default: throw GoldenError(path: path, section: String(lines[0]))
            }
        }
    }

    /// What the program does now, and what the file says.
    ///
    /// - Parameter hidden: text that differs from run to run, and what stands for it.
    func check(
        environment extra: [String: String] = [:], hidden: [(String, String)] = []
    ) throws -> (actual: String, expected: String) {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for file in files {
            let place = directory.appendingPathComponent(file.name)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try file.text.write(to: place, atomically: false, encoding: .utf8)
        }
        let variables = environment.merging(extra) { $1 }
        let done = try Program.shell(command, in: directory.path, environment: variables, input: input)
        var actual = "=== stdout\n\(done.stdout)=== stderr\n\(done.stderr)=== exit \(done.status)\n"
        for (text, name) in hidden { actual = actual.replacingOccurrences(of: text, with: name) }
        if Self.isUpdating {
            let separator = head.hasSuffix("\n") ? "" : "\n"
            try (head + separator + actual).write(toFile: path, atomically: true, encoding: .utf8)
            return (actual, actual)
        }
        return (actual, expected)
    }
}

struct GoldenError: Error {
    let path: String
    let section: String
}
