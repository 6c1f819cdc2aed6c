// What LiteLLM's keys and tiers say in the words of a price file: which model it is, in which place,
// in which tier, and from which size of request on.
import Terms

extension LiteLLMModel {
    struct Place {
        var models: [String] = []
        var name = ""
        var when: [ImportedPrice.Condition] = []
    }

    /// `bedrock/us-gov-west-1/MODEL` and `azure/eu/MODEL` name a place before the model.
    func place() -> Place {
        var parts = key.split(separator: "/").map(String.init)
        var place = Place()
        if parts.count > 1, Self.labels.contains(parts[0]) { parts.removeFirst() }
        if parts.count > 1, provider == "bedrock", Self.isRegion(parts[0]) {
            place.when = [ImportedPrice.Condition(key: "region", value: parts[0], word: parts[0])]
            parts.removeFirst()
        }
        if parts.count > 1, provider == "azure", ["eu", "us"].contains(parts[0]) {
            place.when = [ImportedPrice.Condition(key: "geo", value: parts[0], word: parts[0])]
            parts.removeFirst()
        }
        place.name = parts.joined(separator: "/")
        place.models = [place.name]
        return place
    }

    private static let labels: Set = [
        "azure", "azure_ai", "bedrock", "bedrock_mantle", "cohere", "groq", "xai", "perplexity",
        "together_ai",
        "fireworks_ai", "cerebras", "moonshot", "zai", "dashscope", "vertex_ai", "gemini", "deepseek",
        "mistral", "openrouter", "openai", "anthropic", "deepinfra", "novita", "nebius", "sambanova",
        "databricks", "watsonx", "voyage", "jina_ai", "cloudflare", "replicate", "qwencloud",
        "qwen_ai_platform", "github_copilot", "minimax", "snowflake", "ovhcloud", "stability",
        "vercel_ai_gateway",
    ]

    /// `us-east-1`, `ap-southeast-2`.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-")
        return parts.count >= 3 && parts[0].count == 2 && parts.last.map { Int($0) != nil } == true
    }

    static func tier(_ tier: String) -> [ImportedPrice.Condition] {
        switch tier {
        case "": []
        case "batches": [ImportedPrice.Condition(key: "batch", value: "true", word: "batch")]
        case "priority":
            [ImportedPrice.Condition(key: "service_tier", value: "[priority, fast]", word: "priority")]
        default: [ImportedPrice.Condition(key: "service_tier", value: tier, word: tier)]
        }
    }

    /// xAI charges the higher price from the threshold on, everybody else above it.
    func size(_ over: Int64, _ next: Int64?) -> [ImportedPrice.Condition] {
        var found: [ImportedPrice.Condition] = []
        let isInclusive = provider == "xai"
        if over > 0 {
            let word = "over-\(over / 1000)k"
            found.append(
                ImportedPrice.Condition(
                    key: isInclusive ? "input_from" : "input_over", value: "\(over)", word: word))
            if let next {
                found.append(
                    ImportedPrice.Condition(
                        key: "input_to", value: "\(isInclusive ? next - 1 : next)", word: ""))
            }
        }
        return found
    }
}
