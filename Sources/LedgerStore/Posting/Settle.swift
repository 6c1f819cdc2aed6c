// Claims of settlements, before a batch is posted: who brings a name first owns it, everybody else's
// record is a replay. A claim is committed by itself and names its owner by key, so a batch that is cut
// short after it and comes again finds itself the owner, and one that comes again later gets the same answer.
import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// The records with those turned into replays whose usage another record was charged for.
    func settled(_ records: [RatedRecord], at instant: Instant) throws(LedgerError) -> [RatedRecord] {
        // Almost no batch has one: then there is no trip.
        let claims = records.indices.filter { records[$0].record.settlement != nil }
            .sorted { records[$0].key < records[$1].key }
        guard !claims.isEmpty else { return records }
        var records = records
        var rest = claims[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(LedgerLimits.recordsPerBatch))
            rest = rest.dropFirst(batch.count)
            for number in try owned(batch.map { records[$0] }, at: instant) {
                guard batch.indices.contains(number) else { continue }
                records[batch[number]].becomeReplay()
            }
        }
        return records
    }

    /// The positions of records whose names others own.
    private func owned(_ claims: [RatedRecord], at instant: Instant) throws(LedgerError) -> [Int] {
        let names = ArrayParameter(.text)
        let tenants = ArrayParameter(.text)
        let times = ArrayParameter(.timestamp)
        let ids = ArrayParameter(.uuid)
        for claim in claims {
            names.append("\(claim.record.upstream)\n\(claim.record.settlement ?? "")".withoutNUL)
            tenants.append(claim.record.attribution.tenant.storableKey)
            times.append(microseconds: claim.record.occurredAt.microseconds)
            ids.append(uuid: claim.record.id.high, claim.record.id.low)
        }
        var parameters = Parameters()
        for column in [names, tenants, times, ids] { parameters.add(column) }
        parameters.add(microseconds: instant.microseconds)
        return try inOneTrip(Self.settleSQL, parameters) { answer throws(PostgresError) in
            var numbers: [Int] = []
            try answer.forEachRow { row throws(PostgresError) in numbers.append(Int(try row.integer()) - 1) }
            return numbers
        }
    }

    /// The update changes nothing; it locks and returns the row that was there.
    private static let settleSQL: StaticString = """
        WITH incoming AS MATERIALIZED (
            SELECT sha256(convert_to(name, 'UTF8')) AS digest, tenant, occurred_at, record_id, no
            FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::uuid[])
                WITH ORDINALITY AS i(name, tenant, occurred_at, record_id, no)
        ), claimed AS (
            INSERT INTO tollbook.settlement AS s (digest, tenant, occurred_at, record_id, claimed_at)
            SELECT DISTINCT ON (digest) digest, tenant, occurred_at, record_id, $5::timestamptz
            FROM incoming
            ORDER BY digest, no
            ON CONFLICT (digest) DO UPDATE SET claimed_at = s.claimed_at
            RETURNING digest, tenant, occurred_at, record_id
        )
        SELECT i.no::bigint
        FROM incoming i
        JOIN claimed c ON c.digest = i.digest
        WHERE (c.tenant, c.occurred_at, c.record_id) <> (i.tenant, i.occurred_at, i.record_id)
        ORDER BY i.no
        """
}
