// Commands in a made-up world: a fixed clock, a terminal of any width, streams that are kept.
import Foundation
import Terms
import Testing

@testable import Commands

@Suite struct WorldTests {
    private func run(
        _ line: String, columns: Int? = nil, colour: Bool = false, now: String = "2026-11-21T12:00:00Z"
    ) -> (exit: ExitCode, out: String, err: String) {
        let style = TerminalStyle(columns: columns, colour: colour)
        let instant = Instant(rfc3339: now)!
        let world = World(
            out: Output(), err: Output(), environment: ["TOLLBOOK_DATABASE": "host=/nowhere"],
            clock: { instant },
            outStyle: style, errStyle: style)
        let exit = Tollbook.run(line.split(separator: " ").map(String.init), in: world)
        return (exit, world.out.captured, world.err.captured)
    }

    @Test("colour stands only where the style has it")
    func colour() {
        #expect(run("reprot", colour: true).err.hasPrefix("\u{1b}[31merror:\u{1b}[0m there is no command"))
        #expect(run("reprot").err.hasPrefix("error: there is no command"))
        #expect(!run("help", colour: false).out.contains("\u{1b}"))
    }

    @Test(
        "a terminal gets colour unless NO_COLOR says otherwise, a pipe never",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script(1) is not installed")
    )
    func terminal() throws {
        let onTerminal = "script -qec '\(Program.binary) reprot' /dev/null"
        #expect(
            try Program.shell(onTerminal, in: "/tmp", environment: ["TERM": "xterm"]).stdout.contains(
                "\u{1b}[31m"))
        for quiet in [["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "dumb"]] {
            let done = try Program.shell(onTerminal, in: "/tmp", environment: quiet)
            #expect(done.stdout.contains("error: there is no command"))
            #expect(!done.stdout.contains("\u{1b}"))
        }
        #expect(try !Program.shell("tollbook reprot", in: "/tmp").stderr.contains("\u{1b}"))
    }

    @Test("pages keep to the terminal's width and to a readable one", arguments: [40, 60, 80, 200])
    func width(columns: Int) {
        let page = run("help report", columns: columns).out
        let longest = page.split(separator: "\n").filter { !$0.contains("tollbook ") }.map(\.count).max() ?? 0
        #expect(longest <= max(min(columns, 100), 64))
    }

    @Test("the configuration's path may stand before the command")
    func globalOption() {
        let late = run("config check --config /missing.yaml")
        let early = run("--config /missing.yaml config check")
        #expect(early == late)
        #expect(early.exit == .configuration)
        #expect(run("--config=/missing.yaml config check").err == late.err)
        #expect(run("--config").exit == .usage)
        #expect(run("--config x").exit == .usage)
    }

    @Test("prices grow old by the clock")
    func clock() {
        let young = run("prices check --max-age 100000")
        #expect(young.out.contains("nothing found") || !young.out.contains(" stale:"))
        let old = run("prices check --max-age 30", now: "2029-01-01T00:00:00Z")
        #expect(old.exit == .found)
        #expect(old.out.contains("stale: openai/gpt-5.4/2026-03: last compared with its source"))
        #expect(run("doctor", now: "1970-01-02T00:00:00Z").out.contains("fail  clock"))
    }
}

@Suite struct PeriodOptionsTests {
    private func period(
        _ line: String, now: String = "2026-11-21T23:30:00Z"
    ) throws -> String {
        let arguments = try Arguments(
            line.split(separator: " ").map(String.init), for: ReportCommand.help)
        let options = try PeriodOptions(arguments)
        let found = try options.period(zone: try options.zone(), now: Instant(rfc3339: now)!)
        return "\(found.since.rfc3339.prefix(16)) \(found.until.rfc3339.prefix(16)) \(found.timezone)"
    }

    @Test(
        "a period as people state it",
        arguments: [
            ("", "2026-11-01T00:00 2026-12-01T00:00 UTC"),
            ("--month 2026-10", "2026-10-01T00:00 2026-11-01T00:00 UTC"),
            ("--month 2026-12", "2026-12-01T00:00 2027-01-01T00:00 UTC"),
            // Summer time ends on 25 October: the month has an hour more.
            ("--month 2026-10 --timezone Europe/Berlin", "2026-09-30T22:00 2026-10-31T23:00 Europe/Berlin"),
            ("--timezone Asia/Tokyo", "2026-10-31T15:00 2026-11-30T15:00 Asia/Tokyo"),
            ("--since 2026-11-20", "2026-11-20T00:00 2026-11-22T00:00 UTC"),
            ("--since 2026-11-20 --timezone Asia/Tokyo", "2026-11-19T15:00 2026-11-22T15:00 Asia/Tokyo"),
            ("--since 2026-11-20T12:00:00+01:00 --until 2026-11-21", "2026-11-20T11:00 2026-11-21T00:00 UTC"),
            ("--until 2026-11-01", "1970-01-01T00:00 2026-11-01T00:00 UTC"),
            ("--since 2030-01-01", "2030-01-01T00:00 2030-01-01T00:00 UTC"),
        ])
    func stated(line: String, expected: String) throws { #expect(try period(line) == expected) }

    @Test(
        "what is no time is refused, and nothing traps",
        arguments: [
            "--month 2026-1", "--month 0000-01", "--month 9999-12", "--month 2026-+1", "--since 9999-12-31",
            "--since -", "--until 2026-02-30", "--since 2026-10-01T25:00:00Z",
        ])
    func refused(line: String) { #expect(throws: UsageError.self) { try period(line) } }

    @Test(
        "a zone is a name and not a path",
        arguments: [
            "../../etc/passwd", "/etc/localtime", "", "Europe/", "posixrules\u{0}", "Mars/Olympus",
        ])
    func zones(name: String) {
        let arguments = Result { try Arguments(["--timezone=\(name)"], for: ReportCommand.help) }
        #expect(throws: (any Error).self) { try PeriodOptions(try arguments.get()).zone() }
    }
}

@Suite struct LineReaderTests {
    private func lines(_ text: String, limit: Int) throws -> [String] {
        let path = NSTemporaryDirectory() + UUID().uuidString
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try LineReader.open(path, limit: limit)
        var lines: [String] = []
        while let line = try reader.next() {
            switch line {
            case .bytes(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
            case .tooLong: lines.append("(too long)")
            }
        }
        return lines
    }

    @Test("one line for each line, also an empty one; a final line feed begins none")
    func splits() throws {
        #expect(try lines("", limit: 10) == [])
        #expect(try lines("\n", limit: 10) == [""])
        #expect(try lines("a\n\nb", limit: 10) == ["a", "", "b"])
        #expect(try lines("a\nb\n", limit: 10) == ["a", "b"])
    }

    @Test("a line beyond the limit is skipped and told, wherever the pieces end")
    func limit() throws {
        let long = String(repeating: "x", count: 300_000)
        #expect(try lines("1234567890\n12345678901\nok\n", limit: 10) == ["1234567890", "(too long)", "ok"])
        #expect(try lines("a\n\(long)\nb\n\(long)", limit: 1000) == ["a", "(too long)", "b", "(too long)"])
        #expect(try lines("a\n\(long)\nb", limit: 300_000).map(\.count) == [1, 300_000, 1])
    }
}
