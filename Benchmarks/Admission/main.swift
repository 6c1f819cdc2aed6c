// What admission costs one call, in time of its thread: asking the budgets before it is sent, capturing what
// it used at its end, and taking note of its posting. `AdmissionBench` prints one line for each number of
// budgets that count the call.
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
