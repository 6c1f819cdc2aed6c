// What the tap costs per exchange and per piece, in a release build: `swift run -c release TapBench`.
// Each figure is the median CPU time of many rounds (and the best round, for noisy machines); bodies
// are made here, of the sizes that providers send. An argument names the figures to make.

import Glibc
import Mediation
import Wire

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "walk" {
    exit(walk(CommandLine.arguments[2]))
}

func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Median nanoseconds per run of `work`, which reports how many units it did.
func measure(_ name: String, unit: String, rounds: Int = 41, _ work: () -> Int) {
    if CommandLine.arguments.count > 1, !name.contains(CommandLine.arguments[1]) { return }
    var samples: [Double] = []
    for _ in 0..<rounds {
        let start = now()
        let units = work()
        samples.append(Double(now() - start) / Double(units))
    }
    samples.sort()
    print("\(name): \(Int(samples[rounds / 2])) ns per \(unit) (best \(Int(samples[0])))")
}

let usageText =
    #"{"prompt_tokens":1200,"completion_tokens":300,"total_tokens":1500,"prompt_tokens_details":"#
    + #"{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64,"#
    + #""audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#

func chunk(_ text: String) -> [UInt8] {
    Array(
        (#"data: {"id":"chatcmpl-9xB2kQ1","object":"chat.completion.chunk","created":1760000000,"#
            + #""model":"gpt-5.4-2026-03-05","system_fingerprint":"fp_1","#
            + #""choices":[{"index":0,"delta":{"content":""#
            + text + #""},"finish_reason":null}]}"# + "\n\n").utf8)
}

func unary(_ size: Int) -> [UInt8] {
    let head =
        #"{"id":"chatcmpl-9xB2kQ1","object":"chat.completion","created":1760000000,"model":"gpt-5.4","#
        + #""choices":[{"index":0,"message":{"role":"assistant","content":""#
    let tail = #"","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":"# + usageText + "}"
    let words = "The harbour master kept a ledger of every barge.\\n"
    var text = ""
    while text.utf8.count < max(0, size - head.utf8.count - tail.utf8.count) { text += words }
    return Array((head + text + tail).utf8)
}

func request(_ size: Int) -> [UInt8] {
    var turns: [String] = []
    var count = 0
    while count < size {
        let turn =
            #"{"role":"user","content":""# + String(repeating: "What does the ledger say of May? ", count: 40)
            + #""}"#
        turns.append(turn)
        count += turn.utf8.count
    }
    return Array(
        (#"{"model":"gpt-5.4","stream":true,"messages":["# + turns.joined(separator: ",") + "]}").utf8)
}

let opening = ExchangeOpening(method: "POST", path: "/v1/chat/completions", host: "api.openai.com")

func streaming(withholding: Bool) -> Mediator {
    var mediator = Mediator(opening)
    mediator.requestBody(Array(#"{"model":"gpt-5.4","stream":true}"#.utf8).span)
    mediator.requestEnd()
    if withholding { mediator.usageAsked() }
    mediator.responseHead(status: 200) { $0 == "content-type" ? "text/event-stream" : nil }
    return mediator
}

let piece = chunk(" harbour")
for withholding in [false, true] {
    let name = withholding ? "SSE piece, usage asked for" : "SSE piece"
    measure("\(name) (\(piece.count) B)", unit: "piece") {
        var mediator = streaming(withholding: withholding)
        for _ in 0..<2000 { _ = mediator.responseBody(piece.span) }
        return 2000
    }
}
for size in [2048, 4096, 6144, 65536] {
    let body = unary(size)
    measure("unary response, whole exchange (\(body.count) B)", unit: "exchange") {
        for _ in 0..<200 {
            var mediator = Mediator(opening)
            mediator.requestEnd()
            mediator.responseHead(status: 200) { $0 == "content-type" ? "application/json" : nil }
            _ = mediator.responseBody(body.span)
            _ = mediator.finish(.complete)
        }
        return 200
    }
}
for size in [2048, 188_000] {
    let body = request(size)
    measure("request (\(body.count) B)", unit: "request") {
        for _ in 0..<100 {
            var mediator = Mediator(opening)
            mediator.requestBody(body.span)
            mediator.requestEnd()
        }
        return 100
    }
}
let selection = JSONSelection([("usage", .keep(slot: 0))])
for size in [6144, 1 << 20] {
    let body = unary(size)
    measure("scanner alone (\(body.count) B)", unit: "document") {
        let scanner = JSONScanner(selection)
        for _ in 0..<50 {
            scanner.reset()
            _ = scanner.feed(body.span, from: 0, to: body.count)
        }
        return 50
    }
}
let long = Array(("\"" + String(repeating: "x", count: 1 << 20) + "\"").utf8)
measure("one string of 1 MiB", unit: "string") {
    let scanner = JSONScanner(selection)
    _ = scanner.feed(long.span, from: 0, to: long.count)
    return 1
}
