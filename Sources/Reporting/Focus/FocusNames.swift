// How our names become those that FOCUS asks for: who sells a model, under which service, what a meter is
// called and in which unit it counts.
import Terms

/// Who is behind a provider's name.
struct FocusSeller {
    /// Sells the service.
    let provider: String
    /// Runs it.
    let host: String
    let service: String

    /// A provider that the table does not know sells and runs its service itself.
    init(_ provider: String) {
        if let known = Self.table[provider] {
            self.init(provider: known.0, host: known.1, service: known.2)
        } else {
            let name = provider.isEmpty ? "unknown" : provider
            self.init(provider: name, host: name, service: "\(name) API")
        }
    }

    private init(provider: String, host: String, service: String) {
        self.provider = provider
        self.host = host
        self.service = service
    }

    private static let table: [String: (String, String, String)] = [
        "openai": ("OpenAI", "OpenAI", "OpenAI API"),
        "anthropic": ("Anthropic", "Anthropic", "Claude API"),
        "google": ("Google", "Google", "Gemini API"),
        "vertex": ("Google Cloud", "Google Cloud", "Vertex AI"),
        "azure": ("Microsoft", "Microsoft", "Azure OpenAI"),
        "bedrock": ("Amazon Web Services", "Amazon Web Services", "Amazon Bedrock"),
        "openrouter": ("OpenRouter", "OpenRouter", "OpenRouter API"),
        "mistral": ("Mistral AI", "Mistral AI", "Mistral API"),
        "deepseek": ("DeepSeek", "DeepSeek", "DeepSeek API"),
        "cohere": ("Cohere", "Cohere", "Cohere API"),
        "groq": ("Groq", "Groq", "GroqCloud"),
        "xai": ("xAI", "xAI", "xAI API"),
        "perplexity": ("Perplexity", "Perplexity", "Perplexity API"),
        "together": ("Together AI", "Together AI", "Together API"),
        "fireworks": ("Fireworks AI", "Fireworks AI", "Fireworks API"),
        "cerebras": ("Cerebras", "Cerebras", "Cerebras Inference"),
    ]
}

/// What FOCUS wants to know of a meter.
struct FocusMeter {
    let meter: Meter

    /// Such as `Cached Input Tokens`; the meter's own name where there is no better one.
    var title: String {
        guard isTokens else { return meter.rawValue }
        let modality = modality == "text" ? "" : modality.prefix(1).uppercased() + modality.dropFirst() + " "
        if meter.isCacheRead { return "Cached \(modality)Input Tokens" }
        if meter.isCacheWrite {
            let kept = meter.rawValue.split(separator: ".").dropFirst(3).joined(separator: ".")
            return "\(modality)Cache Write Tokens" + (kept.isEmpty ? "" : " (\(kept))")
        }
        if meter.isReasoning { return "\(modality)Reasoning Output Tokens" }
        return modality + (meter.isInputTokens ? "Input Tokens" : "Output Tokens")
    }

    var unit: String {
        if isTokens { return "Tokens" }
        let last = meter.rawValue.split(separator: ".").last ?? ""
        switch last {
        case "seconds": return "Seconds"
        case "chars": return "Characters"
        case "request": return "Requests"
        case "pages", "page": return "Pages"
        case "count" where meter.rawValue.hasPrefix("image"): return "Images"
        default: return "Units"
        }
    }

    /// `Input` or `Output`, nil for what is neither.
    var direction: String? { meter.isInputTokens ? "Input" : meter.isOutputTokens ? "Output" : nil }

    /// Nil for what has nothing to do with a cache of tokens.
    var cacheAction: String? {
        guard meter.isInputTokens else { return nil }
        return meter.isCacheRead ? "Read" : meter.isCacheWrite ? "Write" : "None"
    }

    var modality: String {
        let parts = meter.rawValue.split(separator: ".")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    private var isTokens: Bool { meter.isInputTokens || meter.isOutputTokens }
}

extension Instant {
    /// `2026-10-30T00:00:00Z`: whole seconds, which is all that days and months need.
    var focusText: String { "\(rfc3339.prefix(19))Z" }
}
