import Mediation
import Terms
import Wire

/// The fields of a record that the corpus states an expectation for.
let comparedFields = [
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
    "audio_input_tokens", "image_input_tokens", "tool_prompt_tokens", "output_tokens",
    "reasoning_tokens", "audio_output_tokens", "web_searches", "provider_cost_usd", "model",
    "response_id", "provider_request_id", "finish_reason", "usage_present",
]

/// One line of the corpus: what it is, and the text of each expected field, nil for null.
struct Expectation {
    var id = ""
    var provider = ""
    var api = ""
    var streams = false
    var fields: [String: String] = [:]

    private static let selection = JSONSelection(
        [
            ("id", .keep(slot: 0)), ("provider", .keep(slot: 1)), ("api", .keep(slot: 2)),
            ("stream", .keep(slot: 3)),
        ]
            + comparedFields.enumerated().map { ("expected.\($1)", .keep(slot: 4 + $0)) })

    init?(line: borrowing Span<UInt8>) {
        let scanner = JSONScanner(Self.selection)
        _ = scanner.feed(line, from: 0, to: line.count)
        guard scanner.status == .complete else { return nil }
        for capture in scanner.captures {
            let text = Self.text(capture, scanner)
            switch capture.slot {
            case 0: id = text ?? ""
            case 1: provider = text ?? ""
            case 2: api = text ?? ""
            case 3: streams = text == "true"
            default: fields[comparedFields[capture.slot - 4]] = text.map(Self.plain)
            }
        }
    }

    /// A count that was recorded as a float (`6.0`) is the same count.
    private static func plain(_ text: String) -> String {
        guard text.hasSuffix(".0"), let count = Int64(text.dropLast(2)) else { return text }
        return String(count)
    }

    static func text(_ capture: JSONCapture, _ scanner: JSONScanner) -> String? {
        switch capture.kind {
        case .null: nil
        case .string: scanner.string(of: capture)
        default: String(decoding: scanner.bytes(of: capture), as: UTF8.self)
        }
    }
}

/// What the program made of one exchange, in the same form.
struct Outcome {
    var id = ""
    var fields: [String: String] = [:]

    private static let names = comparedFields.dropLast() + ["usage_status", "id", "error.problem"]
    private static let selection = JSONSelection(
        names.enumerated().map { ($1, .keep(slot: $0)) })

    /// Reads one line of `tollbook normalize`.
    init(line: borrowing Span<UInt8>) {
        var limits = JSONLimits()
        limits.arena = 1 << 20
        let scanner = JSONScanner(Self.selection, limits: limits)
        _ = scanner.feed(line, from: 0, to: line.count)
        for capture in scanner.captures {
            let name = Array(Self.names)[capture.slot]
            let text = Expectation.text(capture, scanner)
            if name == "id" { id = text ?? "" } else { fields[name] = text }
        }
        setPresence()
    }

    /// Runs mediation in this process.
    init(mediating line: borrowing Span<UInt8>) {
        do {
            let (id, usage) = try normalize(line: line)
            self.id = id
            let tokens = usage.tokens
            let counts: [(String, Int64?)] = [
                ("input_tokens", tokens.input), ("cache_read_tokens", tokens.cacheRead),
                ("cache_write_tokens", tokens.cacheWrite), ("cache_write_1h_tokens", tokens.cacheWrite1h),
                ("audio_input_tokens", tokens.audioInput), ("image_input_tokens", tokens.imageInput),
                ("tool_prompt_tokens", tokens.toolPrompt), ("output_tokens", tokens.output),
                ("reasoning_tokens", tokens.reasoning), ("audio_output_tokens", tokens.audioOutput),
                ("web_searches", tokens.webSearches),
            ]
            for (name, count) in counts { fields[name] = count.map(String.init) }
            fields["provider_cost_usd"] = usage.providerCostUSD
            fields["model"] = usage.model
            fields["response_id"] = usage.responseID
            fields["provider_request_id"] = usage.providerRequestID
            fields["finish_reason"] = usage.finishReason
            fields["usage_status"] = usage.status.rawValue
            fields["anomalies"] = usage.anomalies.map(\.rawValue).joined(separator: ",")
            fields["completeness"] = usage.completeness.rawValue
        } catch {
            fields["error.problem"] = error.diagnosis.problem
        }
        setPresence()
    }

    private mutating func setPresence() {
        let status = fields["usage_status"] ?? "absent"
        fields["usage_present"] = status == "absent" || status == "estimated" ? "false" : "true"
    }
}
