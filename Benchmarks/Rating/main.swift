// How many records a second are rated, on recorded exchanges and with all shipped prices loaded:
// `RateBench EXCHANGES.jsonl [IDS]` prints one number; IDS names a file with the ids of the exchanges that take
// part, one on each line. `scripts/compare-genai-prices` sets it beside another calculator's.
import Commands
import Glibc
import Mediation
import Rating
import Terms

func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// All lines of a file.
func lines(of path: String) -> [[UInt8]]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var lines: [[UInt8]] = []
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    while true {
        let count = getline(&line, &capacity, file)
        guard count > 0, let start = line else { return lines }
        lines.append(
            start.withMemoryRebound(to: UInt8.self, capacity: count) {
                Array(UnsafeBufferPointer(start: $0, count: count))
            })
    }
}

/// A usage that is rated where it lies: handing out a copy would cost a fourth of rating it.
final class Held {
    private let usage: Usage

    init(_ usage: Usage) { self.usage = usage }

    @inline(never)
    func rate(_ book: PriceBook, at instant: Instant) -> Rated {
        book.rate(usage, upstream: "up", at: instant)
    }
}

/// Nanoseconds that rating all of them takes, so many times.
func time(_ usages: [Held], _ book: PriceBook, at instant: Instant, rounds: Int) -> UInt64 {
    let start = now()
    for _ in 0..<rounds {
        for usage in usages { _ = usage.rate(book, at: instant) }
    }
    return now() - start
}

let arguments = CommandLine.arguments
guard (2...3).contains(arguments.count), let exchanges = lines(of: arguments[1]) else {
    print("usage: RateBench EXCHANGES.jsonl [IDS]")
    exit(64)
}
var wanted: Set<String>?
if arguments.count == 3 {
    wanted = Set((lines(of: arguments[2]) ?? []).map { String(decoding: $0.dropLast(), as: UTF8.self) })
}
var usages: [Usage] = []
for bytes in exchanges {
    guard let exchange = try? RecordedExchange(line: bytes.span), wanted?.contains(exchange.id) ?? true else {
        continue
    }
    let usage = exchange.usage()
    if usage.notBillable == nil, usage.components.contains(where: { !$0.readings.isEmpty }) {
        usages.append(usage)
    }
}
let book = try PriceSources.book(PriceSources.builtIn)
let instant = Instant(rfc3339: "2026-11-20T12:00:00Z")!
var priced = 0
for usage in usages where book.rate(usage, upstream: "up", at: instant).cost.list != nil { priced += 1 }
let rounds = 20
let held = usages.map(Held.init)
let samples = (0..<41).map { _ in time(held, book, at: instant, rounds: rounds) }
let median = samples.sorted()[20]
let rate = UInt64(usages.count * rounds) * 1_000_000_000 / median
print("\(rate) records per second, \(usages.count) records, \(priced) priced, \(book.entries.count) prices")
