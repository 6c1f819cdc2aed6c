// The command line as data: every command is complete, every diagnosis has a reproducer, and what the
// completions offer is what the parser takes.
import Foundation
import Terms
import Testing

@testable import Commands

@Suite struct CommandLineShapeTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(
        "each command has a summary, an example that names it, and a page",
        arguments: CommandTree.all.map { $0.help.name })
    func pages(name: String) throws {
        let help = try #require(CommandTree.command(name.split(separator: " ").map(String.init))).help
        #expect(!help.summary.isEmpty && !help.summary.hasSuffix("."))
        #expect(help.summary.first?.isUppercase == false)
        #expect(help.examples.contains { $0.command.contains("tollbook \(name)") })
        #expect(Set(help.options.map(\.name)).count == help.options.count)
        let page = help.page(style: .plain)
        for option in help.options { #expect(page.contains("  \(option.synopsis)")) }
        #expect(page.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }

    /// Namespaces of this target whose codes are made from words at run time, or are told elsewhere.
    @Test("each diagnosis of the command line has a golden file that provokes it")
    func reproducers() throws {
        let folders = ["CommandLine", "Prices", "Normalize", "Ledger", "Spool", "Doctor", "Help", "Config"]
        var codes: Set<String> = []
        for folder in folders {
            let directory = Self.root.appendingPathComponent("Sources/Commands/\(folder)").path
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
                for match in text.matches(
                    of: /"((?:usage|file|output|time|prices|records|normalize)\.[a-z-]+)"/)
                {
                    codes.insert(String(match.output.1))
                }
            }
        }
        #expect(codes.count > 15)
        var provoked = ""
        for folder in ["Errors", "Errors/Ledger"] {
            let directory = Self.root.appendingPathComponent("Tests/CommandLineTests/\(folder)").path
            for name in try FileManager.default.contentsOfDirectory(atPath: directory)
            where name.hasSuffix(".golden") {
                provoked += try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
            }
        }
        #expect(codes.filter { !provoked.contains("[\($0)]") } == [])
    }

    @Test("bash accepts its completions and offers what the parser takes")
    func bash() throws {
        func complete(_ words: [String]) throws -> [String] {
            let line = words.map { "'\($0)'" }.joined(separator: " ")
            let script = """
                source <(tollbook completions bash)
                COMP_WORDS=(\(line)); COMP_CWORD=\(words.count - 1); _tollbook
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            return try Program.shell(script, in: "/tmp").stdout.split(separator: "\n").map(String.init)
        }
        #expect(try complete(["tollbook", "rep"]) == ["report"])
        #expect(try complete(["tollbook", "prices", "s"]) == ["show"])
        #expect(try complete(["tollbook", "report", "--unt"]) == ["--until"])
        #expect(try complete(["tollbook", "report", "--format", "j"]) == ["json", "jsonl"])
        #expect(try complete(["tollbook", "prices", "list", "--format", "c"]) == ["csv"])
        let first = try complete(["tollbook", ""])
        for command in CommandTree.all { #expect(first.contains(command.help.path[0])) }
    }

    @Test("zsh and fish completions and the manual name every command and option")
    func others() throws {
        let helps = CommandTree.all.map { $0.help }
        let zsh = Completions.zsh(helps)
        let fish = Completions.fish(helps)
        let manual = ManualPage.text(CommandTree.groups)
        for help in helps {
            #expect(zsh.contains("'\(help.name)')"))
            #expect(fish.contains("-a \(help.path.last!) "))
            #expect(manual.contains(".SS \(help.name.replacing("-", with: "\\-"))\n"))
            for option in help.options {
                #expect(zsh.contains("\(option.name)["))
                #expect(fish.contains("-l \(option.name.dropFirst(2)) "))
                #expect(manual.contains(option.name.replacing("-", with: "\\-")))
            }
        }
        // A line that begins with a dot or quote would be a request to roff.
        let known = [".TH", ".SH", ".SS", ".PP", ".TP", ".B ", ".I ", ".RI", ".RS", ".RE"]
        for line in manual.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(known.contains { line.hasPrefix($0) }, "\(line)")
        }
    }
}
