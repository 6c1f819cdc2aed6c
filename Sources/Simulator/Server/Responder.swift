// From request to answer: which dialect speaks, which recorded exchange is replayed, what the journal says.

/// Decides answers. Owned by the loop.
struct Responder: Sendable {
    private let seed: UInt32
    private let recordings: Recordings?
    private let journals: Bool
    private var sequence: UInt64 = 0
    private var lines: Int64 = 0

    init(seed: UInt32, recordings: Recordings?, journals: Bool) {
        self.seed = seed
        self.recordings = recordings
        self.journals = journals
    }

    mutating func answer(_ head: RequestHead, _ body: [UInt8], _ statistics: SimulatorStatistics) -> Answer {
        sequence += 1
        var answer: Answer
        do throws(Hints.Mistake) {
            let request = try SimulatedRequest(head, body: body)
            answer = route(request, statistics)
            answer.pacing = request.pacing
            if let transfer = request.hints.transfer { answer.transfer = transfer }
            answer.gzip =
                request.hints.gzip == .always || request.hints.gzip == .accepted && request.acceptsGzip
        } catch {
            answer = Answer.whole(
                #"{"error":{"message":\#(quoted(error.problem)),"type":"simulator"}}"#, status: 400)
        }
        if head.closes { answer.closes = true }
        return answer
    }

    private func route(_ request: SimulatedRequest, _ statistics: SimulatorStatistics) -> Answer {
        if request.prefix == "simulator", request.path == "/statistics" { return Self.statistics(statistics) }
        if let exchange = request.exchange {
            return recordings?.answer(exchange, chunked: request.hints.transfer)
                ?? Self.unknownExchange(exchange)
        }
        guard let dialect = SimulatedDialect(path: request.path) else {
            return Answer.whole(
                #"{"error":{"message":"no such endpoint","type":"not_found_error"}}"#, status: 404)
        }
        return dialect.answer(to: request, identity: Identity(seed: seed, sequence: sequence))
    }

    private static func unknownExchange(_ id: String) -> Answer {
        let text = quoted("no recorded exchange \(id)")
        return Answer.whole(#"{"error":{"message":\#(text),"type":"simulator"}}"#, status: 404)
    }

    private static func statistics(_ now: SimulatorStatistics) -> Answer {
        Answer.whole(
            """
            {"requests":\(now.requests),"completed":\(now.completed),"aborted":\(now.aborted),\
            "cut":\(now.cut),"held":\(now.held),"connections":\(now.connections),"frames":\(now.frames)}
            """)
    }

    /// The journal's line of an answer.
    mutating func line(_ delivery: Delivery, completed: Bool) -> JournalLine? {
        guard journals, !delivery.answer.dialect.isEmpty else { return nil }
        lines += 1
        let answer = delivery.answer
        return JournalLine(
            sequence: lines, id: answer.id, dialect: answer.dialect, model: answer.model,
            status: answer.status, stream: answer.stream, completed: completed, billed: answer.billed,
            bytes: delivery.bodyBytes)
    }
}

/// Ids of one answer, unique within a run and, by the seed, between runs.
struct Identity: Sendable {
    let seed: UInt32
    let sequence: UInt64

    /// Sixteen hexadecimal digits.
    var digits: String { padded(UInt64(seed), 8) + padded(sequence, 8) }

    private func padded(_ value: UInt64, _ width: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
