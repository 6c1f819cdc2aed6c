// The demo's traffic: three companies and somebody unknown, seven upstreams, every dialect that the proxy
// knows, streamed and not, with caches, reasoning, searches, errors, estimates and people who hang up.
// Token counts are round, so that each amount can be worked out with a pencil: "100k × 0.15" means
// 100,000 tokens at 0.15 US dollars a million.

enum DemoScenario {
    static let cases = acme + globex + initech + nobody

    /// Requests of the whole scenario.
    static var requests: Int { cases.reduce(0) { $0 + $1.times } }

    private static let question = #""messages":[{"role":"user","content":"How do tolls work?"}]"#
    private static let stream = #""stream":true"#
    private static let includeUsage = #""stream":true,"stream_options":{"include_usage":true}"#
    private static let contents = #""contents":[{"role":"user","parts":[{"text":"How do tolls work?"}]}]"#

    private static let alice = DemoCaller.headers(
        tenant: "acme", user: "alice", labels: "team=search,env=prod")
    private static let bob = DemoCaller.headers(tenant: "acme", user: "bob", labels: "team=search,env=dev")
    private static let carol = DemoCaller.headers(tenant: "globex", user: "carol", labels: "team=assistant")
    private static let dave = DemoCaller.headers(tenant: "globex", user: "dave", labels: "team=archive")
    private static let erin = DemoCaller.metadata(tenant: "initech", user: "erin", playbook: "invoices")
    private static let frank = DemoCaller.headers(tenant: "initech", user: "frank", labels: "team=lab")

    /// OpenAI: chat, responses, embeddings; a client that hangs up; errors.
    private static let acme: [DemoCase] = [
        DemoCase(
            name: "chat", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question)"#, caller: alice,
            hints: "input=100000,output=10000", times: 10, amount: "0.021",
            arithmetic: "100k × 0.15 + 10k × 0.60"),
        // The client does not ask for usage: the proxy does, and keeps the extra chunk to itself.
        DemoCase(
            name: "chat-stream", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question),\#(stream)"#, caller: bob,
            hints: "input=100000,output=10000,pace=1000", times: 10, amount: "0.021",
            arithmetic: "100k × 0.15 + 10k × 0.60"),
        DemoCase(
            name: "chat-cached", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-5-mini",\#(question),\#(includeUsage)"#, caller: alice,
            hints: "input=200000,cached=100000,output=20000,reasoning=10000", times: 5, amount: "0.0675",
            arithmetic: "100k × 0.25 + 100k cached × 0.025 + 20k × 2.00, half of them reasoning"),
        DemoCase(
            name: "responses", upstream: "openai", path: "/v1/responses",
            body: #""model":"gpt-5.4","input":"How do tolls work?""#, caller: alice,
            hints: "input=100000,output=10000,reasoning=4000", times: 5, amount: "0.4",
            arithmetic: "100k × 2.50 + 10k × 15.00"),
        DemoCase(
            name: "responses-stream", upstream: "openai", path: "/v1/responses",
            body: #""model":"gpt-5.4","input":"How do tolls work?",\#(stream)"#, caller: bob,
            hints: "input=100000,output=10000,searches=1", times: 5, amount: "0.41",
            arithmetic: "100k × 2.50 + 10k × 15.00 + 1 search × 0.01"),
        DemoCase(
            name: "embeddings", upstream: "openai", path: "/v1/embeddings",
            body: #""model":"text-embedding-3-small","input":"tolls""#, caller: bob,
            hints: "input=500000", times: 10, amount: "0.01", arithmetic: "500k × 0.02"),
        // Gone after the first words: the provider bills the whole answer, so the proxy reads on.
        DemoCase(
            name: "hang-up", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question),\#(stream)"#, caller: bob,
            hints: "input=100000,output=10000,frames=20,pace=5000", times: 2,
            outcome: .leaves(afterBytes: 300), amount: "0.021", arithmetic: "100k × 0.15 + 10k × 0.60"),
        DemoCase(
            name: "rate-limited", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question)"#, caller: alice, hints: "status=429", times: 2,
            outcome: .refused(429), amount: "0", arithmetic: "refused by the provider: nothing is billed"),
        DemoCase(
            name: "server-error", upstream: "openai", path: "/v1/responses",
            body: #""model":"gpt-5.4","input":"How do tolls work?""#, caller: alice, hints: "status=500",
            times: 1, outcome: .refused(500), amount: "0",
            arithmetic: "failed at the provider: nothing is billed"),
        DemoCase(
            name: "compressed", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question)"#, caller: alice,
            hints: "input=100000,output=10000,gzip=accepted", times: 2, amount: "0.021",
            arithmetic: "100k × 0.15 + 10k × 0.60, read through gzip"),
    ]

    /// Anthropic and Gemini: caches with two times to live, searches, thoughts, three framings.
    private static let globex: [DemoCase] = [
        DemoCase(
            name: "messages", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-sonnet-4-5","max_tokens":20000,\#(question)"#, caller: carol,
            hints: "input=100000,output=10000", times: 10, amount: "0.45",
            arithmetic: "100k × 3.00 + 10k × 15.00"),
        DemoCase(
            name: "messages-cached", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-sonnet-4-5","max_tokens":20000,\#(question),\#(stream)"#, caller: carol,
            hints: "input=100000,cached=80000,write=10000,write1h=5000,output=2000,pace=1000", times: 10,
            amount: "0.1365",
            arithmetic:
                "5k × 3.00 + 80k read × 0.30 + 10k written × 3.75 + 5k for an hour × 6.00 + 2k × 15.00"),
        DemoCase(
            name: "messages-search", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-haiku-4-5","max_tokens":20000,\#(question),\#(stream)"#, caller: dave,
            hints: "input=100000,output=10000,searches=2", times: 5, amount: "0.17",
            arithmetic: "100k × 1.00 + 10k × 5.00 + 2 searches × 0.01"),
        DemoCase(
            name: "overloaded", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-sonnet-4-5","max_tokens":20000,\#(question)"#, caller: carol,
            hints: "status=529", times: 1, outcome: .refused(529), amount: "0",
            arithmetic: "refused by the provider: nothing is billed"),
        DemoCase(
            name: "error-in-stream", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-haiku-4-5","max_tokens":20000,\#(question),\#(stream)"#, caller: dave,
            hints: "input=100000,output=10000,fail=3", times: 1, outcome: .fails, amount: nil,
            arithmetic: "the output is estimated"),
        DemoCase(
            name: "gemini", upstream: "google", path: "/v1beta/models/gemini-2.5-flash:generateContent",
            body: contents, caller: dave, hints: "input=100000,output=10000,reasoning=4000", times: 10,
            amount: "0.055", arithmetic: "100k × 0.30 + 10k × 2.50, thoughts included"),
        DemoCase(
            name: "gemini-sse", upstream: "google",
            path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", body: contents,
            caller: dave, hints: "input=100000,cached=50000,output=10000,pace=1000", times: 5,
            amount: "0.0415", arithmetic: "50k × 0.30 + 50k cached × 0.03 + 10k × 2.50"),
        DemoCase(
            name: "gemini-array", upstream: "google",
            path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent", body: contents, caller: dave,
            hints: "input=100000,output=10000", times: 5, amount: "0.055",
            arithmetic: "100k × 0.30 + 10k × 2.50"),
        DemoCase(
            name: "broken-stream", upstream: "anthropic", path: "/v1/messages",
            body: #""model":"claude-haiku-4-5","max_tokens":20000,\#(question),\#(stream)"#, caller: dave,
            hints: "input=100000,output=10000,cut=4", times: 1, outcome: .breaks, amount: nil,
            arithmetic: "the output is estimated"),
    ]

    /// Smaller providers and own machines; attribution by the body; servers that say nothing.
    private static let initech: [DemoCase] = [
        DemoCase(
            name: "mistral", upstream: "mistral", path: "/v1/chat/completions",
            body: #""model":"mistral-small-latest",\#(question)"#, caller: erin,
            hints: "input=100000,output=10000", times: 10, amount: "0.021",
            arithmetic: "100k × 0.15 + 10k × 0.60"),
        DemoCase(
            name: "deepseek", upstream: "deepseek", path: "/v1/chat/completions",
            body: #""model":"deepseek-chat",\#(question)"#, caller: erin,
            hints: "input=100000,cached=50000,output=10000", times: 10, amount: "0.0196",
            arithmetic: "50k × 0.28 + 50k hits × 0.028 + 10k × 0.42"),
        DemoCase(
            name: "deepseek-stream", upstream: "deepseek", path: "/v1/chat/completions",
            body: #""model":"deepseek-chat",\#(question),\#(stream)"#, caller: erin,
            hints: "input=100000,output=10000,pace=1000", times: 5, amount: "0.0322",
            arithmetic: "100k × 0.28 + 10k × 0.42"),
        DemoCase(
            name: "ollama-chat", upstream: "ollama", path: "/api/chat",
            body: #""model":"llama3.2",\#(question)"#, caller: frank, hints: "input=2000,output=500",
            times: 10, amount: "0", arithmetic: "an own machine: counted, free"),
        DemoCase(
            name: "ollama-generate", upstream: "ollama", path: "/api/generate",
            body: #""model":"llama3.2","prompt":"How do tolls work?","stream":false"#, caller: frank,
            hints: "input=2000,output=500", times: 5, amount: "0", arithmetic: "an own machine: counted, free"
        ),
        // A server that never reports usage: what it used is estimated and marked.
        DemoCase(
            name: "silent", upstream: "vllm", path: "/v1/chat/completions",
            body: #""model":"qwen3-8b","max_tokens":500,\#(question),\#(stream)"#, caller: frank,
            hints: "output=500", times: 3, amount: nil, arithmetic: "estimated, and free: an own machine"),
        DemoCase(
            name: "silent-priced", upstream: "legacy", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini","max_tokens":500,\#(question)"#, caller: erin,
            hints: "output=500", times: 2, amount: nil, arithmetic: "estimated from the words"),
        DemoCase(
            name: "slow", upstream: "mistral", path: "/v1/chat/completions",
            body: #""model":"mistral-small-latest",\#(question),\#(stream)"#, caller: erin,
            hints: "input=100000,output=10000,first=200,pace=2000", times: 1, amount: "0.021",
            arithmetic: "100k × 0.15 + 10k × 0.60"),
        DemoCase(
            name: "unpriced", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-nobody-has-priced",\#(question)"#, caller: frank,
            hints: "input=100000,output=10000", times: 1, amount: nil,
            arithmetic: "no price is known: shown as unpriced, never as 0"),
    ]

    private static let nobody: [DemoCase] = [
        DemoCase(
            name: "unattributed", upstream: "openai", path: "/v1/chat/completions",
            body: #""model":"gpt-4o-mini",\#(question)"#, caller: .nobody, hints: "input=100000,output=10000",
            times: 2, amount: "0.021", arithmetic: "100k × 0.15 + 10k × 0.60")
    ]
}
