// Which of some records the ledger has already, by their keys: for imports, which must not number again what
// came with an earlier file.
public import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// The keys among these under which there is a record.
    public func known(_ keys: [RecordKey]) throws(LedgerError) -> Set<RecordKey> {
        guard !keys.isEmpty else { return [] }
        let tenant = ArrayParameter(.text)
        let occurredAt = ArrayParameter(.timestamp)
        let id = ArrayParameter(.uuid)
        for key in keys {
            tenant.append(key.tenant.storableKey)
            occurredAt.append(microseconds: key.occurredAt.microseconds)
            id.append(uuid: key.id.high, key.id.low)
        }
        var parameters = Parameters()
        for column in [tenant, occurredAt, id] { parameters.add(column) }
        return try transaction { connection throws(PostgresError) in
            var known: Set<RecordKey> = []
            try connection.run(
                """
                WITH asked AS MATERIALIZED (
                    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::uuid[]) WITH ORDINALITY
                        AS k(tenant, occurred_at, record_id, no)
                )
                SELECT k.no
                FROM asked k
                JOIN tollbook.usage_record r ON r.tenant = k.tenant AND r.occurred_at = k.occurred_at
                    AND r.record_id = k.record_id
                """, parameters
            ).forEachRow { row throws(PostgresError) in
                let number = Int(try row.integer())
                if number >= 1, number <= keys.count { known.insert(keys[number - 1]) }
            }
            return known
        }
    }
}
