// What admission costs one call, in time of its thread: asking the budgets before it is sent, capturing what
// it used at its end, and taking note of its posting. `AdmissionBench` prints one line for each number of
// budgets that count the call, one for each number of keys in use (who calls, by a key that was verified before,
// and whose spend it is), and one for looking through a body.
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
for budgets in [0, 1, 2, 5, 10] {
    let probe = try AdmissionProbe(budgets: budgets, at: instant)
    var samples: [UInt64] = []
    var passed = 0
    for round in 0..<21 as Range<UInt64> {
        let start = now()
        for number in 0..<calls where probe.call(round * calls + number) { passed += 1 }
        samples.append(now() - start)
    }
    let nanoseconds = samples.sorted()[10] / calls
    print("\(budgets) budgets: \(nanoseconds) ns per call, \(passed) of \(calls * 21) passed")
}
for keys in [0, 1, 1000] {
    var probe = try KeyProbe(keys: keys, bodyBytes: 2048, at: instant)
    var samples: [UInt64] = []
    var right = 0
    for _ in 0..<21 {
        let start = now()
        for _ in 0..<calls where probe.call() { right += 1 }
        samples.append(now() - start)
    }
    print("\(keys) keys: \(samples.sorted()[10] / calls) ns per call, \(right) of \(calls * 21) attributed")
}
let probe = try KeyProbe(keys: 0, bodyBytes: 2048, at: instant)
var samples: [UInt64] = []
for _ in 0..<21 {
    let start = now()
    for _ in 0..<calls { precondition(probe.reach(), "nothing lies outside of this body") }
    samples.append(now() - start)
}
print("body of 2 KB looked through: \(samples.sorted()[10] / calls) ns per call")
