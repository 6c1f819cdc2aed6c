// A spool that may not be looked into is not an empty one.
import Foundation
import Testing

@Suite struct UnreadableSpoolTests {
    @Test("spool commands on what is no directory fail; on what is not there they find nothing")
    func file() throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: place + "/data", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try "data_dir: data\nupstreams: {openai: {url: https://api.openai.com}}\n"
            .write(toFile: place + "/tollbook.yaml", atomically: true, encoding: .utf8)
        let commands = [
            "spool status", "spool inspect", "spool quarantine", "spool drain", "spool status --format json",
        ]
        for command in commands {
            let found = try Program.shell("tollbook \(command)", in: place)
            #expect(found.status == 0, "\(command): \(found.stderr)")
        }
        try "no directory".write(toFile: place + "/data/spool", atomically: true, encoding: .utf8)
        for command in commands {
            let failed = try Program.shell("tollbook \(command)", in: place)
            #expect(failed.status == 1, "\(command): \(failed.stdout)")
            #expect(failed.stderr.contains("[spool.unusable]"), "\(command): \(failed.stderr)")
        }
    }

    @Test("a period that ends before it begins is refused, and is no verification that found nothing")
    func inverted() throws {
        for command in ["verify", "records", "suspense list", "rerate --dry-run", "report"] {
            let refused = try Program.shell(
                "tollbook \(command) --since 2027-01-01 --until 2026-01-01", in: "/tmp",
                environment: ["TOLLBOOK_DATABASE": "host=/nowhere"])
            #expect(
                refused.status == 64 && refused.stderr.contains("[time.empty-period]"),
                "\(command): \(refused.stderr)")
        }
    }
}
