// Clients that go on whatever happens to the sidecar, and remember every response that they saw to its end.
import Foundation
import Synchronization

final class Load: Sendable {
    private struct State {
        var seen: [String: Int] = [:]
        var broken = 0
        var refused = 0
        var stopped = false
        var running = 0
        /// Nobody begins a call, and so many clients have ended theirs.
        var held = false
        var idle = 0
    }
    private let state = Mutex(State())
    private let port: UInt16
    private let name: String

    /// - Parameter name: stands in every response id, which the client chooses, so that ids never repeat.
    init(port: UInt16, clients: Int, name: String = UUID().uuidString) {
        self.port = port
        self.name = name
        state.withLock { $0.running = clients }
        for client in 0..<clients {
            Thread.detachNewThread { [self] in
                run(client)
                state.withLock { $0.running -= 1 }
            }
        }
    }

    private func run(_ client: Int) {
        var number = 0
        while !state.withLock({ $0.stopped }) {
            if state.withLock({ $0.held }) {
                rest()
                continue
            }
            number += 1
            let id = "chatcmpl-\(name)-\(client)-\(number)"
            let stream = number.isMultiple(of: 2)
            let body =
                #"{"model":"gpt-4o-mini","stream":\#(stream),"messages":[{"role":"user","content":"hi"}]}"#
            let headers =
                "x-sim-id: \(id)\r\nX-Tollbook-Operation: \(id)\r\n"
                + "x-sim-input: 1000\r\nx-sim-output: 200\r\nx-sim-frames: 4\r\n"
                + "X-Tollbook-Tenant: t\(client % 4)\r\n"
            let outcome = HTTPClient.post(
                port: port, path: "/openai/v1/chat/completions", headers: headers, body: body)
            // While the sidecar is down, connecting fails at once: leave the machine to whoever starts it.
            if case .broken = outcome { pause(milliseconds: 20) }
            state.withLock { state in
                switch outcome {
                case .complete(200, _): state.seen[id] = client % 4
                case .complete: state.refused += 1
                case .broken: state.broken += 1
                }
            }
        }
    }

    private func rest() {
        state.withLock { $0.idle += 1 }
        while state.withLock({ $0.held && !$0.stopped }) { pause(milliseconds: 5) }
        state.withLock { $0.idle -= 1 }
    }

    /// Lets nobody begin a call until ``resume()``, and waits for the ends of those under way.
    func hold() throws {
        state.withLock { $0.held = true }
        try waitUntil("the clients rest") { state.withLock { $0.idle == $0.running } }
    }

    func resume() throws {
        state.withLock { $0.held = false }
        try waitUntil("the clients go on") { state.withLock { $0.idle == 0 } }
    }

    private func pause(milliseconds: Int32) {
        var none: [pollfd] = []
        poll(&none, 0, milliseconds)
    }

    /// Ids of the responses that a client saw complete, with the number of the tenant.
    var seen: [String: Int] { state.withLock { $0.seen } }
    var completed: Int { state.withLock { $0.seen.count } }
    var broken: Int { state.withLock { $0.broken } }
    var refused: Int { state.withLock { $0.refused } }

    func stop() throws {
        state.withLock { $0.stopped = true }
        try waitUntil("the clients have ended") { state.withLock { $0.running == 0 } }
    }
}
