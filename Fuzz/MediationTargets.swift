// Mediation as the relay uses it: any request and response body through every dialect, and recordings.
import Terms
import Wire

@testable import Mediation

/// Surfaces that between them reach every dialect's table and every framing.
private let surfaces: [(path: String, host: String, provider: String?)] = [
    ("/v1/chat/completions", "api.openai.com", nil), ("/v1/chat/completions", "localhost", nil),
    ("/v1/chat/completions", "api.x.ai", "xai"), ("/v1/completions", "api.openai.com", nil),
    ("/v1/responses", "api.openai.com", nil), ("/v1/embeddings", "api.openai.com", nil),
    ("/v1/messages", "api.anthropic.com", nil), ("/v1/messages/count_tokens", "api.anthropic.com", nil),
    ("/v1beta/models/g:generateContent", "generativelanguage.googleapis.com", nil),
    ("/v1beta/models/g:streamGenerateContent", "generativelanguage.googleapis.com", nil),
    ("/v1beta/models/g:streamGenerateContent?alt=sse", "generativelanguage.googleapis.com", nil),
    ("/api/chat", "127.0.0.1", "ollama"), ("/v2/chat", "api.cohere.com", nil),
    ("/v2/embed", "api.cohere.com", nil),
    ("/model/m/converse-stream", "bedrock-runtime.x.amazonaws.com", nil),
    ("/model/m/invoke", "bedrock-runtime.x.amazonaws.com", nil), ("/anything", "example.com", nil),
]

/// The same as the surfaces that detection finds: made once, because each takes longer than an input.
private let detected =
    surfaces.map { surface in
        Surface(
            ExchangeOpening(
                method: "POST", path: surface.path, host: surface.host, provider: surface.provider))
    }
    + more.map { call in
        Surface(ExchangeOpening(method: call.method, path: call.path, host: call.host))
    }

/// Surfaces whose answers have parts, units or counts outside of any usage object. They stand last, so that
/// the first bytes of older inputs keep their meaning.
private let more: [(method: String, path: String, host: String)] = [
    ("GET", "/v1/realtime?model=m", "api.openai.com"), ("GET", "/v1/responses", "api.openai.com"),
    ("GET", "/v1/live/sessions", "api.openai.com"), ("GET", "/v1/batches/b/results", "api.x.ai"),
    ("GET", "/v1/videos/v", "api.openai.com"), ("POST", "/v1/images/generations", "api.openai.com"),
    ("POST", "/v1/audio/transcriptions", "api.groq.com"), ("POST", "/v1/rerank", "api.cohere.com"),
    ("POST", "/v1beta/interactions", "generativelanguage.googleapis.com"),
    ("POST", "/v1/conversations", "api.mistral.ai"), ("POST", "/v1/chat", "api.cohere.com"),
    ("POST", "/api/v1/services/aigc/x/generation", "dashscope.aliyuncs.com"),
    ("POST", "/v1/predictions", "api.replicate.com"), ("POST", "/completion", "localhost"),
    ("POST", "/ml/v1/text/generation_stream", "eu-de.ml.cloud.ibm.com"),
    ("POST", "/generate_stream", "localhost"), ("POST", "/v1/chat/completions", "api.perplexity.ai"),
    ("POST", "/v1/projects/p/locations/l/models/m:predict", "l-aiplatform.googleapis.com"),
]

/// What looks for fields that a dialect's table does not name, by the surface's index.
private let unknownFields = detected.map { UnknownFields($0.dialect) }

private let types = [
    "application/json", "text/event-stream", "application/x-ndjson", "", "application/vnd.amazon.eventstream",
]

private struct Outcome: Equatable {
    var usage: Usage
    var forwarded: [UInt8]
}

private func play(_ bytes: borrowing Span<UInt8>, _ pieces: Pieces?) -> Outcome {
    let surface = detected[Int(bytes[0]) % detected.count]
    let type = types[Int(bytes[1] & 0x0f) % types.count]
    var mediator = Mediator(on: surface, requestContentType: nil)
    // The request is what stands before a line of its own, as the seeds have it; else there is none.
    let all = bytes.extracting(4..<bytes.count)
    let split = all.withUnsafeBufferPointer { $0.firstIndex(of: 0x1e) } ?? 0
    if split > 0 { mediator.requestBody(all.extracting(0..<split)) }
    mediator.requestEnd()
    if bytes[1] & 0x80 != 0, let splice = mediator.usageSplice() {
        law(splice.offset + splice.removed <= split, "a splice lies within the body")
        mediator.usageAsked()
    }
    mediator.responseHead(status: bytes[1] & 0x40 != 0 ? 429 : 200) {
        $0 == "content-type" && !type.isEmpty ? type : nil
    }
    let body = all.extracting((split > 0 ? split + 1 : 0)..<all.count)
    var outcome = Outcome(usage: Usage(), forwarded: [])
    outcome.forwarded.reserveCapacity(body.count)
    var pieces = pieces
    var at = 0
    while at < body.count {
        let size = pieces?.next(body.count - at) ?? body.count
        let piece = body.extracting(at..<at + size)
        let verdict = mediator.responseBody(piece)
        if verdict.releaseKept { outcome.forwarded += mediator.takeKept() }
        law(verdict.holdFrom ?? 0 <= size, "a hold lies within its piece")
        if let cut = verdict.cut {
            append(piece.extracting(0..<cut.lowerBound), to: &outcome.forwarded)
            append(piece.extracting(cut.upperBound..<size), to: &outcome.forwarded)
        } else {
            append(piece, to: &outcome.forwarded)
        }
        at += size
    }
    outcome.forwarded += mediator.takeKept()
    if !mediator.hasWithheld {
        let isWhole = body.withUnsafeBufferPointer { $0.elementsEqual(outcome.forwarded) }
        law(isWhole, "the client gets every byte")
    }
    outcome.usage = mediator.finish(.complete)
    return outcome
}

private func append(_ piece: borrowing Span<UInt8>, to bytes: inout [UInt8]) {
    piece.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
}

private func check(_ usage: Usage) {
    for component in usage.components {
        for reading in component.readings {
            law(reading.quantity >= .zero, "no negative quantity is booked: \(reading)")
        }
    }
    for count in [usage.tokens.input, usage.tokens.output, usage.tokens.cacheRead, usage.tokens.reasoning] {
        law(count ?? 0 >= 0, "no negative count is shown")
    }
    if let estimate = usage.estimate {
        law((estimate.inputTokens ?? 0) <= (estimate.upperInputTokens ?? .max), "the bound holds")
        law((estimate.outputTokens ?? 0) <= (estimate.upperOutputTokens ?? .max), "the bound holds")
    }
}

/// What a form says, read whole or in pieces.
private func form(_ bytes: borrowing Span<UInt8>, _ pieces: Pieces?) -> [String] {
    guard var reader = MultipartReader(contentType: "multipart/form-data; boundary=b", limit: 512) else {
        law(false, "a boundary is found")
        return []
    }
    var pieces = pieces
    var at = 0
    while at < bytes.count {
        let size = pieces?.next(bytes.count - at) ?? bytes.count
        reader.read(bytes.extracting(at..<at + size))
        at += size
    }
    var facts = RequestFacts()
    reader.finish(&facts, nameLimit: 64)
    law(facts.textBytes >= 0, "no negative length")
    return [
        facts.model ?? "-", "\(facts.stream as Bool?)", "\(facts.textBytes)",
        "\(String(describing: facts.audioLength))", "\(facts.hints)",
    ]
}

let mediationTargets = [
    FuzzTarget(name: "exchange", longest: 4096) { bytes in
        guard bytes.count > 4 else { return }
        let whole = play(bytes, nil)
        let cut = play(bytes, Pieces(seed: bytes[2]))
        law(whole.usage == cut.usage, "a cut changes the usage:\n\(whole.usage)\n\(cut.usage)")
        law(whole.forwarded == cut.forwarded, "a cut changes what the client gets")
        check(whole.usage)
        guard let raw = whole.usage.rawUsage else { return }
        // What is kept is read again later, and looked through for unknown fields.
        if let again = try? reread(whole.usage) { check(again) }
        let unknown = unknownFields[Int(bytes[0]) % unknownFields.count]
        law(unknown.paths(in: raw).count <= 32, "few fields are told")
    },
    FuzzTarget(name: "recorded", longest: 4096) { bytes in
        guard let result = try? normalize(line: bytes) else { return }
        check(result.usage)
    },
    FuzzTarget(name: "multipart") { bytes in
        guard bytes.count > 1 else { return }
        let body = bytes.extracting(1..<bytes.count)
        let whole = form(body, nil)
        let cut = form(body, Pieces(seed: bytes[0]))
        law(whole == cut, "a cut changes the form:\n\(whole)\n\(cut)")
    },
    FuzzTarget(name: "attribution", longest: 1024) { bytes in
        let parts = bytes.array.split(separator: 0x0a, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 3,
            let claim = try? AttributionClaim(tenant: parts[0], user: parts[1], labels: parts[2])
        else { return }
        let rules = AttributionRules()
        let made = rules.resolve(headers: claim, body: AttributionClaim(), trusted: true)
        guard let made else { return law(false, "without require_tenant everybody has one") }
        law(made.labels.count <= AttributionRules.labelLimit, "labels are few")
        law(made.user.utf8.count <= AttributionRules.valueLimit, "names are short")
        law(made.tenant.utf8.count <= AttributionRules.valueLimit, "names are short")
        for label in made.labels {
            law(label.key.utf8.count <= AttributionRules.labelKeyLimit, "keys are short")
            law(label.value.utf8.count <= AttributionRules.valueLimit, "values are short")
        }
    },
]
