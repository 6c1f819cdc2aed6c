// The turns of a conversation with the server: send, wait with a deadline, take an answer. libpq is
// used without blocking, because its blocking calls wait for ever on a server that is stopped.
import CPQ
import Glibc

extension Connection {
    var lastWords: String {
        var text = String(cString: PQerrorMessage(pointer))
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }

    func send(
        _ sql: SQLText, _ parameters: Parameters, flushing: Bool = true
    ) throws(PostgresError) {
        let sent = parameters.withC { count, types, values, lengths, formats in
            sql.withC { PQsendQueryParams(pointer, $0, count, types, values, lengths, formats, 1) }
        }
        guard sent == 1 else { throw .connectionLost(reason: lastWords) }
        if flushing { try flush() }
    }

    /// Pushes everything out, reading meanwhile so that neither side waits for the other.
    func flush() throws(PostgresError) {
        let deadline = Deadline(milliseconds: patience)
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1:
                try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
                guard PQconsumeInput(pointer) == 1 else { throw .connectionLost(reason: lastWords) }
            default: throw .connectionLost(reason: lastWords)
            }
        }
    }

    /// The next answer of the statement under way, nil at its end.
    func nextAnswer() throws(PostgresError) -> Answer? {
        let deadline = Deadline(milliseconds: patience)
        while PQisBusy(pointer) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard PQconsumeInput(pointer) == 1 else { throw .connectionLost(reason: lastWords) }
        }
        guard let result = PQgetResult(pointer) else { return nil }
        let answer = Answer(owning: result)
        if PQstatus(pointer) == CONNECTION_BAD { throw .connectionLost(reason: reason(of: answer)) }
        return answer
    }

    /// Takes the answers of a statement that has exactly one.
    func onlyAnswer() throws(PostgresError) -> Answer {
        guard let answer = try nextAnswer() else { throw .connectionLost(reason: lastWords) }
        while let further = try nextAnswer() { _ = consume further }
        let status = PQresultStatus(answer.pointer)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else { throw error(of: answer) }
        return answer
    }

    func error(of answer: borrowing Answer) -> PostgresError {
        guard let state = tollbook_pq_sqlstate(answer.pointer) else {
            return PQstatus(pointer) == CONNECTION_OK
                ? .unexpected(reason(of: answer)) : .connectionLost(reason: reason(of: answer))
        }
        return .refused(
            state: SQLState(String(cString: state)), message: tollbook_pq_message(answer.pointer).text,
            detail: tollbook_pq_detail(answer.pointer).text)
    }

    private func reason(of answer: borrowing Answer) -> String {
        let words = PQresultErrorMessage(answer.pointer).text
        return words.isEmpty ? lastWords : words
    }

    /// Asks the server to give up the statement under way. Its answers still have to be taken.
    func cancel() {
        guard let request = PQgetCancel(pointer) else { return }
        defer { PQfreeCancel(request) }
        var words = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request, &words, Int32(words.count))
    }

    private var patience: Int { limits.statementMilliseconds + limits.graceMilliseconds }

    private func wait(for events: Int16, until deadline: Deadline) throws(PostgresError) {
        var descriptor = pollfd(fd: PQsocket(pointer), events: events, revents: 0)
        guard descriptor.fd >= 0 else { throw .connectionLost(reason: lastWords) }
        while true {
            let left = deadline.remainingMilliseconds
            guard left > 0 else { throw .timedOut(milliseconds: patience) }
            let ready = poll(&descriptor, 1, Int32(clamping: left))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw .connectionLost(reason: "poll failed with \(errno)") }
        }
    }
}

/// A point on the monotonic clock.
private struct Deadline {
    private let nanoseconds: Int64

    init(milliseconds: Int) { nanoseconds = Self.now + Int64(milliseconds) * 1_000_000 }

    var remainingMilliseconds: Int { Int((nanoseconds - Self.now) / 1_000_000) }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension UnsafePointer<CChar>? {
    fileprivate var text: String { map { String(cString: $0) } ?? "" }
}

extension UnsafeMutablePointer<CChar>? {
    fileprivate var text: String { map { String(cString: $0) } ?? "" }
}
