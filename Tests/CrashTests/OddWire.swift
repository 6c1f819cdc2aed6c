// A cable to PostgreSQL on which answers change their shape: rows and columns get lost, values become null,
// empty or of another length. Every statement does in the database what it should; only what comes back is
// odd. Which answers and how follows from a seed.
import Foundation
import Synchronization

final class OddWire: Sendable {
    enum Change: CaseIterable {
        case noRows, fewerColumns, noColumns, nulls, lastNull, empty, longer, shorter, twice
    }

    private let choices = OddChoices()
    private let relay: SocketRelay

    /// - Parameter target: the server's socket.
    init(to target: String, in directory: String) throws {
        relay = try SocketRelay(to: target, in: directory) { [choices] in OddCable(choices: choices) }
    }

    /// For libpq's `host=`.
    var directory: String { relay.directory }

    /// From here on so many answers of 100 are odd, chosen by the seed.
    func set(seed: UInt64, share: UInt64) { choices.set(seed: seed, share: share) }

    var changed: Int { choices.changed }

    func stop() { relay.stop() }
}

/// Which answers are changed and how.
private final class OddChoices: Sendable {
    private struct State {
        var random = SeededNumbers(seed: 0)
        /// Of 100 answers with columns, those that are changed.
        var share: UInt64 = 0
        var changed = 0
    }
    private let state = Mutex(State())

    func set(seed: UInt64, share: UInt64) {
        state.withLock { state in
            state.random = SeededNumbers(seed: seed)
            state.share = share
        }
    }

    var changed: Int { state.withLock { $0.changed } }

    /// What happens to the next answer.
    func next() -> OddWire.Change? {
        state.withLock { state in
            guard state.random.next() % 100 < state.share else { return nil }
            state.changed += 1
            return OddWire.Change.allCases[Int(state.random.next() % UInt64(OddWire.Change.allCases.count))]
        }
    }
}

private struct OddCable: Cable {
    let choices: OddChoices
    private var answers = Answers()

    init(choices: OddChoices) { self.choices = choices }

    func isCut() -> Bool { false }

    mutating func carry(_ bytes: ArraySlice<UInt8>, to peer: Int32, isOurs: Bool) -> Bool {
        let bytes = isOurs ? bytes : answers.take(bytes, choose: choices.next)[...]
        return UnixSocket.sendAll(bytes, to: peer)
    }
}

/// The server's messages of one session, cut out of its bytes.
private struct Answers {
    private var pending: [UInt8] = []
    private var change: OddWire.Change?

    mutating func take(_ bytes: ArraySlice<UInt8>, choose: () -> OddWire.Change?) -> [UInt8] {
        pending += bytes
        var out: [UInt8] = []
        var at = 0
        while pending.count - at >= 5 {
            let length = pending[(at + 1)..<(at + 5)].reduce(0) { $0 << 8 | Int($1) }
            guard length >= 4, pending.count - at > length else { break }
            let body = Array(pending[(at + 5)..<(at + length + 1)])
            switch pending[at] {
            case UInt8(ascii: "T"):
                change = choose()
                out += Self.message("T", description(body))
            case UInt8(ascii: "D"): out += row(body)
            default: out += pending[at...(at + length)]
            }
            at += length + 1
        }
        pending.removeFirst(at)
        return out
    }

    private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
        [UInt8(ascii: kind)] + number(body.count + 4, bytes: 4) + body
    }

    private static func number(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private func kept(_ columns: Int) -> Int {
        switch change {
        case .fewerColumns: max(columns - 1, 0)
        case .noColumns: 0
        default: columns
        }
    }

    /// The names and types of the columns; each is a text and 18 more bytes.
    private func description(_ body: [UInt8]) -> [UInt8] {
        let count = Int(body[0]) << 8 | Int(body[1])
        var end = 2
        for _ in 0..<kept(count) {
            while body[end] != 0 { end += 1 }
            end += 19
        }
        return Self.number(kept(count), bytes: 2) + body[2..<end]
    }

    private func row(_ body: [UInt8]) -> [UInt8] {
        guard let change else { return Self.message("D", body) }
        let count = Int(body[0]) << 8 | Int(body[1])
        var at = 2
        var changed = Self.number(kept(count), bytes: 2)
        for column in 0..<kept(count) {
            let length = body[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            // 2³² - 1 says null.
            let value = length > body.count ? nil : Array(body[(at + 4)..<(at + 4 + length)])
            at += 4 + (value?.count ?? 0)
            let odd: [UInt8]? =
                switch change {
                case .nulls: nil
                case .lastNull: column == count - 1 ? nil : value
                case .empty: []
                case .longer: value.map { $0 + [0] }
                case .shorter: value.map { Array($0.dropLast()) }
                default: value
                }
            changed += odd.map { Self.number($0.count, bytes: 4) + $0 } ?? [255, 255, 255, 255]
        }
        switch change {
        case .noRows: return []
        case .twice: return Self.message("D", body) + Self.message("D", body)
        default: return Self.message("D", changed)
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
