// The compiled zone files of the system; reading them is an edge's work, so the tests do it.
import Foundation

enum Zones {
    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
    }
}
