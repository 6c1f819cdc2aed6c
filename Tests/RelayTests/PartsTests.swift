// The parts that need no socket: timers, addresses, the inbox.

import CLinux
import Glibc
import Testing
import Wire

@testable import Relay

@Suite struct PartsTests {
    @Test("a reminder comes not before its time, and at the latest after one turn of the wheel")
    func wheel() {
        var wheel = DeadlineWheel(now: 1000)
        #expect(wheel.untilNext(now: 1000) == nil)
        let soon = wheel.remind(1, at: 1250)
        #expect((1250...1314).contains(soon))
        let far = wheel.remind(2, at: 1_000_000)
        #expect(far < 1000 + 512 * 32)
        let past = wheel.remind(3, at: 0)
        #expect(past <= 1064)
        var due: [UInt64] = []
        wheel.advance(to: 1000, into: &due)
        #expect(due.isEmpty)
        #expect(wheel.untilNext(now: 1000).map { $0 <= 64 } == true)
        wheel.advance(to: past, into: &due)
        #expect(due == [3])
        wheel.advance(to: soon - 32, into: &due)
        #expect(due == [3])
        wheel.advance(to: soon, into: &due)
        #expect(due == [3, 1])
        wheel.advance(to: 10_000_000, into: &due)
        #expect(due == [3, 1, 2])
        #expect(wheel.untilNext(now: 10_000_000) == nil)
    }

    @Test("a clock that jumps ahead loses no reminder")
    func wheelJump() {
        for jump in [32, 100, 16_000, 16_384, 20_000, 1 << 40] as [Int64] {
            var wheel = DeadlineWheel(now: 500)
            for token in 1...1000 as ClosedRange<UInt64> {
                _ = wheel.remind(token, at: 500 + Int64(token) * 13)
            }
            var due: [UInt64] = []
            var now: Int64 = 500
            while due.count < 1000, now < 1 << 42 {
                now += jump
                wheel.advance(to: now, into: &due)
            }
            #expect(Set(due).count == 1000)
        }
    }

    @Test("the loop's clock neither goes back nor leaps, whatever the machine's does")
    func loopClock() {
        var clock = LoopClock(at: 1000)
        #expect(clock.advance(to: 1250) == 1250)
        #expect(clock.advance(to: 250) == 1250)
        #expect(clock.advance(to: 300) == 1300)
        #expect(clock.advance(to: 86_400_300) == 1300 + LoopClock.longestTurn)
        #expect(clock.advance(to: 300) == 1300 + LoopClock.longestTurn)
        #expect(clock.advance(to: 305) == 1305 + LoopClock.longestTurn)
        #expect(clock.time == 61_305)
    }

    @Test(
        "addresses to listen on",
        arguments: [
            ("127.0.0.1:80", Int32(AF_INET), UInt16(80)), ("[::1]:4141", AF_INET6, 4141),
            ("0.0.0.0:0", AF_INET, 0),
            ("localhost:1", AF_INET, 1), ("[::]:65535", AF_INET6, 65535),
        ])
    func listenerAddress(text: String, family: Int32, port: UInt16) throws {
        guard case .tcp(let address) = try ListenerAddress(text) else {
            Issue.record("not TCP")
            return
        }
        #expect(address.family == family)
        #expect(address.port == port)
    }

    @Test(
        "bad addresses",
        arguments: [
            "", "x", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "::1:80:x", "host:80", "unix:",
            "unix:" + String(repeating: "x", count: 108),
        ])
    func badAddress(text: String) {
        #expect(throws: RelayError.badAddress(text)) { try ListenerAddress(text) }
    }

    @Test(
        "which callers are on this machine",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("128.0.0.1", false), ("10.0.0.1", false),
            ("::1", true),
            ("::2", false), ("::ffff:127.0.0.1", true), ("::ffff:10.0.0.1", false), ("fe80::1", false),
        ])
    func loopback(host: String, expected: Bool) throws {
        let address = try #require(SocketAddress(host: host, port: 1))
        #expect(address.isLoopback == expected)
        #expect(address.hostText == host)
    }

    @Test("mail wakes a sleeping loop once, and a busy one not at all")
    func inbox() throws {
        let inbox = try LoopInbox()
        func wakeUps() -> UInt64 {
            var count: UInt64 = 0
            return eventfd_read(inbox.wakeUp, &count) == 0 ? count : 0
        }
        inbox.settle([1, 2, 3], .durable)
        #expect(wakeUps() == 0)
        #expect(!inbox.sleep())
        #expect(inbox.outcome(of: 2) == .durable)
        #expect(inbox.outcome(of: 2) == nil)
        #expect(inbox.take().settlements.map(\.token) == [1, 3])
        #expect(inbox.sleep())
        inbox.settle([4], .failed)
        inbox.settle([5], .durable)
        #expect(wakeUps() == 1)
        inbox.wake()
        let mail = inbox.take()
        #expect(mail.settlements.map(\.token) == [4, 5])
        #expect(mail.settlements.map(\.outcome) == [.failed, .durable])
        #expect(inbox.take().isEmpty)
    }

    @Test("a queue of bytes keeps order through growth and consumption")
    func queue() {
        var queue = ByteQueue()
        var next: UInt8 = 0
        var expected: UInt8 = 0
        var numbers = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            for _ in 0..<Int.random(in: 0...300, using: &numbers) {
                queue.append(next)
                next &+= 1
            }
            let take = Int.random(in: 0...queue.count, using: &numbers)
            for offset in 0..<take {
                if queue.front[offset] != expected &+ UInt8(offset & 255) { Issue.record("order") }
            }
            expected &+= UInt8(take & 255)
            queue.consume(take)
        }
        queue.clear()
        #expect(queue.capacity == 0)
        queue.append(decimal: 1_234_567_890)
        #expect(queue.withSpan { copy($0) } == "1234567890".bytes)
    }
}
