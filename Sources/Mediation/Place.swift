// Where the work is done, as far as the upstream's address says so: some providers charge by region, and
// what region it was stands in no response.

/// What a host and a path say of the place.
struct Place: Sendable {
    /// The provider's own name of the region, such as `eu-central-1` or `us-central1`.
    var region: String?
    /// Where the data stays, as a host of its own promises it: `eu`, `us`.
    var geo: String?

    init() {}

    init(provider: String, host: String, path: String) {
        switch provider {
        case "bedrock", "bedrock_mantle", "sagemaker": region = Self.amazon(host.hostName)
        case "vertex": region = Self.google(path, host.hostName)
        case "watsonx":
            let name = host.hostName
            if name.ends(".ml.cloud.ibm.com") { region = name.pieces(".").first.map(String.init) }
        case "openai" where host.ends(".api.openai.com"):
            geo = host.hostName.pieces(".").first.map(String.init)
        default: break
        }
    }

    /// The label behind the service's own: `bedrock-runtime.eu-west-1.amazonaws.com`,
    /// `runtime.sagemaker.us-east-1.amazonaws.com`, `bedrock-mantle.us-east-2.api.aws`.
    private static func amazon(_ name: String) -> String? {
        let labels = name.pieces(".")
        guard name.ends(".amazonaws.com") || name.ends(".amazonaws.com.cn") || name.ends(".api.aws"),
            let service = labels.firstIndex(where: { $0.hasPrefix("bedrock") || $0.hasPrefix("sagemaker") }),
            service + 3 < labels.count
        else { return nil }
        return String(labels[service + 1])
    }

    /// The location that the path names; else the one of the host.
    private static func google(_ path: String, _ name: String) -> String? {
        let segments = path.pieces("/")
        if let at = segments.firstIndex(of: "locations"), at + 1 < segments.count {
            return String(segments[at + 1])
        }
        guard let first = name.pieces(".").first, first.hasSuffix("-aiplatform") else { return nil }
        return String(first.dropLast("-aiplatform".utf8.count))
    }
}
