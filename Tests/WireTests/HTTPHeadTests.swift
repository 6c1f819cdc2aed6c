// Request and response heads: what is accepted is understood exactly, and every form that two
// implementations might read differently is refused by name.

import Testing
import Wire

/// Parses a request head given as text.
func request(_ text: String) throws(HTTPRefusal) -> RequestHead {
    let head = RequestHead()
    let bytes = Array(text.utf8)
    try head.parse(bytes.span)
    return head
}

func response(_ text: String) throws(HTTPRefusal) -> ResponseHead {
    let head = ResponseHead()
    let bytes = Array(text.utf8)
    try head.parse(bytes.span)
    return head
}

/// Finds the head's end first, as a connection does.
func refusal(ofRequest bytes: [UInt8]) -> HTTPRefusal? {
    var seeker = HeadSeeker()
    switch seeker.seek(in: bytes.span, limits: .request) {
    case .more: return nil
    case .refused(let reason): return reason
    case .head(let count):
        let head = RequestHead()
        do throws(HTTPRefusal) {
            try head.parse(bytes.span.extracting(0..<count))
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct HTTPHeadTests {
    @Test("a request is read field by field, in order, repeated ones kept")
    func fields() throws {
        let head = try request(
            "POST /v1/chat?x=%20 HTTP/1.1\r\nHost: a.example:8080\r\nX-One:1\r\nx-two: \t two words \t\r\n"
                + "X-ONE:  3\r\nEmpty:\r\nContent-Length: 12\r\n\r\n")
        #expect(head.method == "POST")
        #expect(head.path == "/v1/chat?x=%20")
        #expect(head.host == "a.example:8080")
        #expect(head.minorVersion == 1)
        #expect(head.framing == .sized(12))
        #expect(head.fields.count == 6)
        #expect(
            (0..<6).map { head.fields.name($0) } == [
                "Host", "X-One", "x-two", "X-ONE", "Empty", "Content-Length",
            ])
        #expect(head.value(of: "x-one") == "1")
        #expect(head.value(of: "X-Two") == "two words")
        #expect(head.value(of: "empty") == "")
        #expect(head.value(of: "absent") == nil)
        let count = head.fields.occurrences(of: "x-one")
        #expect(count == 2)
        let second = head.fields.index(of: "x-one", from: 2)
        #expect(second == 3)
        #expect(!head.closes && !head.expectsContinue && !head.asksUpgrade && !head.isHead)
    }

    @Test("connection options are understood, and the fields they list stay behind")
    func connection() throws {
        let head = try request(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Gone ,keep-alive\r\nX-Gone: 1\r\n"
                + "X-Stays: 2\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: x\r\n"
                + "Expect: 100-Continue\r\n\r\n")
        #expect(head.closes)
        #expect(head.expectsContinue)
        let kept = (0..<head.fields.count).filter { head.fields.isEndToEnd($0) }
        #expect(kept.map { head.fields.name($0) } == ["Host", "X-Stays"])
    }

    @Test("a field that frames the message cannot be listed away")
    func listedFraming() throws {
        let head = try request(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: content-length, host\r\nContent-Length: 3\r\n\r\n")
        #expect(head.framing == .sized(3))
        let goesOn = [0, 2].map { head.fields.isEndToEnd($0) }
        #expect(goesOn == [true, true])
    }

    @Test(
        "an absolute target is reduced to its path when its authority is the host's",
        arguments: [
            ("http://a.example/x?y", "/x?y"), ("HTTP://A.Example", "/"), ("https://a.example/", "/"),
        ])
    func absolute(target: String, path: String) throws {
        let head = try request("GET \(target) HTTP/1.1\r\nHost: a.example\r\n\r\n")
        #expect(head.path == path)
    }

    @Test("HTTP/1.0 needs no host, closes, and does not wait")
    func oldVersion() throws {
        let head = try request("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
        #expect(head.host == nil)
        #expect(head.closes)
        #expect(!head.expectsContinue)
        #expect(head.framing == .none)
    }

    @Test("one empty line before a request is passed over")
    func emptyLine() throws {
        let bytes = Array("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var seeker = HeadSeeker()
        #expect(seeker.seek(in: bytes.span, limits: .request) == .head(bytes.count))
        #expect(refusal(ofRequest: bytes) == nil)
        #expect(try request("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").method == "GET")
    }

    @Test("a reused head keeps nothing of the message before")
    func reuse() throws {
        let head = RequestHead()
        let first = Array(
            "POST /long/path HTTP/1.0\r\nHost: a\r\nConnection: x\r\nTE: y\r\nX: z\r\n\r\n".utf8)
        let second = Array("GET / HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
        try head.parse(first.span)
        try head.parse(second.span)
        #expect(head.path == "/")
        #expect(head.host == "b")
        #expect(head.fields.count == 1)
        #expect(!head.closes)
        let bad = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(throws: HTTPRefusal.missingHost) { try head.parse(bad.span) }
        #expect(head.fields.count == 0)
        #expect(head.method == "")
    }

    @Test(
        "a response's framing depends on status and method",
        arguments: [
            ("200 OK\r\nContent-Length: 5", false, ResponseFraming.sized(5)),
            ("200 OK\r\nContent-Length: 5", true, .none), ("204 No\r\nContent-Length: 5", false, .none),
            ("304 Not\r\nTransfer-Encoding: chunked", false, .none), ("100 Go", false, .none),
            ("200 OK\r\nTransfer-Encoding: CHUNKED", false, .chunked), ("200 OK", false, .untilClose),
            ("500", false, .untilClose), ("200 ", false, .untilClose),
        ])
    func responses(rest: String, toHead: Bool, framing: ResponseFraming) throws {
        let head = try response("HTTP/1.1 \(rest)\r\n\r\n")
        #expect(head.framing(toHead: toHead) == framing)
    }

    @Test("an HTTP/1.0 response closes unless it says otherwise")
    func oldResponses() throws {
        #expect(try response("HTTP/1.0 200 OK\r\n\r\n").closes)
        #expect(try !response("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n").closes)
        #expect(try response("HTTP/1.1 200 OK\r\nConnection: a, close\r\n\r\n").closes)
    }

    @Test("the search for the end costs the same however the bytes come")
    func dribble() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET".utf8)
        var seeker = HeadSeeker()
        for count in 0..<bytes.count - 3 {
            #expect(seeker.seek(in: bytes.span.extracting(0..<count), limits: .request) == .more)
        }
        #expect(seeker.seek(in: bytes.span, limits: .request) == .head(bytes.count - 3))
    }

    @Test("limits hold to the byte and to the field")
    func limits() {
        let limits = HeadLimits(bytes: 40, fields: 2)
        func answer(_ text: String) -> HeadSeeker.Answer {
            var seeker = HeadSeeker()
            let bytes = Array(text.utf8)
            return seeker.seek(in: bytes.span, limits: limits)
        }
        #expect(answer("GET / HTTP/1.1\r\nHost: a\r\nX: 12345678\r\n\r\n") == .head(41 - 1 + 0))
        #expect(answer("GET / HTTP/1.1\r\nHost: a\r\nX: 123456789\r\n\r\n") == .refused(.headTooLarge))
        #expect(answer("GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\n\r\n") == .refused(.tooManyFields))
        #expect(answer(String(repeating: "x", count: 40)) == .refused(.headTooLarge))
        #expect(answer(String(repeating: "x", count: 39)) == .more)
        let head = RequestHead()
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n".utf8)
        #expect(throws: HTTPRefusal.tooManyFields) {
            try head.parse(bytes.span, limits: HeadLimits(bytes: 100, fields: 1))
        }
    }
}
