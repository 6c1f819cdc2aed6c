// The shipper's decisions against every order of failures that a seed can think of. No thread, no clock, no
// file: thousands of schedules a second.
import Foundation
import Testing

@testable import Commands

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Chance: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A spool as a number line, and a ledger that books what it has not got.
private struct World {
    var chance: Chance
    var steps = ShippingSteps()
    var durable = 0
    var cursor = 0
    var readTo = 0
    var batch: Range<Int>?
    var booked: Set<Int> = []
    var bookings = 0
    var problem: String?

    init(seed: UInt64) { chance = Chance(seed: seed) }

    mutating func draw(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &chance) }

    mutating func fail(_ text: String) { problem = problem ?? text }

    mutating func commit(_ numbers: Range<Int>) {
        for number in numbers where booked.insert(number).inserted { bookings += 1 }
    }

    /// - Parameter faults: whether anything may go wrong.
    mutating func perform(_ action: ShippingSteps.Action, faults: Bool) -> ShippingSteps.Event {
        switch action {
        case .read:
            if batch != nil { fail("read while a batch is held") }
            let count = min(durable - readTo, faults ? 1 + draw(ShippingSteps.batch) : ShippingSteps.batch)
            guard count > 0 else { return .read(records: 0) }
            batch = readTo..<readTo + count
            readTo += count
            return .read(records: count)
        case .post(let limit):
            guard let batch else {
                fail("post without a batch")
                return .posted
            }
            if !(1...ShippingSteps.batch).contains(limit) { fail("a transaction of \(limit)") }
            guard faults else {
                commit(batch)
                return .posted
            }
            switch draw(6) {
            case 0: return .failed(slow: false)
            case 1: return .failed(slow: true)
            case 2:
                // The answer to the commit got lost.
                commit(batch)
                return .failed(slow: false)
            case 3:
                let some = min(batch.count, limit * draw(3))
                commit(batch.lowerBound..<batch.lowerBound + some)
                return .failed(slow: true)
            default:
                commit(batch)
                return .posted
            }
        case .release:
            guard let held = batch, held.allSatisfy(booked.contains) else {
                fail("released before it was committed")
                return .released
            }
            cursor = held.upperBound
            batch = nil
            return .released
        case .pause(let milliseconds):
            if !(0...ShippingSteps.longestPause).contains(milliseconds) { fail("a pause of \(milliseconds)") }
            return .paused
        case .end: return .began
        }
    }

    /// The process dies and starts again: it knows what is on disk.
    mutating func crash() {
        steps = ShippingSteps()
        batch = nil
        readTo = cursor
    }

    mutating func run() {
        var action = steps.after(.began)
        for _ in 0..<60 {
            durable += draw(4) == 0 ? draw(700) : draw(3)
            if draw(12) == 0 {
                crash()
                action = steps.after(.began)
                continue
            }
            let event = perform(action, faults: true)
            action = steps.after(event, chance: UInt32(truncatingIfNeeded: chance.next()))
            if action == .end { fail("ended unasked") }
        }
        steps.stop = .draining
        for _ in 0..<10_000 where action != .end {
            let event = perform(action, faults: false)
            action = steps.after(event, chance: 0)
        }
        if action != .end { fail("never ended") }
        if booked != Set(0..<durable) || bookings != durable || cursor != durable {
            fail("\(bookings) booked, \(cursor) released of \(durable)")
        }
    }
}

@Suite struct ShippingSimulationTests {
    /// Schedules of a run; `TOLLBOOK_SCHEDULES` asks for more.
    static let schedules =
        ProcessInfo.processInfo.environment["TOLLBOOK_SCHEDULES"].flatMap { UInt64($0) } ?? 2000

    @Test("in any order of crashes, failures and lost answers everything is booked once, and then let go")
    func schedules() {
        for seed in 0..<Self.schedules {
            var world = World(seed: seed)
            world.run()
            if let problem = world.problem { Issue.record("seed \(seed): \(problem)") }
        }
    }

    @Test("pauses double up to their limit and begin anew after a success; slow answers halve the batch")
    func backOff() {
        var steps = ShippingSteps()
        _ = steps.after(.began)
        #expect(steps.after(.read(records: 3)) == .post(atMost: 1000))
        var pauses: [Int] = []
        for _ in 0..<8 {
            guard case .pause(let milliseconds) = steps.after(.failed(slow: false), chance: 0) else { return }
            pauses.append(milliseconds)
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1600, 2500, 2500])
        #expect(steps.after(.failed(slow: true), chance: 4_000_000_000) == .pause(milliseconds: 2500 + 640))
        #expect(steps.after(.paused) == .post(atMost: 500))
        _ = steps.after(.failed(slow: true))
        #expect(steps.after(.paused) == .post(atMost: 250))
        #expect(steps.after(.posted) == .release)
        #expect(steps.after(.released) == .pause(milliseconds: 100))
        #expect(steps.after(.paused) == .read)
        #expect(steps.after(.read(records: 1000)) == .post(atMost: 500))
        _ = steps.after(.posted)
        #expect(steps.after(.released) == .read)
        #expect(steps.after(.read(records: 0)) == .read)
        steps.stop = .draining
        #expect(steps.after(.read(records: 0)) == .end)
        steps.stop = .overdue
        #expect(steps.after(.failed(slow: false)) == .end)
    }
}
