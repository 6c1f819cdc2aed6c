// Expectations of the corpus that its own exchanges contradict. Each stands in docs/conformance.md with
// what shows it; none of them is counted as exact.

/// A field of one exchange whose expectation is not what the exchange says.
struct Dispute {
    let id: String
    let fields: Set<String>

    static let all: [String: Set<String>] = Dictionary(
        uniqueKeysWithValues: list.map { ($0.id, $0.fields) })

    private static let list: [Dispute] =
        // The id that is expected is the recorder's placeholder; the recorded response has no such header.
        [
            "bedrock-converse-n-348ffc333a", "bedrock-converse-n-5b87c66b31", "bedrock-converse-n-5bb15a484e",
            "bedrock-converse-n-7e8be82fdc", "bedrock-converse-n-89f15af6bd", "bedrock-converse-n-bb5608e73b",
            "bedrock-converse-n-ef9a924f44", "bedrock-converse-s-e70462fe0b",
        ].map { Dispute(id: $0, fields: ["provider_request_id"]) } + [
            // The headers state 13 and 21, and headers are where Invoke states what the body leaves out.
            Dispute(
                id: "bedrock-invoke_model-n-65ffb427f0",
                fields: ["input_tokens", "output_tokens", "usage_present"])
        ]
}
