// A slow receiver slows the sender down; memory stays where it is.

import Foundation
import Relay
import Synchronization
import Testing
import Wire

@Suite struct BackPressureTests {
    @Test("a client that does not read holds a window of bytes, not the response")
    func slowClient() throws {
        let relay = try Harness()
        let client = try Endpoint.connect(port: relay.relay.ports[0], receiveBuffer: 4096)
        try client.send("GET / HTTP/1.1\r\nHost: r\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        let size = 64 << 20
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
        let sent = writeUntilFull(upstream.descriptor, size)
        #expect(sent < size)
        let limits = RelayLimits()
        let measured = relay.relay.measure()
        #expect(measured.buffered >= limits.highWater / 2)
        #expect(measured.buffered <= limits.highWater + 65536)
        #expect(measured.peakWaiting <= limits.highWater + 65536)
        // The client reads on: everything arrives.
        let descriptor = upstream.descriptor
        let writer = Thread { writeAll(descriptor, size - sent) }
        writer.start()
        _ = try client.readHead()
        var left = size
        while left > 0 {
            let piece = min(left, 1 << 20)
            _ = try client.read(piece)
            left -= piece
        }
        #expect(try relay.journal.ending() == .complete)
        #expect(relay.relay.measure().buffered == 0)
    }

    @Test("an upstream that does not read holds back the upload")
    func slowUpstream() throws {
        var script = Script()
        script.holdBody = 0
        let relay = try Harness(script)
        let client = try relay.client()
        let size = 64 << 20
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: \(size)\r\n\r\n")
        let upstream = try relay.server.accept()
        let sent = writeUntilFull(client.descriptor, size)
        #expect(sent < size)
        #expect(relay.relay.measure().buffered <= RelayLimits().highWater + 65536 + 4096)
        let descriptor = client.descriptor
        let writer = Thread { writeAll(descriptor, size - sent) }
        writer.start()
        _ = try upstream.readHead()
        var left = size
        while left > 0 {
            let piece = min(left, 1 << 20)
            _ = try upstream.read(piece)
            left -= piece
        }
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        _ = try client.readHead()
        #expect(try relay.journal.ending() == .complete)
    }
}

/// Writes until nothing more is taken for a while; the other side reads as much as it wants to.
private func writeUntilFull(_ descriptor: Int32, _ size: Int) -> Int {
    let bytes = [UInt8](repeating: 0x61, count: 65536)
    var sent = 0
    while sent < size {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&entry, 1, 300) == 0 { return sent }
        let count = send(
            descriptor, bytes, min(bytes.count, size - sent), Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        if count > 0 { sent += count } else if errno != EAGAIN { return sent }
    }
    return sent
}

private func writeAll(_ descriptor: Int32, _ size: Int) {
    let bytes = [UInt8](repeating: 0x61, count: 65536)
    var left = size
    while left > 0 {
        let count = send(descriptor, bytes, min(bytes.count, left), Int32(MSG_NOSIGNAL))
        if count <= 0 { return }
        left -= count
    }
}
