// How many records a second are rated, on recorded exchanges and with all shipped prices loaded:
// `RateBench EXCHANGES.jsonl` prints one number. `scripts/compare-genai-prices` sets it beside another
// calculator's.
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

/// A usage that is read where it lies, as the shipper does: copying one costs a fifth of rating it.
final class Held {
    let usage: Usage
    init(_ usage: Usage) { self.usage = usage }
}

guard CommandLine.arguments.count == 2, let file = fopen(CommandLine.arguments[1], "r") else {
    print("usage: RateBench EXCHANGES.jsonl")
    exit(64)
}
var usages: [Usage] = []
var line: UnsafeMutablePointer<CChar>?
var capacity = 0
while true {
    let count = getline(&line, &capacity, file)
    guard count > 0, let start = line else { break }
    let bytes = start.withMemoryRebound(to: UInt8.self, capacity: count) {
        Array(UnsafeBufferPointer(start: $0, count: count))
    }
    guard let exchange = try? RecordedExchange(line: bytes.span) else { continue }
    let usage = exchange.usage()
    if usage.notBillable == nil, usage.components.contains(where: { !$0.readings.isEmpty }) {
        usages.append(usage)
    }
}
let book = try PriceSources.book(PriceSources.builtIn)
let instant = Instant(rfc3339: "2026-11-20T12:00:00Z")!
var priced = 0
for usage in usages where book.rate(usage, upstream: "up", at: instant).cost.list != nil { priced += 1 }
let held = usages.map(Held.init)
var samples: [UInt64] = []
for _ in 0..<41 {
    let start = now()
    for _ in 0..<20 {
        for one in held { _ = book.rate(one.usage, upstream: "up", at: instant) }
    }
    samples.append(now() - start)
}
let median = samples.sorted()[20]
let rate = UInt64(usages.count) * 20 * 1_000_000_000 / median
print("\(rate) records per second, \(usages.count) records, \(priced) priced, \(book.entries.count) prices")
