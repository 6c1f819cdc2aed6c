// A relay with a gateway that tells the test everything: what arrived, how exchanges ended, and tickets
// to be settled by the test when it wants.

import Foundation
import Relay
import Synchronization
import Wire

/// What the exchanges of a test have seen; waits are on a condition.
final class Journal: @unchecked Sendable {
    // Everything below `condition` is guarded by it.
    private let condition = NSCondition()
    private var endings: [RelayEnding] = []
    private var tickets: [Ticket] = []
    private var request: [UInt8] = []
    private var response: [UInt8] = []
    private var bodies: [[UInt8]?] = []
    private var heads: [String] = []
    private var refusals: [HTTPRefusal] = []
    private var failures: [UpstreamFailure] = []
    private var faults: [String] = []

    func change(_ body: (Journal) -> Void) {
        condition.lock()
        body(self)
        condition.broadcast()
        condition.unlock()
    }

    func add(ending: RelayEnding, ticket: Ticket?) {
        change {
            $0.endings.append(ending)
            if let ticket { $0.tickets.append(ticket) }
        }
    }
    func add(request bytes: [UInt8]) { change { $0.request += bytes } }
    func add(response bytes: [UInt8]) { change { $0.response += bytes } }
    func add(body: [UInt8]?) { change { $0.bodies.append(body) } }
    func add(head: String) { change { $0.heads.append(head) } }
    func add(refusal: HTTPRefusal) { change { $0.refusals.append(refusal) } }
    func add(fault: String) { change { $0.faults.append(fault) } }
    func add(failure: UpstreamFailure) { change { $0.failures.append(failure) } }

    private func wait<T>(_ what: String, _ body: (Journal) -> T?) throws -> T {
        condition.lock()
        defer { condition.unlock() }
        let end = Date(timeIntervalSinceNow: 10)
        while true {
            if let found = body(self) { return found }
            guard condition.wait(until: end) else { throw TestFailure("waited in vain for \(what)") }
        }
    }

    func ending(_ index: Int = 0) throws -> RelayEnding {
        try wait("ending \(index)") { index < $0.endings.count ? $0.endings[index] : nil }
    }
    func ticket(_ index: Int = 0) throws -> Ticket {
        try wait("ticket \(index)") { index < $0.tickets.count ? $0.tickets[index] : nil }
    }
    func body(_ index: Int = 0) throws -> [UInt8]? {
        try wait("body \(index)") { index < $0.bodies.count ? .some($0.bodies[index]) : nil }
    }
    func responseSeen(_ count: Int) throws -> [UInt8] {
        try wait("\(count) bytes of response") { $0.response.count >= count ? $0.response : nil }
    }
    var requestSeen: [UInt8] { condition.withLock { request } }
    var responseSeen: [UInt8] { condition.withLock { response } }
    var endingCount: Int { condition.withLock { endings.count } }
    var refusalsSeen: [HTTPRefusal] { condition.withLock { refusals } }
    var failuresSeen: [UpstreamFailure] { condition.withLock { failures } }
    var faultsSeen: [String] { condition.withLock { faults } }
    var headsSeen: [String] { condition.withLock { heads } }
}

/// What a test wants of its gateway.
struct Script: Sendable {
    var holdBody = 1 << 20
    /// Settle at once, or leave the ticket to the test.
    var settles: Settlement? = .durable
    var edits = RequestEdits()
    var refuse: LocalResponse?
    var drainLimit: DrainLimit? = .standard
    var upstream = 0
    var target: String?
    /// Answers for these paths are made here.
    var answers: [String: LocalResponse] = [:]
    /// The tap, given the piece and all payload seen before it.
    var tap: @Sendable (_ piece: [UInt8], _ before: Int) -> TapVerdict = { _, _ in .pass }
    var kept: @Sendable () -> [UInt8] = { [] }
}

final class ScriptedExchange: Exchange {
    let script: Script
    let journal: Journal
    var seen = 0

    init(_ script: Script, _ journal: Journal) {
        self.script = script
        self.journal = journal
    }

    func begin(heldBody: Span<UInt8>?) -> Beginning {
        if let heldBody { journal.add(body: copy(heldBody)) } else { journal.add(body: nil) }
        if let refuse = script.refuse { return .refuse(refuse) }
        return .forward(script.edits)
    }
    func requestBytes(_ bytes: Span<UInt8>) { journal.add(request: copy(bytes)) }
    func upstreamFault(_ detail: String) { journal.add(fault: detail) }
    func upstreamFailed(_ failure: UpstreamFailure) -> LocalResponse? {
        journal.add(failure: failure)
        return nil
    }
    func responseHead(_ head: ResponseHead) { journal.add(head: "\(head.status)") }
    func responseBytes(_ bytes: Span<UInt8>) -> TapVerdict {
        let piece = copy(bytes)
        journal.add(response: piece)
        defer { seen += piece.count }
        return script.tap(piece, seen)
    }
    func takeKept() -> [UInt8] { script.kept() }
    func drainLimit() -> DrainLimit? { script.drainLimit }
    func responseEnd(_ ending: RelayEnding, ticket: Ticket) {
        if let outcome = script.settles {
            ticket.settle(outcome)
            journal.add(ending: ending, ticket: nil)
        } else {
            journal.add(ending: ending, ticket: ticket)
        }
    }
}

final class ScriptedGateway: Gateway {
    let script: Script
    let journal: Journal

    init(_ script: Script, _ journal: Journal) {
        self.script = script
        self.journal = journal
    }

    func accept(_ head: RequestHead, peer: Peer) -> Acceptance {
        if let answer = script.answers[head.path] { return .answer(answer) }
        return .forward(
            ForwardPlan(
                upstream: script.upstream, target: Array((script.target ?? head.path).utf8),
                holdBody: script.holdBody, exchange: ScriptedExchange(script, journal)))
    }

    func refused(_ reason: HTTPRefusal, head: RequestHead?, peer: Peer) -> LocalResponse? {
        journal.add(refusal: reason)
        return nil
    }
}

func copy(_ bytes: Span<UInt8>) -> [UInt8] { bytes.withUnsafeBufferPointer { Array($0) } }

/// A relay with one loop in front of one test server.
final class Harness {
    let server: TestServer
    let relay: RelayServer
    let journal = Journal()

    init(
        _ script: Script = Script(), limits: RelayLimits = RelayLimits(),
        upstream: UpstreamConfiguration? = nil, listen: [ListenerConfiguration]? = nil, loops: Int = 1
    ) throws {
        let server = try TestServer()
        self.server = server
        let journal = journal
        relay = try RelayServer.start(
            RelayConfiguration(
                listeners: listen ?? [ListenerConfiguration("127.0.0.1:0")],
                upstreams: [
                    upstream
                        ?? UpstreamConfiguration(
                            name: "test", isTLS: false, host: "127.0.0.1", port: server.port)
                ], limits: limits, loops: loops)
        ) { _ in ScriptedGateway(script, journal) }
    }

    func client() throws -> Endpoint { try Endpoint.connect(port: relay.ports[0]) }

    deinit {
        relay.drain(deadlineMilliseconds: 0)
        relay.wait()
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
