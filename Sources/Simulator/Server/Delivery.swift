// How one answer goes out, as a value: each step appends bytes and says what must happen before the next
// one. The event loop only sends, waits and journals; tests drive the same steps without sockets or time.

struct Delivery: Sendable {
    let answer: Answer
    /// Frames rendered so far.
    private(set) var frames = 0
    /// Body bytes handed out, before transfer coding.
    private(set) var bodyBytes = 0
    private var phase = Phase.first
    private var gzip: GzipWriter?
    /// The whole body of a sized answer, or the rest of a frame that is sent in pieces.
    private var rest: [UInt8] = []
    private var restAt = 0
    private var random: UInt64
    private var released = false

    private enum Phase { case first, head, body, end, done }

    enum Step: Hashable {
        /// Send what was appended, then step again.
        case send
        /// Wait so many microseconds, then step again.
        case wait(Int)
        /// Wait for a release, then call ``release()`` and step again.
        case hold
        /// Everything but the end was given: journal, then step again.
        case journal
        /// Break the connection.
        case cut
        /// The answer is out; whether the connection ends with it.
        case done(closes: Bool)
    }

    init(_ answer: Answer) {
        self.answer = answer
        gzip = answer.gzip ? GzipWriter() : nil
        random = UInt64(answer.pacing.pieces ?? 0) &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func release() { released = true }

    /// Content frames given so far.
    var contentFrames: Int { answer.script.contentFrames(before: frames) }

    mutating func step(into output: inout [UInt8]) -> Step {
        switch phase {
        case .first:
            phase = .head
            return answer.pacing.first > 0 ? .wait(answer.pacing.first) : step(into: &output)
        case .head:
            phase = .body
            if answer.transfer == .sized { renderWhole() }
            head(&output)
            // A paced stream shows its head at once, as providers do; a short answer goes in one write.
            return answer.transfer == .sized ? step(into: &output) : .send
        case .body: return answer.transfer == .sized ? sized(&output) : streamed(&output)
        case .end:
            phase = .done
            return finish(&output)
        case .done: return .done(closes: answer.closes)
        }
    }

    /// The response head. The journal's line comes later; an answer's end is its last body byte.
    private func head(_ output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.append(contentsOf: StatusLine.text(answer.status).utf8)
        for (name, value) in answer.headers {
            output.append(contentsOf: name.utf8)
            output.append(contentsOf: ": ".utf8)
            output.append(contentsOf: value.utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        if answer.gzip { output.append(contentsOf: "Content-Encoding: gzip\r\n".utf8) }
        switch answer.transfer {
        case .sized:
            output.append(contentsOf: "Content-Length: ".utf8)
            output.append(contentsOf: String(rest.count).utf8)
            output.append(contentsOf: "\r\n".utf8)
        case .chunked: output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        case .close: break
        }
        if answer.closes || answer.transfer == .close {
            output.append(contentsOf: "Connection: close\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    private mutating func renderWhole() {
        while frames < answer.script.total {
            answer.script.render(frames, into: &rest)
            frames += 1
        }
        if var writer = gzip {
            var packed: [UInt8] = []
            writer.frame(rest, into: &packed)
            writer.finish(into: &packed)
            rest = packed
        }
    }

    /// A sized body: whole in one step, unless it is to be cut or to come in pieces. The journal is asked
    /// before its last byte leaves.
    private mutating func sized(_ output: inout [UInt8]) -> Step {
        if answer.pacing.cut != nil {
            append(rest[..<(rest.count / 2)], &output)
            phase = .done
            return .cut
        }
        guard answer.pacing.pieces != nil, rest.count - restAt > 1 else {
            phase = .end
            return .journal
        }
        let count = min(nextPiece(), rest.count - restAt - 1)
        append(rest[restAt..<restAt + count], &output)
        restAt += count
        return .send
    }

    private mutating func streamed(_ output: inout [UInt8]) -> Step {
        if restAt < rest.count { return piece(&output) }
        let script = answer.script
        let content = contentFrames
        let pastOpening = frames >= script.opening.count
        if pastOpening, let cut = answer.pacing.cut, content >= cut {
            phase = .done
            return .cut
        }
        if pastOpening, let hold = answer.pacing.hold, content >= hold, !released { return .hold }
        if frames >= script.total - 1 {
            phase = .end
            return .journal
        }
        render(&output)
        let waits =
            answer.pacing.between > 0 && frames > script.opening.count
            && frames < script.opening.count + script.count
        guard waits else { return .send }
        return .wait(answer.pacing.between)
    }

    /// Renders the next frame as one chunk, or keeps it to be cut into pieces.
    private mutating func render(_ output: inout [UInt8]) {
        var frame: [UInt8] = []
        frame.reserveCapacity(512)
        answer.script.render(frames, into: &frame)
        frames += 1
        if var writer = gzip {
            var packed: [UInt8] = []
            writer.frame(frame, into: &packed)
            gzip = writer
            frame = packed
        }
        if answer.pacing.pieces == nil {
            chunk(frame[...], &output)
        } else {
            rest = frame
            restAt = 0
        }
    }

    private mutating func piece(_ output: inout [UInt8]) -> Step {
        let count = min(nextPiece(), rest.count - restAt)
        chunk(rest[restAt..<restAt + count], &output)
        restAt += count
        return .send
    }

    /// The last frame and the end of the body.
    private mutating func finish(_ output: inout [UInt8]) -> Step {
        if answer.transfer == .sized {
            append(rest[restAt...], &output)
            return .done(closes: answer.closes)
        }
        if frames < answer.script.total {
            var frame: [UInt8] = []
            answer.script.render(frames, into: &frame)
            frames += 1
            if var writer = gzip {
                var packed: [UInt8] = []
                writer.frame(frame, into: &packed)
                writer.finish(into: &packed)
                frame = packed
            }
            chunk(frame[...], &output)
        }
        if answer.transfer == .chunked { output.append(contentsOf: "0\r\n\r\n".utf8) }
        return .done(closes: answer.closes || answer.transfer == .close)
    }

    private mutating func chunk(_ bytes: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        if answer.transfer == .chunked {
            output.append(contentsOf: String(bytes.count, radix: 16).utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        append(bytes, &output)
        if answer.transfer == .chunked { output.append(contentsOf: "\r\n".utf8) }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        bodyBytes += bytes.count
        output.append(contentsOf: bytes)
    }

    /// Size of the next piece: xorshift, so that a seed names one way of cutting.
    private mutating func nextPiece() -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random % UInt64(SimulatorLimits.pieceBytes)) + 1
    }
}
