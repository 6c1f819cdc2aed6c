// What is charged for once, however often it is looked at: the results of a batch, and work that is made
// in the background and fetched until it is done. Mediation names it; who keeps the names decides whether
// an exchange brings it for the first time.

import Terms

extension Surface {
    /// The operation that an exchange belongs to whoever sends it, such as the batch whose results it
    /// fetches; nil on surfaces where each exchange is an operation of its own.
    public var operation: String? {
        guard dialect.traits.isBatch else { return nil }
        return target.segment(after: "batches").map { "batches/\($0)" }
            ?? target.segment(after: "files").map { "files/\($0)" }
    }

    /// The name under which this usage is charged for once; nil where each exchange is charged for.
    ///
    /// The results of a batch come whole, so the batch names them, whatever the query asks for. What was only
    /// partly read settles nothing: the rest would never be charged for.
    func settlement(of usage: Usage, isBackground: Bool) -> String? {
        guard usage.notBillable == nil, usage.completeness == .complete, !usage.components.isEmpty else {
            return nil
        }
        if dialect.traits.isBatch { return operation ?? target.whole }
        guard dialect.billing == .once || dialect.traits.isLookedAt || isBackground else { return nil }
        return usage.responseID.map { "id/\($0)" }
    }
}
