import Terms
import Wire

@testable import Mediation

/// Plays one exchange through mediation and keeps what the client would have got.
struct Replay {
    var usage: Usage
    var forwarded: [UInt8]
    /// How many bytes had gone out before the first one that was held; nil when none was held.
    var heldFrom: Int?

    /// - Parameters:
    ///   - pieces: the response body as it arrives.
    ///   - asksForUsage: apply the splice if there is one.
    init(
        path: String = "/v1/chat/completions", host: String = "localhost", provider: String? = nil,
        request: String = "{}", status: Int = 200, headers: [String: String] = [:], pieces: [[UInt8]],
        ending: ExchangeEnding = .complete, asksForUsage: Bool = false, method: String = "POST",
        estimator: Estimator = .bytesByFour
    ) {
        let opening = ExchangeOpening(method: method, path: path, host: host, provider: provider)
        var mediator = Mediator(opening, estimator: estimator)
        mediator.requestBody(Array(request.utf8).span)
        mediator.requestEnd()
        if asksForUsage, mediator.usageSplice() != nil { mediator.usageAsked() }
        mediator.responseHead(status: status) { headers[$0] }
        forwarded = []
        for piece in pieces {
            let verdict = mediator.responseBody(piece.span)
            if verdict.releaseKept { forwarded += mediator.takeKept() }
            if let hold = verdict.holdFrom, heldFrom == nil { heldFrom = forwarded.count + hold }
            if let cut = verdict.cut {
                forwarded += piece[..<cut.lowerBound] + piece[cut.upperBound...]
            } else {
                forwarded += piece
            }
        }
        forwarded += mediator.takeKept()
        usage = mediator.finish(ending)
    }
}
