// Which provider stands behind a host, and what is known of providers beside their dialects.

/// What is known of one provider.
struct Provider: Sendable {
    let name: String
    /// Hosts: exact, or every host that ends so when it begins with a dot.
    let hosts: [String]
    /// Streams state usage without being asked, or refuse to be asked.
    var statesUsageUnasked = false
    /// Zero counts mean that the server did not count.
    var zeroIsPlaceholder = false

    init(_ name: String, _ hosts: [String], statesUsageUnasked: Bool = false, zeroIsPlaceholder: Bool = false)
    {
        self.name = name
        self.hosts = hosts
        self.statesUsageUnasked = statesUsageUnasked
        self.zeroIsPlaceholder = zeroIsPlaceholder
    }

    static let unknown = "unknown"

    static let all: [Provider] = [
        Provider("openai", ["api.openai.com", ".api.openai.com"]),
        Provider("chatgpt_codex", ["chatgpt.com"]),
        Provider(
            "azure",
            [
                ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
                "models.inference.ai.azure.com", ".models.ai.azure.com",
            ]),
        Provider("anthropic", ["api.anthropic.com"]),
        Provider("bedrock_mantle", []),
        Provider("bedrock", [".amazonaws.com"]),
        Provider("google", ["generativelanguage.googleapis.com"]),
        Provider(
            "vertex", ["aiplatform.googleapis.com", ".aiplatform.googleapis.com", ".rep.googleapis.com"]),
        Provider("mistral", ["api.mistral.ai", "codestral.mistral.ai"], statesUsageUnasked: true),
        Provider("cohere", ["api.cohere.com", "api.cohere.ai"]),
        Provider("groq", ["api.groq.com"], statesUsageUnasked: true),
        Provider("deepseek", ["api.deepseek.com"], statesUsageUnasked: true),
        Provider("xai", ["api.x.ai", ".api.x.ai"], statesUsageUnasked: true),
        Provider("openrouter", ["openrouter.ai"], statesUsageUnasked: true),
        Provider("perplexity", ["api.perplexity.ai"], statesUsageUnasked: true),
        Provider("together", ["api.together.xyz", "api.together.ai"]),
        Provider("fireworks", ["api.fireworks.ai"]),
        Provider("cerebras", ["api.cerebras.ai"], statesUsageUnasked: true),
        Provider("sambanova", ["api.sambanova.ai"], statesUsageUnasked: true),
        Provider("nvidia", ["integrate.api.nvidia.com"]),
        Provider("huggingface", ["router.huggingface.co", "api-inference.huggingface.co"]),
        Provider("replicate", ["api.replicate.com"]),
        Provider("cloudflare", ["api.cloudflare.com", "gateway.ai.cloudflare.com"]),
        Provider("github_models", ["models.github.ai"]),
        Provider("github_copilot", ["api.githubcopilot.com", ".githubcopilot.com"]),
        Provider("moonshot", ["api.moonshot.ai", "api.moonshot.cn"]),
        Provider("zai", ["api.z.ai", "open.bigmodel.cn"], statesUsageUnasked: true),
        Provider("minimax", ["api.minimax.io", "api.minimaxi.com", "api.minimax.chat"]),
        Provider(
            "alibaba",
            [
                "dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com",
            ]),
        Provider("baidu", ["qianfan.baidubce.com", "aip.baidubce.com"], statesUsageUnasked: true),
        Provider("ark", [".volces.com"]),
        Provider("stepfun", ["api.stepfun.com"]),
        Provider("watsonx", [".ml.cloud.ibm.com"]),
        Provider(
            "databricks", [".cloud.databricks.com", ".azuredatabricks.net"], statesUsageUnasked: true),
        Provider("snowflake", [".snowflakecomputing.com"]),
        Provider("voyage", ["api.voyageai.com"]),
        Provider("jina", ["api.jina.ai"]),
        Provider("venice", ["api.venice.ai"]),
        Provider("writer", ["api.writer.com"]),
        Provider("doubleword", ["api.doubleword.ai"]),
        Provider("crusoe", ["api.inference.crusoecloud.com"]),
        Provider("heroku", [".inference.heroku.com"]),
        Provider("ovhcloud", [".endpoints.kepler.ai.cloud.ovh.net", ".ai.cloud.ovh.net"]),
        Provider("portkey", ["api.portkey.ai"]),
        Provider("pydantic_gateway", ["gateway.pydantic.dev"]),
        Provider("aleph_alpha", ["api.aleph-alpha.com"]),
        Provider("sagemaker", []),
        Provider("tencent", ["hunyuan.tencentcloudapi.com"]),
        Provider("ollama", ["ollama.com"]),
        Provider("llamacpp", []),
        Provider("vllm", []),
        Provider("sglang", []),
        Provider("lmstudio", []),
        Provider("mistralrs", []),
        Provider("mlx_server", []),
        Provider("gpustack", []),
        Provider("litellm_proxy", []),
        Provider("huggingface_tgi", [".endpoints.huggingface.cloud"]),
        Provider("koboldcpp", [], zeroIsPlaceholder: true),
        Provider("text_generation_webui", [], zeroIsPlaceholder: true),
        Provider("calute", [], zeroIsPlaceholder: true),
        Provider("reframr", [], zeroIsPlaceholder: true),
        Provider("localai", []),
        Provider("openai_compatible_misc", []),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    private static let byHost = Dictionary(
        all.flatMap { provider in provider.hosts.filter { !$0.hasPrefix(".") }.map { ($0, provider) } },
        uniquingKeysWith: { first, _ in first })
    /// Endings of hosts, the longest first.
    private static let byEnding: [(ending: String, provider: Provider)] = all.flatMap { provider in
        provider.hosts.filter { $0.hasPrefix(".") }.map { ($0, provider) }
    }.sorted { $0.0.utf8.count > $1.0.utf8.count }

    /// The provider of a known name; `-` equals `_`.
    static func named(_ name: String) -> Provider? {
        if let provider = byName[name] { return provider }
        let spelled = name.lowercased().map { $0 == "-" ? "_" : $0 }
        return byName[String(spelled)]
    }

    /// The provider behind a host, with or without port.
    static func behind(_ host: String) -> Provider? {
        if let provider = byHost[host] { return provider }
        let plain = host.hostName
        return byHost[plain] ?? special(plain) ?? byEnding.first { plain.ends($0.ending) }?.provider
    }

    /// Hosts whose provider stands in their first label.
    private static func special(_ host: String) -> Provider? {
        if host.ends("-aiplatform.googleapis.com") { return named("vertex") }
        if host.hasPrefix("runtime.sagemaker.") { return named("sagemaker") }
        if host.hasPrefix("aws-external-anthropic."), host.ends(".api.aws") { return named("anthropic") }
        if host.hasPrefix("bedrock-mantle."), host.ends(".api.aws") { return named("bedrock_mantle") }
        return nil
    }
}

/// The provider's name for an upstream: by its URL's host, else by its own name when that is a known
/// provider's, else `unknown`. A pinned `provider:` of the configuration goes before this.
public func providerName(host: String, upstream: String) -> String {
    Provider.behind(host)?.name ?? Provider.named(upstream)?.name ?? Provider.unknown
}
