// The demo's upstreams: all of them the simulated provider, each under the name and with the spelling of a
// real one.

enum DemoUpstreams {
    /// Name, the simulator's path prefix, and the provider where the name does not say it.
    private static let all: [(name: String, prefix: String, provider: String?)] = [
        ("openai", "openai", nil), ("anthropic", "anthropic", nil), ("google", "google", nil),
        ("mistral", "mistral", nil), ("deepseek", "deepseek", nil), ("ollama", "ollama", nil),
        ("vllm", "silent", nil), ("legacy", "silent", "openai"),
    ]

    static var names: [String] { all.map(\.name) }

    /// The `upstreams:` block of a configuration.
    static func yaml(simulatorPort: UInt16) -> String {
        var text = "upstreams:\n"
        for upstream in all {
            text += "  \(upstream.name):\n    url: http://127.0.0.1:\(simulatorPort)/\(upstream.prefix)\n"
            if let provider = upstream.provider { text += "    provider: \(provider)\n" }
        }
        return text
    }
}
