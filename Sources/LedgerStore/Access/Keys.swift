// Gateway keys as the ledger keeps them: rules in one table, digests of secrets in another. Statements
// never see a secret. A change is one transaction with its row in the audit trail and a new access version.
import Postgres
public import Terms

extension LedgerStore {
    /// Adds a key or changes the rules of one.
    ///
    /// - Parameter secret: its first secret, or a further one; `nil` leaves the secrets alone.
    /// - Parameter endOthers: when its other secrets end; `nil` leaves them.
    public func store(
        _ key: GatewayKey, secret: KeySecret? = nil, endOthers: Instant? = nil, note: AuditNote
    ) throws(LedgerError) {
        let rules = key.parameters
        try transaction { connection throws(PostgresError) in
            try connection.run(
                """
                INSERT INTO tollbook.gateway_key (tenant, key_id, name, user_id, upstreams, models, labels,
                    created_at, expires_at, revoked_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8, $9, $10)
                ON CONFLICT (tenant, key_id) DO UPDATE SET name = excluded.name, user_id = excluded.user_id,
                    upstreams = excluded.upstreams, models = excluded.models, labels = excluded.labels,
                    expires_at = excluded.expires_at, revoked_at = excluded.revoked_at
                """, rules)
            if let endOthers {
                var ending = Parameters()
                ending.add(key.tenant)
                ending.add(key.id)
                ending.add(microseconds: endOthers.microseconds)
                try connection.run(
                    """
                    UPDATE tollbook.key_secret SET expires_at = least(expires_at, $3)
                    WHERE tenant = $1 AND key_id = $2
                    """, ending)
            }
            if let secret { try Self.add(secret, connection) }
            try Self.note(note, connection)
            try Self.countUp(connection)
        }
    }

    private static func add(
        _ secret: KeySecret, _ connection: borrowing Connection
    ) throws(PostgresError) {
        let digest = ArrayParameter(.bytes)
        digest.append(utf8: secret.digest)
        var parameters = Parameters()
        for text in [secret.tenant, secret.prefix, secret.keyID, secret.pepperID] { parameters.add(text) }
        parameters.add(digest)
        parameters.add(microseconds: secret.createdAt.microseconds)
        parameters.add(microseconds: secret.expiresAt?.microseconds)
        try connection.run(
            """
            INSERT INTO tollbook.key_secret
                (tenant, prefix, key_id, pepper_id, digest, created_at, expires_at)
            VALUES ($1, $2, $3, $4, ($5::bytea[])[1], $6, $7)
            """, parameters)
    }

    /// What a change of the access tables counts up. Cheap: meant to be asked every second.
    public func accessVersion() throws(LedgerError) -> Int64 {
        try inOneTrip("SELECT version FROM tollbook.access_version", Parameters()) {
            answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.integer() }
        }
    }

    /// All tenants and keys as of one instant.
    public func accessState() throws(LedgerError) -> AccessState {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") {
            connection throws(PostgresError) -> AccessState in
            var state = AccessState()
            state.version = try connection.run("SELECT version FROM tollbook.access_version")
                .withRow(0) { row throws(PostgresError) in try row.integer() }
            state.tenants = try Self.tenants(try connection.run(Self.tenantsSQL))
            state.keys = try Self.keys(
                try connection.run(
                    """
                    SELECT key_id, tenant, name, user_id, upstreams, models, labels::text, created_at,
                        expires_at, revoked_at
                    FROM tollbook.gateway_key ORDER BY tenant, key_id
                    """))
            state.secrets = try Self.secrets(
                try connection.run(
                    """
                    SELECT tenant, key_id, prefix, pepper_id, digest, created_at, expires_at
                    FROM tollbook.key_secret ORDER BY tenant, prefix
                    """))
            return state
        }
    }

    private static func keys(_ answer: borrowing Answer) throws(PostgresError) -> [GatewayKey] {
        var keys: [GatewayKey] = []
        try answer.forEachRow { row throws(PostgresError) in
            let key = GatewayKey(
                id: try row.text(), tenant: try row.text(), name: try row.text(), user: try row.text(),
                upstreams: try row.texts(), models: try row.texts(),
                labels: Label.list(try row.text()) ?? [],
                createdAt: Instant(microseconds: try row.microseconds()),
                expiresAt: try row.optionalMicroseconds().map { Instant(microseconds: $0) },
                revokedAt: try row.optionalMicroseconds().map { Instant(microseconds: $0) })
            keys.append(key)
        }
        return keys
    }

    private static func secrets(_ answer: borrowing Answer) throws(PostgresError) -> [KeySecret] {
        var secrets: [KeySecret] = []
        try answer.forEachRow { row throws(PostgresError) in
            secrets.append(
                KeySecret(
                    tenant: try row.text(), keyID: try row.text(), prefix: try row.text(),
                    pepperID: try row.text(), digest: try row.bytes(),
                    createdAt: Instant(microseconds: try row.microseconds()),
                    expiresAt: try row.optionalMicroseconds().map { Instant(microseconds: $0) }))
        }
        return secrets
    }
}

extension GatewayKey {
    fileprivate var parameters: Parameters {
        var writer = JSONWriter()
        writer.labels(labels)
        var parameters = Parameters()
        for text in [tenant, id, name, user] { parameters.add(text) }
        parameters.add(ArrayParameter(texts: upstreams))
        parameters.add(ArrayParameter(texts: models))
        parameters.add(writer.text)
        parameters.add(microseconds: createdAt.microseconds)
        parameters.add(microseconds: expiresAt?.microseconds)
        parameters.add(microseconds: revokedAt?.microseconds)
        return parameters
    }
}
