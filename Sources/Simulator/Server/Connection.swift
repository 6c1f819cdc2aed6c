// One client's connection: bytes that were read and not yet understood, the request being read, the answer
// being delivered, and bytes that the client has not taken yet.

final class Connection {
    let socket: Int32
    /// Tells this connection from an earlier one with the same socket number.
    let generation: UInt32
    var input: [UInt8] = []
    var head: RequestHead?
    var body: BodyReader?
    var delivery: Delivery?
    var output: [UInt8] = []
    var outputAt = 0
    /// The answer's end was journalled.
    var isJournalled = false
    var isHeld = false
    /// A timer is set; nothing may step the delivery before it fires.
    var isWaiting = false
    /// Waits for this turn's sync of the journal.
    var isEnding = false
    /// Close when the output is out.
    var closesAfterOutput = false

    init(socket: Int32, generation: UInt32) {
        self.socket = socket
        self.generation = generation
    }

    var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: socket)) }
    var unsent: Int { output.count - outputAt }

    /// What was understood of the input so far.
    enum Reading {
        case incomplete
        case request(RequestHead, [UInt8])
        case fault(RequestHead.Fault)
        /// The head is complete and the client waits for leave to send its body.
        case wantsLeave
    }

    /// Takes one request from the input if a whole one is there.
    func read() -> Reading {
        do throws(RequestHead.Fault) {
            var at = 0
            if head == nil {
                while at + 1 < input.count, input[at] == 13, input[at + 1] == 10 { at += 2 }
                guard let end = headEnd(from: at) else {
                    guard input.count <= SimulatorLimits.headBytes else {
                        throw RequestHead.Fault(status: 431, problem: "the head is too long")
                    }
                    return .incomplete
                }
                let read = try RequestHead.read(input, at, end)
                head = read
                body = BodyReader(read)
                at = end
                if read.expectsContinue, at == input.count, body?.isDone == false {
                    input.removeAll(keepingCapacity: true)
                    return .wantsLeave
                }
            }
            try body?.take(input, &at)
            drop(at)
            guard let head, let body, body.isDone else {
                if input.count > SimulatorLimits.headBytes {
                    throw RequestHead.Fault(status: 400, problem: "a chunk line without end")
                }
                return .incomplete
            }
            self.head = nil
            self.body = nil
            return .request(head, body.body)
        } catch { return .fault(error) }
    }

    private func drop(_ count: Int) {
        if count == input.count { input.removeAll(keepingCapacity: true) } else { input.removeFirst(count) }
    }

    private func headEnd(from start: Int) -> Int? {
        var at = start
        while at + 3 < input.count {
            if input[at] == 13, input[at + 1] == 10, input[at + 2] == 13, input[at + 3] == 10 {
                return at + 4
            }
            at += 1
        }
        return nil
    }
}
