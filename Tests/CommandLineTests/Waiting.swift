// Waiting for what another process does: on a condition, never for a time.
import Foundation

struct WaitedTooLong: Error, CustomStringConvertible {
    let description: String
}

/// Polls a condition until it holds, at most two minutes; the pause is short and only bounds the load.
func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(120)
    while try !condition() {
        guard Date() < deadline else { throw WaitedTooLong(description: "waited too long until \(what)") }
        var none: [pollfd] = []
        poll(&none, 0, 10)
    }
}
