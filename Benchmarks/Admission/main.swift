// What admission costs one call, in time of its thread: who calls, by a gateway key that was verified before,
// and whose spend it is; looking through a body of 2 KB for what it does not hold; asking the budgets before
// it is sent, capturing what it used at its end, and taking note of its posting. `AdmissionBench` prints each
// part and their sum, medians of 21 rounds, and exits 2 when a call with a key and five budgets takes more
// than the limit.
import Commands
import Glibc
import Terms

func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

let instant = Instant(rfc3339: "2026-11-21T12:00:00Z")!
let calls: UInt64 = 20_000
/// Nanoseconds that admission may take of a call.
let limit: UInt64 = 5000

/// Nanoseconds a call; ends the program when one of them is not decided as it should be.
func measure(_ what: String, _ call: (UInt64) -> Bool) -> UInt64 {
    var samples: [UInt64] = []
    var right: UInt64 = 0
    for round in 0..<21 as Range<UInt64> {
        let start = now()
        for number in 0..<calls where call(round * calls + number) { right += 1 }
        samples.append(now() - start)
    }
    guard right == calls * 21 else {
        print("\(what): \(calls * 21 - right) calls were not decided as they should be")
        exit(1)
    }
    let nanoseconds = samples.sorted()[10] / calls
    print("\(what): \(nanoseconds) ns per call")
    return nanoseconds
}

var keyed: UInt64 = 0
for keys in [0, 1, 1000] {
    var probe = try KeyProbe(keys: keys, bodyBytes: 2048, at: instant)
    keyed = measure("caller among \(keys) keys") { _ in probe.call() }
}
let body = try KeyProbe(keys: 0, bodyBytes: 2048, at: instant)
let looked = measure("body of 2 KB looked through") { _ in body.reach() }
var counted: [Int: UInt64] = [:]
for budgets in [0, 1, 2, 5, 10] {
    let probe = try AdmissionProbe(budgets: budgets, at: instant)
    counted[budgets] = measure("\(budgets) budgets") { probe.call($0) == (budgets > 0) }
}
for budgets in [1, 2, 5, 10] {
    print("key, body and \(budgets) budgets: \(keyed + looked + counted[budgets]!) ns per call")
}
exit(keyed + looked + counted[5]! > limit ? 2 : 0)
