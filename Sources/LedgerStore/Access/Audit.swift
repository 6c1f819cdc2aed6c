// The trail of changes made by hand: prices, budgets, keys, tenants, months, amounts. A change of the
// ledger's own tables writes its row in its own transaction, so there is neither a change without its row
// nor a row without its change; work that takes many transactions (rating again, posting adjustments) notes
// itself when it is done.
import Postgres
public import Terms

extension LedgerStore {
    /// Adds a row to the trail; for use inside the transaction of the change.
    static func note(_ note: AuditNote, _ connection: borrowing Connection) throws(PostgresError) {
        var parameters = Parameters()
        parameters.add(microseconds: note.at.microseconds)
        for text in [note.actor, note.action, note.objectKind, note.object, note.detail] {
            parameters.add(text)
        }
        try connection.run(
            """
            INSERT INTO tollbook.audit (at, actor, action, object_kind, object, detail)
            VALUES ($1, $2, $3, $4, $5, $6::json)
            """, parameters)
    }

    /// Adds a row for work that is done.
    public func note(_ note: AuditNote) throws(LedgerError) {
        try transaction { connection throws(PostgresError) in try Self.note(note, connection) }
    }

    /// Changes, the newest first.
    ///
    /// A price book that no row of the trail names, because a sidecar stored the first one or because an
    /// earlier version did not note it, is listed from the books themselves, with nobody as its actor.
    ///
    /// - Parameters:
    ///   - kind: only objects of this kind.
    ///   - since, until: half-open; nil for no bound.
    ///   - limit: at most so many; nil for all.
    public func auditNotes(
        kind: String? = nil, since: Instant? = nil, until: Instant? = nil, limit: Int? = nil
    ) throws(LedgerError) -> [AuditNote] {
        var parameters = Parameters()
        parameters.add(kind)
        parameters.add(microseconds: since?.microseconds)
        parameters.add(microseconds: until?.microseconds)
        parameters.add(limit.map { Int64($0) })
        return try inOneTrip(
            """
            SELECT at, actor, action, object_kind, object, detail FROM (
                SELECT at, actor, action, object_kind, object, detail::text, audit_no FROM tollbook.audit
                UNION ALL
                SELECT b.recorded_at, '', 'prices.load', 'prices', b.version,
                    json_build_object('ordinal', b.ordinal)::text, 0
                FROM tollbook.price_book b
                WHERE NOT EXISTS (
                    SELECT FROM tollbook.audit a
                    WHERE a.action = 'prices.load' AND a.object = b.version
                        AND a.detail ->> 'ordinal' = b.ordinal::text)
            ) changes
            WHERE ($1::text IS NULL OR object_kind = $1) AND ($2::timestamptz IS NULL OR at >= $2)
                AND ($3::timestamptz IS NULL OR at < $3)
            ORDER BY at DESC, audit_no DESC LIMIT $4::bigint
            """, parameters
        ) { answer throws(PostgresError) -> [AuditNote] in
            var notes: [AuditNote] = []
            try answer.forEachRow { row throws(PostgresError) in
                notes.append(
                    AuditNote(
                        at: Instant(microseconds: try row.microseconds()), actor: try row.text(),
                        action: try row.text(), objectKind: try row.text(), object: try row.text(),
                        detail: try row.text()))
            }
            return notes
        }
    }

    /// Tells the sidecars that there is something new; the last statement of a change, because the row
    /// stays locked until the commit.
    static func countUp(_ connection: borrowing Connection) throws(PostgresError) {
        try connection.run("UPDATE tollbook.access_version SET version = version + 1")
    }
}
