// Names that lead where the configuration did not send anybody, and callers who take all places.

import Glibc
import Testing
import Wire

@testable import Relay

@Suite struct AddressTests {
    private static let request = "GET / HTTP/1.1\r\nHost: r\r\n\r\n"

    private static func upstream(_ host: String, allowing: [AddressRange] = []) -> UpstreamConfiguration {
        var upstream = UpstreamConfiguration(name: "u", isTLS: false, host: host, port: 80)
        upstream.allowedAddresses = allowing
        return upstream
    }

    @Test(
        "where a name may lead",
        arguments: [
            ("93.184.215.14", true), ("10.0.0.1", true), ("172.16.0.1", true), ("192.168.1.1", true),
            ("100.64.0.1", true), ("2606:2800:21f::1", true), ("fd12:3456::1", true),
            ("127.0.0.1", false), ("127.9.9.9", false), ("0.0.0.0", false), ("0.1.2.3", false),
            ("169.254.169.254", false), ("169.254.0.1", false), ("100.100.100.200", false),
            ("192.0.0.192", false), ("224.0.0.1", false), ("255.255.255.255", false), ("240.0.0.1", false),
            ("::1", false), ("::", false), ("fe80::1", false), ("febf::1", false), ("ff02::1", false),
            ("fd00:ec2::254", false), ("fd20:ce::254", false), ("::ffff:169.254.169.254", false),
            ("::ffff:127.0.0.1", false), ("64:ff9b::169.254.169.254", false), ("64:ff9b::8.8.8.8", true),
        ])
    func names(address: String, isAllowed: Bool) throws {
        let address = try #require(SocketAddress(host: address, port: 80))
        #expect(Self.upstream("api.example.com").refuses(address) != isAllowed)
    }

    @Test("an address that the configuration spells is meant, and so is localhost")
    func spelled() throws {
        let metadata = try #require(SocketAddress(host: "169.254.169.254", port: 80))
        let loopback = try #require(SocketAddress(host: "127.0.0.1", port: 80))
        #expect(!Self.upstream("169.254.169.254").refuses(metadata))
        #expect(!Self.upstream("localhost").refuses(loopback))
        #expect(!Self.upstream("a.localhost").refuses(loopback))
        #expect(Self.upstream("localhost").refuses(metadata))
        #expect(Self.upstream("notlocalhost").refuses(loopback))
        let allowing = Self.upstream("api.example.com", allowing: AddressRange.loopback)
        #expect(!allowing.refuses(loopback))
        #expect(allowing.refuses(metadata))
    }

    // getaddrinfo reads these as numbers, which is one of the ways around a list of forbidden words.
    @Test(
        "a name that resolves to this machine gets no connection",
        arguments: ["127.1", "2130706433", "0x7f.1"])
    func refused(name: String) throws {
        let server = try TestServer()
        let relay = try Harness(
            upstream: UpstreamConfiguration(name: "odd", isTLS: false, host: name, port: server.port))
        let client = try relay.client()
        try client.send(Self.request)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.addressRefused))
        #expect(relay.relay.measure().connects == 0)
    }

    @Test("a webhook's name does not lead to this machine either")
    func webhook() throws {
        let server = try TestServer()
        let post = OutgoingPost(
            isTLS: false, host: "127.1", port: server.port, path: "/", fields: [], body: [])
        let reason = "the name leads to 127.0.0.1, which no name may mean"
        #expect(post.send(milliseconds: 60_000) == .failure(OutgoingPost.Failure(reason: reason)))
    }

    @Test("a name that resolves to this machine gets one where the configuration allows it")
    func allowed() throws {
        let server = try TestServer()
        var upstream = UpstreamConfiguration(name: "odd", isTLS: false, host: "127.1", port: server.port)
        upstream.allowedAddresses = AddressRange.loopback
        let relay = try Harness(upstream: upstream)
        let client = try relay.client()
        try client.send(Self.request)
        #expect(try server.accept().readHead().hasPrefix("GET / HTTP/1.1\r\n"))
    }

    @Test("one address has its own number of connections, and gets the places back")
    func perAddress() throws {
        var script = Script()
        script.answers = ["/": LocalResponse(status: 200, body: Array("x".utf8))]
        var limits = RelayLimits()
        limits.connectionsPerAddress = 2
        let relay = try Harness(script, limits: limits)
        func answered(_ client: Endpoint) throws -> String {
            try client.send(Self.request)
            let head = try client.readHead()
            return head + client.text(try client.read(1))
        }
        let first = try relay.client()
        #expect(try answered(first).hasSuffix("x"))
        let second = try relay.client()
        #expect(try answered(second).hasSuffix("x"))
        let third = try relay.client()
        #expect(try third.readToEnd() == [])
        #expect(try answered(first).hasSuffix("x"))
        second.close()
        // The relay learns of the close in its own time.
        for attempt in 0..<10_000 {
            let next = try relay.client()
            try? next.send(Self.request)
            if (try? next.readHead())?.hasPrefix("HTTP/1.1 200") == true { break }
            if attempt == 9_999 { Issue.record("the place did not become free") }
        }
    }
}
