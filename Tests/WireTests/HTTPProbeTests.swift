// Probes from the literature on request smuggling, one line each: every one must be refused, and for the
// reason it was made for. `~` stands for CR LF where a line ends properly.

import Testing
import Wire

struct Probe: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let reason: HTTPRefusal
    init(_ name: String, _ text: String, _ reason: HTTPRefusal) {
        self.name = name
        self.text = text
        self.reason = reason
    }
    /// A POST with a host and these fields.
    static func post(_ name: String, _ fields: String, _ reason: HTTPRefusal) -> Probe {
        Probe(name, "POST / HTTP/1.1~Host: a~\(fields)~~", reason)
    }
    /// A GET with a host and these fields.
    static func get(_ name: String, _ fields: String, _ reason: HTTPRefusal) -> Probe {
        Probe(name, "GET / HTTP/1.1~Host: a~\(fields)~~", reason)
    }
    /// A response with status 200 and these fields.
    static func ok(_ name: String, _ fields: String, _ reason: HTTPRefusal) -> Probe {
        Probe(name, "HTTP/1.1 200 OK~\(fields)~~", reason)
    }

    var testDescription: String { name }
    var bytes: [UInt8] { Array(text.replacing("~", with: "\r\n").utf8) }
}

private let requestProbes: [Probe] = [
    .post("length and chunked", "Content-Length: 3~Transfer-Encoding: chunked", .lengthAndTransferEncoding),
    .post("chunked and length", "Transfer-Encoding: chunked~Content-Length: 3", .lengthAndTransferEncoding),
    .post("length twice, equal", "Content-Length: 3~Content-Length: 3", .repeatedContentLength),
    .post("length twice, different", "Content-Length: 3~Content-Length: 4", .repeatedContentLength),
    .post("length as a list", "Content-Length: 3, 3", .repeatedContentLength),
    .post("length with plus", "Content-Length: +3", .badContentLength),
    .post("length with minus", "Content-Length: -3", .badContentLength),
    .post("length empty", "Content-Length:", .badContentLength),
    .post("length in hexadecimal", "Content-Length: 0x3", .badContentLength),
    .post("length with fraction", "Content-Length: 3.0", .badContentLength),
    .post("length with blank inside", "Content-Length: 1 2", .badContentLength),
    .post("length 2^63", "Content-Length: 9223372036854775808", .badContentLength),
    .post("length of twenty digits", "Content-Length: 00000000000000000003", .badContentLength),
    .post("length with underscore", "Content-Length: 1_0", .badContentLength),
    .post("xchunked", "Transfer-Encoding: xchunked", .badTransferEncoding),
    .post("chunked with quote", "Transfer-Encoding: \"chunked\"", .badTransferEncoding),
    .post("gzip, chunked", "Transfer-Encoding: gzip, chunked", .badTransferEncoding),
    .post("chunked, identity", "Transfer-Encoding: chunked, identity", .badTransferEncoding),
    .post("identity", "Transfer-Encoding: identity", .badTransferEncoding),
    .post("chunked twice", "Transfer-Encoding: chunked~Transfer-Encoding: chunked", .badTransferEncoding),
    .post("chunked, chunked", "Transfer-Encoding: chunked, chunked", .badTransferEncoding),
    .post("encoding empty", "Transfer-Encoding:", .badTransferEncoding),
    .post("chunked with parameter", "Transfer-Encoding: chunked;q=1", .badTransferEncoding),
    .post("chunked with vertical tab", "Transfer-Encoding: \u{0B}chunked", .badFieldValue),
    Probe(
        "chunked in HTTP/1.0", "POST / HTTP/1.0~Host: a~Transfer-Encoding: chunked~~",
        .transferEncodingInOldVersion),
    .post("encoding folded", "Transfer-Encoding:~ chunked", .badTransferEncoding),
    .post("blank before the colon", "Content-Length : 3", .spaceBeforeColon),
    .post("tab before the colon", "Transfer-Encoding\t: chunked", .spaceBeforeColon),
    .get("folded by a blank", "X: b~ c", .obsoleteFold),
    .get("folded by a tab", "X: b~\tc", .obsoleteFold),
    Probe("blank before the first field", "GET / HTTP/1.1~ Host: a~~", .obsoleteFold),
    .get("no colon", "X", .badFieldName),
    .get("empty name", ": b", .badFieldName),
    .get("name with slash", "X/Y: b", .badFieldName),
    .get("name with NUL", "X\u{0}: b", .badFieldName),
    .get("name beyond ASCII", "Xé: b", .badFieldName),
    .get("name with bracket", "X[0]: b", .badFieldName),
    .get("value with NUL", "X: b\u{0}c", .badFieldValue),
    .get("value with bell", "X: b\u{07}", .badFieldValue),
    .get("value with DEL", "X: b\u{7F}", .badFieldValue),
    .get("bare CR in a value", "X: b\rc", .bareCarriageReturn),
    .get("bare CR before a name", "\rX: b", .bareCarriageReturn),
    .get("bare CR in a name", "X\r: b", .bareCarriageReturn),
    Probe("bare LF after the request line", "GET / HTTP/1.1\nHost: a~~", .bareLineFeed),
    Probe("bare LF after a field", "GET / HTTP/1.1~Host: a\nX: b~~", .bareLineFeed),
    Probe("bare LF at the end", "GET / HTTP/1.1~Host: a~\n", .bareLineFeed),
    Probe("LF LF", "GET / HTTP/1.1~Host: a\n\n", .bareLineFeed),
    Probe("CR CR LF", "GET / HTTP/1.1~Host: a\r~~", .bareCarriageReturn),
    Probe("no host", "GET / HTTP/1.1~X: b~~", .missingHost),
    .get("host twice", "Host: a", .repeatedHost),
    Probe("host twice in HTTP/1.0", "GET / HTTP/1.0~Host: a~Host: b~~", .repeatedHost),
    Probe("host empty", "GET / HTTP/1.1~Host:~~", .badHost),
    Probe("host with a path", "GET / HTTP/1.1~Host: a/b~~", .badHost),
    Probe("host with a user", "GET / HTTP/1.1~Host: u@a~~", .badHost),
    Probe("host with a blank", "GET / HTTP/1.1~Host: a b~~", .badHost),
    Probe("other authority in the target", "GET http://b/ HTTP/1.1~Host: a~~", .authorityMismatch),
    Probe("other port in the target", "GET http://a:81/ HTTP/1.1~Host: a~~", .authorityMismatch),
    Probe("user in the target", "GET http://u@a/ HTTP/1.1~Host: a~~", .badTarget),
    Probe("no authority in the target", "GET http:///x HTTP/1.1~Host: a~~", .badTarget),
    Probe("another scheme", "GET file:///etc/passwd HTTP/1.1~Host: a~~", .badTarget),
    Probe("asterisk", "OPTIONS * HTTP/1.1~Host: a~~", .badTarget),
    Probe("target without slash", "GET x HTTP/1.1~Host: a~~", .badTarget),
    Probe("blank in the target", "GET /a b HTTP/1.1~Host: a~~", .badRequestLine),
    Probe("tab in the target", "GET /a\tb HTTP/1.1~Host: a~~", .badTarget),
    Probe("NUL in the target", "GET /a\u{0} HTTP/1.1~Host: a~~", .badTarget),
    Probe("fragment in the target", "GET /a#b HTTP/1.1~Host: a~~", .badTarget),
    Probe("target beyond ASCII", "GET /é HTTP/1.1~Host: a~~", .badTarget),
    Probe("two blanks", "GET  / HTTP/1.1~Host: a~~", .badTarget),
    Probe("tab after the method", "GET\t/ HTTP/1.1~Host: a~~", .badRequestLine),
    Probe("blank before the method", " GET / HTTP/1.1~Host: a~~", .badMethod),
    Probe("method with colon", "GE:T / HTTP/1.1~Host: a~~", .badRequestLine),
    Probe("method without end", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1~Host: a~~", .badMethod),
    Probe("no version", "GET /~Host: a~~", .badRequestLine),
    Probe("lower-case version", "GET / http/1.1~Host: a~~", .badRequestLine),
    Probe("version 1.2", "GET / HTTP/1.2~Host: a~~", .badVersion),
    Probe("version 2.0", "PRI / HTTP/2.0~Host: a~~", .badVersion),
    Probe("version 0.9", "GET / HTTP/0.9~Host: a~~", .badVersion),
    Probe("version of two digits", "GET / HTTP/1.10~Host: a~~", .badRequestLine),
    Probe("blank after the version", "GET / HTTP/1.1 ~Host: a~~", .badRequestLine),
    Probe("two empty lines first", "~~GET / HTTP/1.1~Host: a~~", .badMethod),
    .post("unknown expectation", "Expect: 200-ok", .unknownExpectation),
    .get("connection with bad token", "Connection: a b", .badConnection),
    .get("connection with quote", "Connection: \"close\"", .badConnection),
]

private let responseProbes: [Probe] = [
    .ok("length and chunked", "Content-Length: 3~Transfer-Encoding: chunked", .lengthAndTransferEncoding),
    .ok("length twice", "Content-Length: 3~Content-Length: 3", .repeatedContentLength),
    .ok("bad length", "Content-Length: three", .badContentLength),
    .ok("gzip, chunked", "Transfer-Encoding: gzip, chunked", .badTransferEncoding),
    Probe(
        "chunked in HTTP/1.0", "HTTP/1.0 200 OK~Transfer-Encoding: chunked~~", .transferEncodingInOldVersion),
    .ok("blank before the colon", "Content-Length : 3", .spaceBeforeColon),
    .ok("folded", "X: a~ b", .obsoleteFold),
    .ok("NUL in a value", "X: a\u{0}", .badFieldValue),
    .ok("bare CR in a value", "X: a\rb", .bareCarriageReturn),
    Probe("bare LF", "HTTP/1.1 200 OK\nX: aaaaaa~~", .bareLineFeed),
    Probe("bare CR in the reason", "HTTP/1.1 200 O\rK~X: a~~", .bareCarriageReturn),
    Probe("control in the reason", "HTTP/1.1 200 O\u{01}K~X: a~~", .badStatusLine),
    Probe("version 2", "HTTP/2.0 200 OK~X: a~~", .badVersion),
    Probe("no version", "ICY 200 OK~X: aaaaaaaa~~", .badStatusLine),
    Probe("two digits", "HTTP/1.1 20 OK~X: aaaa~~", .badStatusLine),
    Probe("four digits", "HTTP/1.1 2000 OK~X: aa~~", .badStatusLine),
    Probe("status 099", "HTTP/1.1 099 OK~X: aaa~~", .badStatusLine),
    Probe("status 600", "HTTP/1.1 600 OK~X: aaa~~", .badStatusLine),
    Probe("two blanks", "HTTP/1.1  200 OK~X: aa~~", .badStatusLine),
    Probe("tab", "HTTP/1.1\t200 OK~X: aaa~~", .badStatusLine),
]

@Suite struct HTTPProbeTests {
    @Test("requests that can be read in two ways are refused", arguments: requestProbes)
    func requests(probe: Probe) {
        #expect(refusal(ofRequest: probe.bytes) == probe.reason)
    }

    @Test("responses that can be read in two ways are refused", arguments: responseProbes)
    func responses(probe: Probe) {
        var seeker = HeadSeeker()
        switch seeker.seek(in: probe.bytes.span, limits: .response) {
        case .more: Issue.record("no end found")
        case .refused(let reason): #expect(reason == probe.reason)
        case .head(let count):
            let head = ResponseHead()
            #expect(throws: probe.reason) { try head.parse(probe.bytes.span.extracting(0..<count)) }
        }
    }

    @Test("a response does not begin with an empty line")
    func leadingLine() {
        #expect(throws: HTTPRefusal.badStatusLine) { try response("\r\nHTTP/1.1 200 OK\r\n\r\n") }
    }
}
