// The server: one thread, one epoll, every socket registered once and edge-triggered. It reads requests,
// asks the responder for the answer, and steps the answer's delivery until it must wait. Nothing here knows
// a dialect.

import CLinux
import Glibc
import Synchronization

/// Lives on the thread that runs it; the handle reaches it through ``Signals`` only.
final class EventLoop {
    private let epoll: Int32
    private let listener: Int32
    private let timer: Int32
    private let signals: Signals
    private var responder: Responder
    private var journal: Journal
    private var connections: [Int32: Connection] = [:]
    private var generation: UInt32 = 1
    private var timers = TimerQueue()
    private var armed: UInt64 = 0
    /// Connections whose answers end with this turn's journal sync.
    private var ending: [Connection] = []
    private var statistics = SimulatorStatistics()
    private var buffer = [UInt8](repeating: 0, count: SimulatorLimits.readBytes)

    init(listener: Int32, signals: Signals, responder: Responder, journal: consuming Journal) {
        self.listener = listener
        self.signals = signals
        self.responder = responder
        self.journal = journal
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        for descriptor in [listener, timer, signals.wake] {
            clinux_epoll_ctl(
                epoll, EPOLL_CTL_ADD, descriptor, EPOLLIN.rawValue, UInt64(UInt32(bitPattern: descriptor)))
        }
    }

    deinit {
        for socket in connections.keys { close(socket) }
        close(listener)
        close(timer)
        close(epoll)
    }

    /// Serves until the handle says stop.
    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: SimulatorLimits.eventsPerTurn)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for index in 0..<max(0, Int(count)) {
                let token = clinux_event_data(&events, Int32(index))
                let bits = clinux_event_bits(&events, Int32(index))
                let descriptor = Int32(truncatingIfNeeded: token)
                switch descriptor {
                case listener: acceptAll()
                case timer: drain(timer)
                case signals.wake:
                    drain(signals.wake)
                    if obeySignals() { return }
                default: handle(token, bits)
                }
            }
            fireTimers()
            endAnswers()
            armTimer()
            signals.publish(statistics)
        }
    }

    /// - Returns: whether to stop.
    private func obeySignals() -> Bool {
        let (stop, release) = signals.state.withLock { state in
            let seen = (state.stop, state.release)
            state.release = false
            return seen
        }
        if release {
            for connection in Array(connections.values) where connection.isHeld {
                connection.isHeld = false
                statistics.held -= 1
                connection.delivery?.release()
                advance(connection)
            }
        }
        return stop
    }

    private func drain(_ descriptor: Int32) {
        var value: UInt64 = 0
        read(descriptor, &value, 8)
    }

    // MARK: Connections

    private func acceptAll() {
        while true {
            let socket = clinux_accept(listener)
            guard socket >= 0 else { return }
            guard connections.count < SimulatorLimits.connections else {
                close(socket)
                continue
            }
            var one: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
            generation &+= 1
            let connection = Connection(socket: socket, generation: generation)
            connections[socket] = connection
            statistics.connections += 1
            let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            clinux_epoll_ctl(epoll, EPOLL_CTL_ADD, socket, interest, connection.token)
        }
    }

    private func find(_ token: UInt64) -> Connection? {
        guard let connection = connections[Int32(truncatingIfNeeded: token)], connection.token == token else {
            return nil
        }
        return connection
    }

    private func handle(_ token: UInt64, _ bits: UInt32) {
        guard let connection = find(token) else { return }
        let gone = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        if bits & (EPOLLIN.rawValue | gone) != 0 {
            guard readAll(connection, untilEnd: bits & gone != 0) else { return drop(connection) }
        }
        if bits & EPOLLOUT.rawValue != 0, connection.unsent > 0 {
            guard flush(connection) else { return drop(connection) }
            if connection.unsent == 0, connection.closesAfterOutput { return drop(connection) }
        }
        if connection.delivery == nil { nextRequest(connection) } else { advance(connection) }
    }

    /// Reads what there is.
    ///
    /// - Returns: false when the client has closed.
    private func readAll(_ connection: Connection, untilEnd: Bool) -> Bool {
        while true {
            let count = recv(connection.socket, &buffer, buffer.count, 0)
            if count == 0 { return false }
            if count < 0 {
                if clinux_errno() == EINTR { continue }
                return clinux_errno() == EAGAIN
            }
            connection.input.append(contentsOf: buffer[..<count])
            if count < buffer.count, !untilEnd { return true }
        }
    }

    /// - Returns: false when the client is gone.
    private func flush(_ connection: Connection) -> Bool {
        while connection.unsent > 0 {
            let at = connection.outputAt
            let sent = connection.output.withUnsafeBytes { bytes in
                send(connection.socket, bytes.baseAddress! + at, bytes.count - at, Int32(MSG_NOSIGNAL))
            }
            if sent < 0 {
                if clinux_errno() == EINTR { continue }
                return clinux_errno() == EAGAIN
            }
            connection.outputAt += sent
        }
        connection.output.removeAll(keepingCapacity: true)
        connection.outputAt = 0
        return true
    }

    private func drop(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.socket) != nil else { return }
        if connection.isHeld { statistics.held -= 1 }
        statistics.connections -= 1
        if let delivery = connection.delivery, !connection.isJournalled {
            statistics.aborted += 1
            journal.note(responder.line(delivery, completed: false))
        }
        connection.delivery = nil
        close(connection.socket)
    }

    // MARK: Answers

    /// Starts the next request of a connection that has none, as long as whole ones are in its input.
    private func nextRequest(_ connection: Connection) {
        while connection.delivery == nil, !connection.closesAfterOutput {
            if connection.input.isEmpty, connection.head == nil { return }
            switch connection.read() {
            case .incomplete: return
            case .wantsLeave:
                connection.output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
                guard flush(connection) else { return drop(connection) }
                return
            case .fault(let fault):
                var answer = Answer.whole(
                    #"{"error":{"message":\#(quoted(fault.problem))}}"#, status: fault.status)
                answer.closes = true
                connection.delivery = Delivery(answer)
            case .request(let head, let body):
                statistics.requests += 1
                connection.delivery = Delivery(responder.answer(head, body, statistics))
            }
            connection.isJournalled = false
            advance(connection)
        }
    }

    /// Steps the delivery until it has to wait for time, the client, the journal or a release.
    private func advance(_ connection: Connection) {
        guard !connection.isWaiting, !connection.isHeld, !connection.isEnding else { return }
        while let step = connection.delivery?.step(into: &connection.output) {
            switch step {
            case .send: break
            case .wait(let microseconds):
                connection.isWaiting = true
                timers.add(connection.token, at: monotonicNanoseconds() + UInt64(microseconds) * 1000)
            case .hold:
                connection.isHeld = true
                statistics.held += 1
            case .journal:
                connection.isEnding = true
                ending.append(connection)
                return
            case .cut:
                statistics.cut += 1
                if let delivery = connection.delivery {
                    journal.note(responder.line(delivery, completed: false))
                }
                connection.isJournalled = true
                return hangUp(connection)
            case .done(let closes):
                statistics.completed += 1
                statistics.frames += connection.delivery?.contentFrames ?? 0
                connection.delivery = nil
                return closes ? hangUp(connection) : finishSending(connection)
            }
            guard flush(connection) else { return drop(connection) }
            if step != .send || connection.unsent > SimulatorLimits.unsentBytes { return }
        }
    }

    /// Journals the answers that end in this turn, with one sync for all, and sends their ends.
    private func endAnswers() {
        while !ending.isEmpty {
            let batch = ending
            ending.removeAll(keepingCapacity: true)
            for connection in batch {
                guard let delivery = connection.delivery, connections[connection.socket] === connection else {
                    continue
                }
                journal.note(responder.line(delivery, completed: true))
                connection.isJournalled = true
            }
            journal.sync()
            for connection in batch where connections[connection.socket] === connection {
                connection.isEnding = false
                advance(connection)
                if connection.delivery == nil { nextRequest(connection) }
            }
        }
        journal.sync()
    }

    private func finishSending(_ connection: Connection) {
        if !flush(connection) { drop(connection) }
    }

    private func hangUp(_ connection: Connection) {
        connection.delivery = nil
        connection.closesAfterOutput = true
        if !flush(connection) || connection.unsent == 0 { drop(connection) }
    }

    // MARK: Time

    private func fireTimers() {
        let now = monotonicNanoseconds()
        while let token = timers.due(now) {
            guard let connection = find(token), connection.isWaiting else { continue }
            connection.isWaiting = false
            advance(connection)
        }
    }

    private func armTimer() {
        guard let earliest = timers.earliest, earliest != armed else { return }
        armed = earliest
        var spec = itimerspec()
        spec.it_value.tv_sec = Int(earliest / 1_000_000_000)
        spec.it_value.tv_nsec = Int(earliest % 1_000_000_000)
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &spec, nil)
    }
}
