// What a request makes a model read or do that is not in its body: files and pages that are named by address,
// what the provider keeps of earlier calls, and tools that the provider itself runs. The bytes of the body
// bound none of it, so admission must know that it is there. Found by the beginnings of JSON strings alone:
// it may see something in a plain text that begins like an address, and then assumes too much, which is the
// safe side.

/// What lies outside of a request's body.
public struct RequestReach: Hashable, Sendable {
    /// The model reads more than the body has.
    public var readsElsewhere = false
    /// The provider runs tools of its own, which are charged for by use and add to what is read.
    public var runsTools = false

    public init() {}

    /// - Parameter body: the whole of it.
    public init(_ body: borrowing Span<UInt8>) {
        self = body.withUnsafeBufferPointer { Self($0) }
    }

    private init(_ body: UnsafeBufferPointer<UInt8>) {
        var at = 0
        while let quote = body[at...].firstIndex(of: UInt8(ascii: "\"")) {
            at = quote + 1
            // Within a text every quote has a backslash before it.
            if quote > 0, body[quote - 1] == UInt8(ascii: "\\") { continue }
            guard at < body.count else { return }
            switch body[at] {
            case UInt8(ascii: "h"), UInt8(ascii: "s"), UInt8(ascii: "f"), UInt8(ascii: "p"),
                UInt8(ascii: "c"), UInt8(ascii: "v"), UInt8(ascii: "g"), UInt8(ascii: "\\"):
                if Self.begins(body, at, Self.addresses), !Self.begins(body, at, Self.names) {
                    readsElsewhere = true
                }
                if Self.begins(body, at, Self.tools) { runsTools = true }
            case UInt8(ascii: "a"):
                // Agents and assistants have tools of their own, and what was told to them before.
                if Self.begins(body, at, Self.agents) {
                    readsElsewhere = true
                    runsTools = true
                }
            case UInt8(ascii: "w"), UInt8(ascii: "u"), UInt8(ascii: "m"), UInt8(ascii: "x"),
                UInt8(ascii: "b"), UInt8(ascii: "l"), UInt8(ascii: "e"):
                if Self.begins(body, at, Self.tools) { runsTools = true }
            default: break
            }
            if readsElsewhere, runsTools { return }
        }
    }

    /// Values that are addresses, and fields that name what the provider has. An escape where a value begins
    /// may hide any of them.
    private static let addresses: [StaticString] = [
        "http", "gs://", "s3://", "file_id\"", "file_data\"", "fileUri\"", "file_uri\"",
        "previous_response_id\"", "conversation\"", "cachedContent\"", "cached_content\"", "vector_store",
        "container\"", "\\u00", "pmpt_", "previous_interaction_id\"",
    ]
    /// Addresses that nobody reads: they name the rules of a tool's schema.
    private static let names: [StaticString] = ["http://json-schema.org", "https://json-schema.org"]
    /// Types and fields of tools that providers run.
    private static let tools: [StaticString] = [
        "web_search", "web_fetch", "file_search", "code_interpreter", "code_execution", "codeExecution",
        "googleSearch", "google_search", "google_maps", "googleMaps", "urlContext", "url_context", "mcp",
        "computer_use", "image_generation", "web-search", "web-fetch", "webSearch", "x_search",
        "live_search", "search_parameters\"", "browser_search", "collections_search", "pmpt_",
        "vertexAiSearch", "vertex_ai_search", "vertexRagStore", "vertex_rag_store", "enterpriseWebSearch",
        "enterprise_web_search",
    ]
    private static let agents: [StaticString] = ["assistant_id\"", "agent_id\""]

    /// Whether a model runs tools without being asked to: those that are made for searching are called so.
    public static func searchesByItself(_ model: String) -> Bool {
        ["search", "sonar", "compound", "online"].contains { model.contains($0) }
    }

    private static func begins(
        _ body: UnsafeBufferPointer<UInt8>, _ at: Int, _ words: [StaticString]
    ) -> Bool {
        words.contains { word in
            let count = word.utf8CodeUnitCount
            guard body.count - at >= count else { return false }
            for offset in 0..<count where body[at + offset] != word.utf8Start[offset] { return false }
            return true
        }
    }
}
