// The trail of changes made by hand: each is written in the transaction of the change itself, so there is
// neither a change without its row nor a row without its change.
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

    /// The last changes, the newest first.
    ///
    /// - Parameter kind: only objects of this kind.
    public func auditNotes(kind: String? = nil, limit: Int = 100) throws(LedgerError) -> [AuditNote] {
        var parameters = Parameters()
        parameters.add(kind)
        parameters.add(Int64(limit))
        return try inOneTrip(
            """
            SELECT at, actor, action, object_kind, object, detail::text FROM tollbook.audit
            WHERE $1::text IS NULL OR object_kind = $1
            ORDER BY audit_no DESC LIMIT $2::bigint
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
