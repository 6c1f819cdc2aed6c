// Whom pseudonyms stand for. A row is written once; forgetting takes the name out of it and leaves the row,
// so that a later call of the same user does not bring the name back.
import Postgres
public import Terms

/// A pseudonym and the name behind it.
public struct NotedPseudonym: Hashable, Sendable {
    public let tenant: String
    public let pseudonym: String
    public let user: String
    public init(tenant: String, pseudonym: String, user: String) {
        self.tenant = tenant
        self.pseudonym = pseudonym
        self.user = user
    }
}

extension LedgerStore {
    /// Keeps names that are not known yet.
    public func note(_ names: [NotedPseudonym], at now: Instant) throws(LedgerError) {
        guard !names.isEmpty else { return }
        let sorted = names.sorted { ($0.tenant, $0.pseudonym) < ($1.tenant, $1.pseudonym) }
        var parameters = Parameters()
        parameters.add(ArrayParameter(texts: sorted.map(\.tenant)))
        parameters.add(ArrayParameter(texts: sorted.map(\.pseudonym)))
        parameters.add(ArrayParameter(texts: sorted.map(\.user)))
        parameters.add(microseconds: now.microseconds)
        try inOneTrip(
            """
            INSERT INTO tollbook.pseudonym (tenant, pseudonym, user_id, seen_at)
            SELECT tenant, pseudonym, user_id, $4::timestamptz
            FROM unnest($1::text[], $2::text[], $3::text[]) AS n(tenant, pseudonym, user_id)
            ON CONFLICT DO NOTHING
            """, parameters
        ) { _ in }
    }

    /// The name behind a pseudonym; nil when it was forgotten or never noted.
    public func user(behind pseudonym: String, tenant: String) throws(LedgerError) -> String? {
        var parameters = Parameters()
        parameters.add(tenant)
        parameters.add(pseudonym)
        return try inOneTrip(
            "SELECT user_id FROM tollbook.pseudonym WHERE tenant = $1 AND pseudonym = $2", parameters
        ) { answer throws(PostgresError) -> String? in
            guard answer.rowCount > 0 else { return nil }
            return try answer.withRow(0) { row throws(PostgresError) in try row.optionalText() }
        }
    }

    /// Takes the name behind a pseudonym away for good. Amounts stay as they are.
    ///
    /// - Returns: whether there was a name.
    public func forget(_ pseudonym: String, tenant: String, note: AuditNote) throws(LedgerError) -> Bool {
        var place = Parameters()
        place.add(tenant)
        place.add(pseudonym)
        var row = place
        row.add(microseconds: note.at.microseconds)
        let (known, new) = (place, row)
        return try transaction { connection throws(PostgresError) -> Bool in
            let hadName =
                try connection.run(
                    """
                    UPDATE tollbook.pseudonym SET user_id = NULL
                    WHERE tenant = $1 AND pseudonym = $2 AND user_id IS NOT NULL
                    """, known
                ).changedCount > 0
            try connection.run(
                """
                INSERT INTO tollbook.pseudonym (tenant, pseudonym, user_id, seen_at) VALUES ($1, $2, NULL, $3)
                ON CONFLICT DO NOTHING
                """, new)
            try Self.note(note, connection)
            return hadName
        }
    }
}
