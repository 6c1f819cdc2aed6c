// What an exchange can use at most, known when it begins: for the note that outlives a killed process.
// From the request alone; a body that streams past unread bounds nothing.

public import Terms

/// The bounds of an exchange that has only begun.
public struct OpenBounds: Hashable, Sendable {
    /// Tokens; `nil` where nothing bounds them.
    public var input: Int64?
    public var output: Int64?
    /// What the request asks for.
    public var serviceTier: String?
    /// Why the exchange is not charged for, whatever the response says.
    public var notBillable: NotBillableReason?
}

extension Mediator {
    /// Valid from ``requestEnd()`` on.
    public var openBounds: OpenBounds {
        var bounds = OpenBounds()
        let dialect = surface.dialect
        switch dialect.billing {
        case .countOnly: bounds.notBillable = .countOnly
        case .free: bounds.notBillable = .freeEndpoint
        case .replay: bounds.notBillable = .replay
        case .once: break
        case .billable:
            guard dialect.generates || dialect.totalIsInput else { break }
            // In place: a copy would count references for every call.
            if requestFacts.isPaidElsewhere { bounds.notBillable = .externalPayer }
            bounds.serviceTier = requestFacts.serviceTier
            if requestFacts.bodyBytes > 0 {
                bounds.input = Int64(max(requestFacts.bodyBytes, requestFacts.textBytes))
            }
            if dialect.generates { bounds.output = requestFacts.declaredOutput }
        }
        return bounds
    }
}

extension RequestFacts {
    /// The declared maximum of output tokens, all candidates together; nil where none is declared.
    var declaredOutput: Int64? {
        maximumOutput.map { bound in
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(1, candidates ?? 1))
            return overflow ? TokenCounts.limit : max(0, min(product, TokenCounts.limit))
        }
    }
}
