// The same exchange in other pieces is the same exchange: each response of the corpus is cut at every byte
// where it is short, and anywhere where it is long, and has to give the same usage.

import Mediation
import Terms

/// One pass over the corpus in many pieces.
struct CutRun {
    let verbose: Bool
    /// Up to this length a body is cut once at every byte and into single bytes.
    private static let short = 1500
    /// How often a longer one is cut, each time anew.
    private static let rounds = 12
    /// A fixed start, so that a failing run can be repeated.
    private var state: UInt64 = 0x2545_f491_4f6c_dd1d

    init(verbose: Bool) { self.verbose = verbose }

    /// - Returns: the exit code.
    mutating func run(_ corpus: [UInt8]) -> Int32 {
        var lines = LineReader(corpus)
        var exchanges = 0
        var cuts = 0
        var different = 0
        while let line = lines.next() {
            guard let exchange = try? RecordedExchange(line: corpus.span.extracting(line)) else {
                print("conformance: a line of the corpus is no exchange")
                return 1
            }
            exchanges += 1
            let whole = exchange.usage()
            for pieces in self.cuts(of: exchange.responseBody.count) {
                cuts += 1
                guard exchange.usage(cuts: pieces) != whole else { continue }
                different += 1
                if verbose { print("\(exchange.id)  differs when cut at \(pieces.prefix(8))") }
            }
        }
        print("exchanges \(exchanges), ways to cut their bodies \(cuts), different results \(different)")
        return different == 0 ? 0 : 2
    }

    private mutating func cuts(of count: Int) -> [[Int]] {
        guard count > 1 else { return [] }
        if count <= Self.short { return (1..<count).map { [$0] } + [Array(1..<count)] }
        return (0..<Self.rounds).map { round in
            // From pieces of a few bytes to pieces of a few thousand.
            let longest = 8 << (round % 10)
            var places: [Int] = []
            var at = 0
            while at < count {
                at += 1 + Int(next() % UInt64(longest))
                if at < count { places.append(at) }
            }
            return places
        }
    }

    private mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
