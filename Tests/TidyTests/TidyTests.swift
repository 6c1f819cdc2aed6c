// The shape of the sources, enforced: what a reviewer should not have to look for.
import Foundation
import Testing

@Suite struct TidyTests {
    static let pure = ["Terms", "Wire", "Mediation", "Rating", "Bookkeeping", "Reporting"]

    @Test("files have one idea each: at most 400 lines, none longer than 110 columns")
    func fileShape() {
        #expect(SourceTree.swift.count > 50)
        for file in SourceTree.swift {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines")
            var inText = false
            for (index, line) in file.lines.enumerated() {
                // Texts for people and for PostgreSQL break where their reader wants it.
                if line.count > (inText ? 120 : 110) {
                    Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
                }
                if line.contains("\"\"\"") { inText.toggle() }
            }
        }
    }

    @Test("functions have at most 70 lines")
    func functionLength() {
        let opening =
            #/
            ^(\s*) (?:@\w+(?:\([^)]*\))?\s+)*
            (?:(?:public|private|internal|fileprivate|static|mutating|borrowing|consuming|override|final
                |nonisolated)\s+)*
            (?:func\b|init[?!]?[(<]|deinit\b)
            /#
        for file in SourceTree.swift {
            var open: (indent: Int, line: Int)?
            for (index, line) in file.lines.enumerated() {
                if let start = open, line == String(repeating: " ", count: start.indent) + "}" {
                    let length = index - start.line + 1
                    #expect(length <= 70, "\(file.path):\(start.line + 1) has \(length) lines")
                    open = nil
                } else if let match = line.firstMatch(of: opening), !line.hasSuffix("}") {
                    open = (match.output.1.count, index)
                }
            }
        }
    }

    @Test("what decides knows no clock, no I/O and no binary floating point")
    func pureTargets() {
        // Wire may use libc's memchr and memcpy, which read nothing but their arguments.
        let banned = [
            /\b(?:Double|Float|Float16|Float32|Float64|CGFloat|TimeInterval)\b/,
            /\bimport (?:CLinux|Dispatch)\b/, /\b(?:read|write|open|recv|send|time)\(\d/, /\bprint\(/,
            /\bTask\s*[.{(]/, /\bgetenv\b/,
            /\bclock_gettime\b/,
        ]
        for file in Self.pure.flatMap(SourceTree.sources(of:)) {
            if !file.path.hasPrefix("Sources/Wire/") {
                #expect(!file.text.contains("import Glibc"), "\(file.path)")
            }
            for (index, line) in Self.code(of: file) where banned.contains(where: { line.contains($0) }) {
                Issue.record("\(file.path):\(index + 1): \(line)")
            }
        }
    }

    @Test("nothing imports Foundation: the binary stays small and the hot path its own")
    func noFoundation() {
        for file in SourceTree.sources where file.text.contains(/import Foundation/) {
            Issue.record("\(file.path)")
        }
    }

    @Test("no leftovers: no to-do notes, no skipped tests, no sleeping tests")
    func leftovers() {
        let words = ["TODO", "FIXME", "XXX:", ".disabled(", "Task.sleep", "usleep("]
        for file in SourceTree.swift where !file.path.hasPrefix("Tests/TidyTests/") {
            for (index, line) in file.lines.enumerated() where words.contains(where: { line.contains($0) }) {
                Issue.record("\(file.path):\(index + 1): \(line)")
            }
        }
    }

    @Test("each unchecked claim of thread safety names what guards it, in the lines around it")
    func uncheckedSendable() {
        for file in SourceTree.sources {
            let lines = file.lines
            for (index, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
                let near = lines[max(0, index - 8)...min(lines.count - 1, index + 2)]
                let words = near.joined(separator: " ").lowercased()
                let named = ["lock", "mutex", "thread", "never changed"].contains { words.contains($0) }
                #expect(named, "\(file.path):\(index + 1)")
            }
        }
    }

    /// Lines with their comments taken off.
    static func code(of file: SourceTree.File) -> [(Int, Substring)] {
        file.lines.enumerated().map { index, line in
            (index, line.range(of: "//").map { line[..<$0.lowerBound] } ?? line)
        }
    }
}
