// The thread that asks PostgreSQL what callers want to know about themselves, so that no loop waits for it.
// Questions are few and small; more than a few at a time are sent away for a moment.
import Bookkeeping
import CLinux
import Glibc
import LedgerStore
import Postgres
import Relay
import Reporting
import Synchronization
import Terms
import Wire

/// One question on its way. Guarded by the lock of its desk until it is answered.
final class UsageInquiry: @unchecked Sendable {
    let query: ReportQuery
    fileprivate var ticket: Ticket?
    fileprivate var answer: LocalResponse?

    init(_ question: UsageQuestion) { query = question.query }
}

final class UsageDesk: Sendable {
    private let conninfo: String
    private struct State {
        var waiting: [UsageInquiry] = []
        var isStopping = false
    }
    private let state = Mutex(State())
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    private let thread = Mutex<ServiceThread?>(nil)

    /// Questions that may wait at a time.
    private static let limit = 64
    /// Milliseconds for one answer: a report over years may take longer, and is for the command line.
    private static let patience = 10_000

    init(conninfo: String) { self.conninfo = conninfo }

    deinit { close(wakeUp) }

    func start() {
        thread.withLock { $0 = ServiceThread(name: "usage-desk") { self.run() } }
    }

    /// Ends; what still waits is answered with 503.
    func stop() {
        state.withLock { $0.isStopping = true }
        _ = eventfd_write(wakeUp, 1)
        thread.withLock { $0 }?.join()
    }

    /// - Parameter ticket: settled when the answer is there.
    func ask(_ inquiry: UsageInquiry, _ ticket: Ticket) {
        let isTaken = state.withLock { state in
            guard !state.isStopping, state.waiting.count < Self.limit else {
                inquiry.answer = Self.busy
                return false
            }
            inquiry.ticket = ticket
            state.waiting.append(inquiry)
            return true
        }
        if isTaken { _ = eventfd_write(wakeUp, 1) } else { ticket.settle(.durable) }
    }

    func answer(to inquiry: UsageInquiry) -> LocalResponse? { state.withLock { _ in inquiry.answer } }

    private func run() {
        var limits = SessionLimits()
        limits.connectSeconds = 2
        limits.statementMilliseconds = Self.patience
        let store = LedgerStore.lazily(conninfo, limits: limits)
        while true {
            let (next, isStopping) = state.withLock { state in (state.waiting.first, state.isStopping) }
            guard let next else {
                if isStopping { return }
                var descriptor = pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)
                _ = poll(&descriptor, 1, -1)
                var count: UInt64 = 0
                _ = eventfd_read(wakeUp, &count)
                continue
            }
            let made = isStopping ? Self.busy : response(to: next.query, store)
            let ticket = state.withLock { state -> Ticket? in
                state.waiting.removeFirst()
                next.answer = made
                return next.ticket
            }
            ticket?.settle(.durable)
        }
    }

    private func response(to query: ReportQuery, _ store: LedgerStore) -> LocalResponse {
        do throws(LedgerError) {
            let report = try store.report(query)
            return LocalResponse(status: 200, body: Array(report.json(ReportExtras()).utf8))
        } catch {
            switch error {
            // The question asks for too much.
            case .tooManyUnits, .archived: return LocalResponse(status: 400, error.diagnosis)
            // What is wrong with the ledger is none of the caller's business.
            default: return Self.busy
            }
        }
    }

    private static var busy: LocalResponse {
        var error = LocalError(
            503,
            Diagnosis(
                code: "usage.busy", problem: "the ledger cannot be asked now",
                effect: "nothing was answered", remedy: "try again in a moment"))
        error.fields = [("retry-after", "2"), ("x-should-retry", "true")]
        return error.response(dialect: "openai")
    }
}

/// A question as the relay sees it: it waits, and is answered without any upstream.
final class UsageExchange: Exchange {
    private let inquiry: UsageInquiry
    private let desk: UsageDesk

    /// A GET has no body; a small one is read and forgotten (bytes).
    static let bodyLimit = 4096

    init(_ question: UsageQuestion, _ desk: UsageDesk) {
        inquiry = UsageInquiry(question)
        self.desk = desk
    }

    func begin(heldBody: Span<UInt8>?) -> Beginning {
        if let answer = desk.answer(to: inquiry) { return .refuse(answer) }
        // What streams cannot wait.
        return heldBody == nil ? .refuse(bodyTooLarge(limit: Self.bodyLimit)) : .wait
    }

    func parked(_ ticket: Ticket) { desk.ask(inquiry, ticket) }

    func responseHead(_ head: ResponseHead) {}

    func responseBytes(_ bytes: Span<UInt8>) -> TapVerdict { TapVerdict() }

    func responseEnd(_ ending: RelayEnding, ticket: Ticket) { ticket.settle(.durable) }
}
