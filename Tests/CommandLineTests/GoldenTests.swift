import Foundation
import Testing

@Suite struct GoldenTests {
    @Test("each command prints what its golden file says", arguments: try Golden.all(in: "Golden"))
    func output(_ golden: Golden) throws {
        let (actual, expected) = try golden.check()
        #expect(actual == expected)
    }

    @Test("each mistake is told as its golden file says", arguments: try Golden.all(in: "Errors"))
    func error(_ golden: Golden) throws {
        let (actual, expected) = try golden.check()
        #expect(actual == expected)
        #expect(!actual.hasSuffix("=== exit 0\n"))
    }
}
