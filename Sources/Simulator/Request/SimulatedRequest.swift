// One request as the dialects see it: what it asks for, what the hints say, and the numbers that follow.

/// Everything of a request that decides its answer. The same request always gives the same numbers.
struct SimulatedRequest: Sendable {
    var method = "POST"
    /// Path without query and without the provider's prefix.
    var path = ""
    var query = ""
    /// First path segment when it names no API version, else empty: `/deepseek/v1/…` gives `deepseek`.
    var prefix = ""
    var acceptsGzip = false
    var bodyBytes = 0
    var hints = Hints()
    /// Id of the recorded exchange that is asked for in replay mode.
    var exchange: String?

    var model = ""
    var stream: Bool?
    var includeUsage = false
    var choices = 1
    var declaredMaximum: Int?
    var tier: String?
    /// Inputs of an embeddings request.
    var inputs = 1

    /// Which provider's spelling is wanted, in lower case.
    var provider: String {
        if let named = hints.provider { return named }
        if !prefix.isEmpty { return prefix }
        for name in ["deepseek", "mistral", "silent"] where model.hasPrefix(name) { return name }
        return "openai"
    }

    /// Reads head and body.
    ///
    /// - Throws: ``Hints/Mistake`` for hints that cannot be obeyed, body hints included.
    init(_ head: RequestHead, body: [UInt8]) throws(Hints.Mistake) {
        method = head.method
        split(target: head.target)
        bodyBytes = body.count
        for (name, value) in head.fields {
            if name.hasPrefix("x-sim-") {
                let hint = String(name.dropFirst(6))
                if hint == "exchange" { exchange = value } else { try hints.take(hint, value) }
            } else if name == "accept-encoding" {
                acceptsGzip = value.contains("gzip")
            }
        }
        var simulate: String?
        read(body, &simulate)
        if let simulate { try hints.take(list: simulate) }
    }

    private mutating func split(target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
        let segments = path.split(separator: "/")
        guard segments.count > 1, let first = segments.first else { return }
        let isVersion = first.hasPrefix("v") && (first.dropFirst().first?.isNumber ?? false)
        if !isVersion && first != "api" {
            prefix = String(first)
            path = String(path.dropFirst(first.count + 1))
        }
    }

    private mutating func read(_ body: [UInt8], _ simulate: inout String?) {
        JSONScan.object(body, 0) { key, at in
            switch key {
            case "model": model = JSONScan.string(body, at)?.text ?? ""
            case "stream": stream = JSONScan.bool(body, at)
            case "simulate": simulate = JSONScan.string(body, at)?.text
            case "service_tier": tier = JSONScan.string(body, at)?.text
            case "n": choices = JSONScan.integer(body, at) ?? 1
            case "max_tokens", "max_completion_tokens", "max_output_tokens":
                declaredMaximum = JSONScan.integer(body, at) ?? declaredMaximum
            case "stream_options":
                JSONScan.object(body, at) { key, at in
                    if key == "include_usage" { includeUsage = JSONScan.bool(body, at) ?? false }
                }
            case "options", "generationConfig":
                JSONScan.object(body, at) { key, at in
                    if key == "num_predict" || key == "maxOutputTokens" {
                        declaredMaximum = JSONScan.integer(body, at)
                    }
                    if key == "candidateCount" { choices = JSONScan.integer(body, at) ?? 1 }
                }
            default: break
            }
        }
        choices = min(max(choices, 1), SimulatorLimits.choices)
    }

    /// What the provider bills for this request when it is answered in full.
    var counts: Counts {
        var counts = Counts()
        counts.cached = hints[.cached] ?? 0
        counts.written = hints[.write] ?? 0
        counts.writtenHour = hints[.write1h] ?? 0
        counts.toolPrompt = hints[.tool] ?? 0
        counts.input = hints[.input] ?? max(1, (bodyBytes + 3) / 4)
        counts.output = hints[.output] ?? declaredMaximum ?? 100
        counts.reasoning = hints[.reasoning] ?? 0
        counts.searches = hints[.searches] ?? 0
        return counts
    }

    var contentFrames: Int { min(hints[.frames] ?? 8, SimulatorLimits.frames) }
    /// The visible text of an answer in one piece, as JSON; the filler has nothing to escape.
    var quotedText: String { "\"\(Filler.text(min(hints[.text] ?? 120, SimulatorLimits.bodyBytes)))\"" }

    var pacing: Pacing {
        var pacing = Pacing()
        pacing.first = (hints[.first] ?? 0) * 1000
        pacing.between = hints[.pace] ?? 0
        pacing.hold = hints[.hold]
        pacing.cut = hints[.cut]
        pacing.pieces = hints[.pieces]
        return pacing
    }
}
