// Folders of tests that hand them on by their paths: nobody knows when the last one has used a path, so they
// are removed when the tests end.
import Foundation
import Synchronization

enum TemporaryFolder {
    private static let made = Mutex<[String]>([])
    private static let atEnd: Void = {
        atexit { TemporaryFolder.removeAll() }
        return ()
    }()

    /// A new folder with nothing in it.
    static func make() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = atEnd
        made.withLock { $0.append(path) }
        return path
    }

    private static func removeAll() {
        for path in made.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
}
