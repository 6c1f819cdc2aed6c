import Foundation
import Testing

/// The repository's files, read once.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    struct File: CustomTestStringConvertible {
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }
    }

    static let swift: [File] = files(under: ["Sources", "Tests"], ending: ".swift")
    static let sources: [File] = swift.filter { $0.path.hasPrefix("Sources/") }

    static let tests: [File] = swift.filter { $0.path.hasPrefix("Tests/") }

    static func sources(of target: String) -> [File] {
        sources.filter { $0.path.hasPrefix("Sources/\(target)/") }
    }

    static func files(under folders: [String], ending: String) -> [File] {
        folders.flatMap { folder -> [File] in
            let base = root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: base.path)?.allObjects as? [String] ?? []
            return names.filter { $0.hasSuffix(ending) }.sorted().map { name in
                read("\(folder)/\(name)")
            }
        }
    }

    static func read(_ path: String) -> File {
        let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path)
        return File(path: path, text: String(decoding: data ?? Data(), as: UTF8.self))
    }
}
