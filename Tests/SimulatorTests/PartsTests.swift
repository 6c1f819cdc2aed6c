// The simulator's parts as values, without sockets: readers on hostile bytes, timers, pieces.
import Testing

@testable import Simulator

@Suite struct PartsTests {
    /// Reproducible numbers.
    struct Random {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    @Test("timers come due in order, whatever order they were set in")
    func timers() {
        var random = Random(state: 1)
        var queue = TimerQueue()
        var expected: [UInt64] = []
        for _ in 0..<1000 {
            let deadline = UInt64(random.next(500))
            queue.add(deadline, at: deadline)
            expected.append(deadline)
        }
        expected.sort()
        #expect(queue.earliest == expected.first)
        var seen: [UInt64] = []
        while let token = queue.due(249) { seen.append(token) }
        #expect(seen == expected.filter { $0 <= 249 })
        while let token = queue.due(.max) { seen.append(token) }
        #expect(seen == expected)
        #expect(queue.earliest == nil && queue.count == 0)
    }

    @Test("a chunked body is the same however it arrives")
    func bodies() throws {
        let head = try RequestHead.read(
            Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8), 0, 56)
        let bytes = Array("3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nT: t\r\n\r\nGET".utf8)
        for cut in 0...bytes.count {
            var reader = BodyReader(head)
            var input = Array(bytes[..<cut])
            for rest in [bytes[cut...], []] {
                var at = 0
                try reader.take(input, &at)
                input.removeFirst(at)
                input += rest
            }
            #expect(reader.isDone)
            #expect(String(decoding: reader.body, as: UTF8.self) == "abc0123456789")
            #expect(String(decoding: input, as: UTF8.self) == "GET")
        }
    }

    @Test("no bytes make a reader trap", arguments: 0..<20)
    func hostile(seed: Int) {
        var random = Random(state: UInt64(seed))
        let seeds = [
            #"{"model":"m","stream":true,"n":2,"stream_options":{"include_usage":true},"a":[1,"\ud83d"]}"#,
            "POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
            "5\r\nabcde\r\nffffffff\r\n",
            #"{"id":"x","response":{"status":1,"headers":{"a":"b"},"body":"\u12"}}"#,
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
            var bytes = seeds[random.next(seeds.count)]
            for _ in 0...random.next(6) {
                let at = random.next(bytes.count)
                switch random.next(3) {
                case 0: bytes[at] = UInt8(random.next(256))
                case 1: bytes.remove(at: at)
                default: bytes.insert(UInt8(random.next(256)), at: at)
                }
            }
            read(bytes)
        }
    }

    /// Everything that reads outside bytes, on the same bytes.
    private func read(_ bytes: [UInt8]) {
        JSONScan.object(bytes, 0) { _, at in
            _ = JSONScan.string(bytes, at)
            _ = JSONScan.integer(bytes, at)
            JSONScan.object(bytes, at) { _, _ in }
        }
        _ = Recordings(bytes).answer("x", chunked: nil)
        _ = Base64.decode(bytes)
        var stream = StreamReader()
        _ = stream.take(bytes)
        if let head = try? RequestHead.read(bytes, 0, bytes.count) {
            _ = try? SimulatedRequest(head, body: bytes)
            var body = BodyReader(head)
            var at = 0
            try? body.take(bytes, &at)
            #expect(at <= bytes.count)
        }
        var chunked = RequestHead()
        chunked.chunked = true
        var body = BodyReader(chunked)
        var at = 0
        try? body.take(bytes, &at)
        #expect(at <= bytes.count)
    }

    @Test("a delivery asks for the journal before its last byte, sized or streamed")
    func journalFirst() {
        for transfer in [Transfer.sized, .chunked, .close] {
            var answer = Answer.whole(#"{"a":1}"#)
            answer.transfer = transfer
            var delivery = Delivery(answer)
            var output: [UInt8] = []
            var steps: [Delivery.Step] = []
            while steps.last != .journal { steps.append(delivery.step(into: &output)) }
            #expect(!String(decoding: output, as: UTF8.self).contains("1}"))
            #expect(delivery.step(into: &output) == .done(closes: transfer == .close))
            #expect(String(decoding: output, as: UTF8.self).contains(#"{"a":1}"#))
            #expect(delivery.bodyBytes == 7)
        }
    }

    @Test("escapes of JSON strings are resolved, pairs of surrogates included")
    func strings() {
        let text = #""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx""#
        #expect(JSONScan.string(Array(text.utf8), 0)?.text == "a\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x")
        #expect(JSONScan.string(Array(#""open"#.utf8), 0) == nil)
        #expect(JSONScan.string(Array(#""\u12"#.utf8), 0) == nil)
    }
}
