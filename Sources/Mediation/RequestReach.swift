// What a request makes a model read or do that is not in its body: files and pages that are named by address,
// what the provider keeps of earlier calls, and tools that the provider itself runs. The bytes of the body
// bound none of it, so admission must know that it is there. Found by the beginnings of JSON strings alone:
// it may see something in a plain text that begins like an address, and then assumes too much, which is the
// safe side.
import Wire

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
        var at = PlainBytes.end(body, from: 0)
        while at < body.count, !(readsElsewhere && runsTools) {
            let byte = body[at]
            at += 1
            if byte == UInt8(ascii: "\\") {
                if Self.hidesName(body, at) {
                    readsElsewhere = true
                    runsTools = true
                }
                // What is escaped neither begins nor ends a string.
                at += 1
            } else if byte == UInt8(ascii: "\""), at < body.count {
                note(body, at)
            }
            at = PlainBytes.end(body, from: at)
        }
    }

    /// Looks at what follows a quote.
    private mutating func note(_ body: UnsafeBufferPointer<UInt8>, _ at: Int) {
        switch body[at] {
        case UInt8(ascii: "h"), UInt8(ascii: "s"), UInt8(ascii: "f"), UInt8(ascii: "p"),
            UInt8(ascii: "c"), UInt8(ascii: "v"), UInt8(ascii: "g"):
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
            UInt8(ascii: "b"), UInt8(ascii: "l"), UInt8(ascii: "e"), UInt8(ascii: "i"):
            if Self.begins(body, at, Self.tools) { runsTools = true }
        default: break
        }
    }

    /// Whether an escape stands for a letter, a digit or an underscore, which no encoder has a reason for: it
    /// may hide any name or address.
    private static func hidesName(_ body: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        let zero = UInt8(ascii: "0")
        guard body.count - at >= 5, body[at] == UInt8(ascii: "u"), body[at + 1] == zero, body[at + 2] == zero,
            let high = digit(body[at + 3]), let low = digit(body[at + 4])
        else { return false }
        switch high << 4 | low {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            return true
        default: return false
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Values that are addresses, and fields that name what the provider has.
    private static let addresses: [StaticString] = [
        "http", "gs://", "s3://", "file_id\"", "file_data\"", "fileUri\"", "file_uri\"",
        "previous_response_id\"", "conversation\"", "cachedContent\"", "cached_content\"", "vector_store",
        "container\"", "pmpt_", "previous_interaction_id\"",
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
