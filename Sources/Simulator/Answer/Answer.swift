// What the simulator will say to one request, decided completely before the first byte is sent: status,
// headers, frames, how they are paced, and what the provider bills for it.

/// How the body's end is told.
enum Transfer: String, Sendable {
    /// `Content-Length`.
    case sized
    /// `Transfer-Encoding: chunked`.
    case chunked
    /// The connection's end is the body's end.
    case close
}

/// The frames of a body, in order: opening, `count` times the content, closing.
struct Script: Sendable {
    var opening: [[UInt8]] = []
    var content = FrameTemplate()
    var count = 0
    var closing: [[UInt8]] = []

    var total: Int { opening.count + count + closing.count }

    func render(_ index: Int, into output: inout [UInt8]) {
        if index < opening.count {
            output.append(contentsOf: opening[index])
        } else if index < opening.count + count {
            content.render(index - opening.count, of: count, into: &output)
        } else {
            output.append(contentsOf: closing[index - opening.count - count])
        }
    }

    /// Whether the frame that comes after `index` frames follows a content frame or the opening: the
    /// places where pacing waits and where hints cut, fail or hold.
    func contentFrames(before index: Int) -> Int { min(count, max(0, index - opening.count)) }
}

struct Answer: Sendable {
    var status = 200
    var headers: [(name: String, value: String)] = []
    var script = Script()
    var transfer = Transfer.sized
    /// The answer's id as the provider spells it; empty when it has none.
    var id = ""
    var model = ""
    var dialect = ""
    var stream = false
    /// What is billed; nil when this answer costs nothing (errors, counts, lists).
    var billed: Counts?
    /// Whether the answer states its usage.
    var reportsUsage = true
    var pacing = Pacing()
    /// The client asked for the connection to end, or the transfer needs it.
    var closes = false
    var gzip = false

    /// A body of one piece.
    static func whole(_ body: String, status: Int = 200, type: String = "application/json") -> Answer {
        var answer = Answer()
        answer.status = status
        answer.headers = [("Content-Type", type)]
        answer.script.closing = [Array(body.utf8)]
        return answer
    }
}

/// When frames are sent, and which of them never are.
struct Pacing: Sendable {
    /// Microseconds before the head.
    var first: Int = 0
    /// Microseconds between content frames.
    var between: Int = 0
    /// After so many content frames the stream waits for `Simulator.releaseHeld()`.
    var hold: Int?
    /// After so many content frames the connection breaks; of an answer in one piece, half the body is sent.
    var cut: Int?
    /// Seed of the random pieces in which the body is sent; nil sends each frame whole.
    var pieces: Int?
}
