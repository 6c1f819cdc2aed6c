// Heads of the chains that somebody kept outside: the one proof against an owner of the database who has
// the key as well, or who puts an older ledger in the place of a newer one.
import Postgres
import Terms

/// A seal as it was when its head was taken.
public struct SealAnchor: Hashable, Sendable {
    /// Empty: the day's seal.
    public let tenant: String
    public let number: Int64
    /// In hexadecimal.
    public let mac: String
    public init(tenant: String, number: Int64, mac: String) {
        self.tenant = tenant
        self.number = number
        self.mac = mac
    }
}

extension LedgerStore {
    /// Adds a finding for each anchor whose seal is not in the ledger as it was.
    public func check(_ anchors: [SealAnchor], _ result: inout Verification) throws(LedgerError) {
        guard !anchors.isEmpty else { return }
        let tenants = ArrayParameter(.text)
        let numbers = ArrayParameter(.int8)
        for anchor in anchors {
            tenants.append(anchor.tenant)
            numbers.append(anchor.number)
        }
        var parameters = Parameters()
        parameters.add(tenants)
        parameters.add(numbers)
        let macs = try inOneTrip(
            """
            SELECT s.mac IS NOT NULL, coalesce(s.mac, ''::bytea)
            FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS a(tenant, number, no)
            LEFT JOIN tollbook.seal s ON s.tenant = a.tenant AND s.number = a.number
            ORDER BY a.no
            """, parameters
        ) { answer throws(PostgresError) -> [[UInt8]?] in
            var macs: [[UInt8]?] = []
            try answer.forEachRow { row throws(PostgresError) in
                let isThere = try row.bool()
                let mac = try row.bytes()
                macs.append(isThere ? mac : nil)
            }
            return macs
        }
        for (anchor, mac) in zip(anchors, macs) where mac?.hexadecimal != anchor.mac {
            let problem =
                mac == nil
                ? "seal \(anchor.number) was kept elsewhere and is no longer in the ledger"
                : "seal \(anchor.number) is another than the one that was kept elsewhere"
            result.add(Finding(.chain, tenant: anchor.tenant, problem: problem))
        }
    }
}
