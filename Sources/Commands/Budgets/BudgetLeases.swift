// What sidecars have of a budget, one line each: what they were granted, and what they say became of it.
// Only those are told of that still count: whose lease is open, or whose calls are presumed to have used
// something.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

struct BudgetLeases {
    private let leases: [LeasePool.Lease]
    /// Of the database's clock.
    private let now: Instant

    init(_ state: BudgetState) {
        leases = state.pool.leases.filter { $0.state == .open || $0.stillPresumed > .zero }
        now = state.now
    }

    var isEmpty: Bool { leases.isEmpty }

    /// `open`; `silent` when nothing was heard of the sidecar since its lease ended; `presumed` when it came
    /// back without knowing what its calls used.
    private func word(_ lease: LeasePool.Lease) -> String {
        guard lease.state == .open else { return "presumed" }
        return lease.expires > now ? "open" : "silent"
    }

    private func held(_ lease: LeasePool.Lease) -> BudgetAmount {
        lease.state == .open ? lease.held : lease.stillPresumed
    }

    func text(columns: Int?) -> String {
        var table = TextTable([
            .init("sidecar"), .init("run since"), .init("lease"), .init("granted", numeric: true),
            .init("captured", numeric: true), .init("posted", numeric: true), .init("held", numeric: true),
            .init("free", numeric: true),
        ])
        table.rows = leases.map { lease in
            [
                lease.node, lease.from.rfc3339, word(lease), lease.granted.plain,
                lease.captured?.plain ?? "-", lease.settled.plain, held(lease).plain,
                lease.free?.plain ?? "-",
            ]
        }
        return table.text(columns: columns)
    }

    func write(to json: inout JSONWriter) {
        json.beginArray()
        for lease in leases {
            json.beginObject()
            json.field("instance", lease.node)
            json.field("run", lease.from.rfc3339)
            json.field("state", word(lease))
            json.field("granted", lease.granted.plain)
            json.field("captured", lease.captured?.plain)
            json.field("posted", lease.settled.plain)
            json.field("held", held(lease).plain)
            json.field("free", lease.free?.plain)
            json.field("expires_at", lease.expires.rfc3339)
            json.endObject()
        }
        json.endArray()
    }
}
