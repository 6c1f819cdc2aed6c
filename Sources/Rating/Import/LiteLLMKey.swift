// The names of prices in LiteLLM's list: a base such as `input_cost_per_token`, then how long a cache
// is kept, above which size of the request, and in which tier: `cache_creation_input_token_cost` +
// `_above_1hr` + `_above_200k_tokens` + `_batches`. Amounts are US dollars for one unit.
import Terms

struct LiteLLMKey {
    let base: Substring
    private(set) var tier: Substring?
    /// Tokens above which the price holds.
    private(set) var over: Int64?
    private(set) var keptHours: Substring?

    static let tiers = ["batches", "flex", "priority", "ultrafast", "balanced", "decisions"]

    init(_ key: String) {
        var rest = key[...]
        for tier in Self.tiers where rest.hasSuffix("_" + tier) {
            self.tier = rest.suffix(tier.count)
            rest = rest.dropLast(tier.count + 1)
            break
        }
        if rest.hasSuffix("k_tokens"), let cut = Self.cut(rest, at: "_above_") {
            if let thousands = Int64(cut.after.dropLast("k_tokens".count)), thousands < 1_000_000 {
                over = thousands * 1000
                rest = cut.before
            }
        }
        if rest.hasSuffix("hr"), let cut = Self.cut(rest, at: "_above_") {
            keptHours = cut.after.dropLast(2)
            rest = cut.before
        }
        base = rest
    }

    /// At the last occurrence.
    private static func cut(_ text: Substring, at mark: String) -> (before: Substring, after: Substring)? {
        var at = text.endIndex
        while at > text.startIndex {
            at = text.index(before: at)
            if text[at...].hasPrefix(mark) {
                return (text[..<at], text[text.index(at, offsetBy: mark.count)...])
            }
        }
        return nil
    }

    /// The meter, and for how many units amounts of it are usually quoted.
    func meter(mode: String, provider: String, keeps: Substring?) -> (Meter, per: Int)? {
        if let known = Self.meters[String(base)] { return (Meter(known.meter), known.per) }
        switch base {
        case "cache_creation_input_token_cost":
            return (Meter(writes(keeps)), 6)
        case "input_cost_per_second" where mode != "video_generation": return (.audioSeconds, 0)
        case "output_cost_per_second":
            return (Meter(mode == "video_generation" ? "video.seconds" : "out.audio.seconds"), 0)
        case "input_cost_per_query": return (Meter(mode == "rerank" ? "rerank.search_unit" : "request"), 3)
        default: break
        }
        for (prefix, meter) in [
            ("output_cost_per_second_", "video.seconds."),
            ("output_cost_per_image_", "image.count."),
        ] where base.hasPrefix(prefix) {
            let size = base.dropFirst(prefix.count)
            return size == "token" ? nil : (Meter(meter + size), 0)
        }
        return nil
    }

    /// Providers keep a cache for a short time or a long one; which, the longer one's price tells.
    private func writes(_ keeps: Substring?) -> String {
        if let keptHours { return "in.text.cache_write.\(keptHours)h" }
        switch keeps {
        case "1": return "in.text.cache_write.5m"
        case "12": return "in.text.cache_write.30m"
        default: return "in.text.cache_write"
        }
    }

    /// `per` is the power of ten of the units that amounts are quoted for.
    private static let meters: [String: (meter: String, per: Int)] = [
        "input_cost_per_token": ("in.text.fresh", 6), "output_cost_per_token": ("out.text", 6),
        "output_cost_per_reasoning_token": ("out.text.reasoning", 6),
        "cache_read_input_token_cost": ("in.text.cache_read", 6),
        "input_cost_per_token_cache_hit": ("in.text.cache_read", 6),
        "explicit_cache_read_input_token_cost": ("in.text.cache_read.explicit", 6),
        "input_cost_per_audio_token": ("in.audio.fresh", 6), "output_cost_per_audio_token": ("out.audio", 6),
        "cache_read_input_audio_token_cost": ("in.audio.cache_read", 6),
        "cache_creation_input_audio_token_cost": ("in.audio.cache_write", 6),
        "input_cost_per_image_token": ("in.image.fresh", 6), "output_cost_per_image_token": ("out.image", 6),
        "cache_read_input_image_token_cost": ("in.image.cache_read", 6),
        "input_cost_per_video_token": ("in.video.fresh", 6), "output_cost_per_video_token": ("out.video", 6),
        "citation_cost_per_token": ("in.citation", 6),
        "input_cost_per_character": ("chars.in", 6), "output_cost_per_character": ("chars.out", 6),
        "input_cost_per_audio_per_second": ("in.audio.seconds", 0),
        "input_cost_per_video_per_second": ("in.video.seconds", 0),
        "output_cost_per_video_per_second": ("video.seconds", 0),
        "input_cost_per_request": ("request", 3), "input_cost_per_text_message": ("text.messages", 3),
        "output_cost_per_image": ("image.count", 0), "ocr_cost_per_page": ("ocr.page", 3),
        "annotation_cost_per_page": ("ocr.annotated_page", 3),
        "code_interpreter_cost_per_session": ("code.session", 0),
        "google_maps_grounding_cost_per_query": ("grounding.maps", 3),
    ]
}
