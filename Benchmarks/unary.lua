-- wrk's side of the unary load: a chat completion of 2 KB (or BENCH_BODY bytes), answered by 4 KB.
-- wrk -s unary.lua URL
local start = '{"model":"gpt-4o-mini","max_tokens":200,"messages":[{"role":"user","content":"'
local finish = '"}]}'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-simulated"
-- The rest of the answer's 4,096 bytes is its JSON frame.
wrk.headers["x-sim-text"] = "3525"
wrk.headers["x-sim-input"] = "500"
wrk.headers["x-sim-output"] = "200"
local size = tonumber(os.getenv("BENCH_BODY") or "2048")
wrk.body = start .. string.rep("a", size - #start - #finish) .. finish

-- One line for the script: requests, errors, microseconds, latencies.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "result %d %d %d %d %d\n", summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout, summary.duration,
        latency:percentile(50), latency:percentile(99)))
end
