import Foundation
import Testing

@testable import Commands

@Suite struct PrivateClusterTests {
    @Test(
        "one data directory has one cluster, however its path is written",
        .enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
    func onePath() throws {
        let directory = NSTemporaryDirectory() + "data-\(UUID().uuidString)"
        let link = directory + "-link"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory)
        defer {
            try? FileManager.default.removeItem(atPath: link)
            try? FileManager.default.removeItem(atPath: directory)
        }
        let plain = try PrivateCluster(dataDirectory: directory).directory
        #expect(
            try PrivateCluster(dataDirectory: directory + "/../" + directory.split(separator: "/").last!)
                .directory == plain)
        #expect(try PrivateCluster(dataDirectory: link).directory == plain)
        #expect(try PrivateCluster(dataDirectory: "/").directory != plain)
    }
}
