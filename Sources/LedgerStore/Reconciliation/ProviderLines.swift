// What providers state, kept: files by the hash of their bytes, their lines by what they are about. A file
// that is known already changes nothing; a newer one replaces the days that it has.
public import Bookkeeping
import Postgres
public import Terms

/// A file of a provider that is to be kept.
public struct ProviderFile: Sendable {
    /// SHA-256 of its bytes, hexadecimal.
    public let digest: String
    public let name: String
    public let lines: [ProviderLine]

    public init(digest: String, name: String, lines: [ProviderLine]) {
        self.digest = digest
        self.name = name
        self.lines = lines
    }
}

extension LedgerStore {
    /// Keeps the lines of a file, in one transaction.
    ///
    /// - Returns: false when a file with these bytes was kept before; then nothing changed.
    public func keep(
        _ file: ProviderFile, kind: ProviderFileKind, account: String, at now: Instant
    ) throws(LedgerError) -> Bool {
        var head = Parameters()
        for text in [file.digest, kind.rawValue, account, file.name] { head.add(text) }
        head.add(Int64(file.lines.count))
        head.add(microseconds: now.microseconds)
        let columns = ProviderColumns(file)
        return try transaction { connection throws(PostgresError) in
            let added = try connection.run(
                """
                WITH added AS (
                    INSERT INTO tollbook.provider_file (digest, kind, account, name, lines, imported_at)
                    VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::timestamptz)
                    ON CONFLICT DO NOTHING RETURNING digest
                ) SELECT count(*) FROM added
                """, head
            ).withRow(0) { row throws(PostgresError) in try row.integer() }
            guard added > 0 else { return false }
            _ = try connection.run(Self.forgetDaysSQL, columns.days(kind: kind, account: account))
            _ = try connection.run(
                Self.keepLinesSQL, columns.parameters(kind: kind, account: account, file.digest))
            return true
        }
    }

    private static let forgetDaysSQL: StaticString = """
        DELETE FROM tollbook.provider_line l
        USING (SELECT DISTINCT * FROM unnest($3::text[], $4::text[]) AS d(provider, day)) d
        WHERE l.kind = $1::text AND l.account = $2::text AND l.provider = d.provider AND l.day = d.day::date
        """

    private static let keepLinesSQL: StaticString = """
        INSERT INTO tollbook.provider_line (
            kind, account, provider, day, model, meter_group, key_id, category, currency, quantity, amount,
            line_count, decimals, digest)
        SELECT $1::text, $2::text, provider, day::date, model, meter_group, key_id, category, currency, quantity,
            amount, line_count, decimals, $14::text
        FROM unnest(
            $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::numeric[],
            $11::numeric[], $12::int8[], $13::int8[])
            AS l(provider, day, model, meter_group, key_id, category, currency, quantity, amount, line_count,
                decimals)
        """

    /// The kept lines of some days of UTC.
    ///
    /// - Parameter provider: only this one; nil for all.
    public func providerLines(
        since: CivilDate, until: CivilDate, provider: String? = nil
    ) throws(LedgerError) -> [ProviderLine] {
        var parameters = Parameters()
        parameters.add(since.iso8601)
        parameters.add(until.iso8601)
        parameters.add(provider)
        var unreadable: String?
        let lines = try transaction { connection throws(PostgresError) -> [ProviderLine] in
            var lines: [ProviderLine] = []
            try connection.run(
                """
                SELECT kind, account, provider, to_char(day, 'YYYY-MM-DD'), model, meter_group, key_id, category,
                    currency, quantity, amount, line_count, decimals::bigint
                FROM tollbook.provider_line
                WHERE day >= $1::text::date AND day < $2::text::date AND ($3::text IS NULL OR provider = $3)
                ORDER BY kind, account, provider, day, model, meter_group, key_id, category, currency
                """, parameters
            ).forEachRow { row throws(PostgresError) in
                if let line = try ProviderLine(&row) {
                    lines.append(line)
                } else {
                    unreadable = "a line of a provider"
                }
            }
            return lines
        }
        if let unreadable { throw .unreadable(what: unreadable) }
        return lines
    }
}

extension ProviderLine {
    /// - Returns: nil for a word that this version does not know.
    fileprivate init?(_ row: inout Row) throws(PostgresError) {
        let kind = ProviderFileKind(rawValue: try row.text())
        let account = try row.text()
        let provider = try row.text()
        let day = CivilDate(try row.text())
        let model = try row.text()
        let group = MeterGroup(rawValue: try row.text())
        let keyID = try row.text()
        let category = Category(rawValue: try row.text())
        let currency = Currency(try row.text())
        let quantity = try row.optionalDecimal(places: 9).map { Quantity(nanos: $0) }
        let amount = try row.optionalDecimal(places: 12).map { Money(picos: $0) }
        let rows = try row.integer()
        let decimals = Int(try row.integer())
        guard let kind, let day, let group, let category else { return nil }
        var key = Key(provider: provider, day: day, currency: currency)
        (key.model, key.group, key.key, key.category) = (model, group, keyID, category)
        self.init(kind: kind, account: account, key: key)
        (self.quantity, self.amount, self.rows, self.decimals) = (quantity, amount, rows, decimals)
    }
}

/// The columns of a file's lines.
private struct ProviderColumns {
    private let texts = (0..<7).map { _ in ArrayParameter(.text) }
    private let quantity = ArrayParameter(.numeric)
    private let amount = ArrayParameter(.numeric)
    private let rows = ArrayParameter(.int8)
    private let decimals = ArrayParameter(.int8)

    init(_ file: ProviderFile) {
        for line in file.lines {
            let key = line.key
            let plain = [
                key.provider, key.day.iso8601, key.model, key.group.rawValue, key.key, key.category.rawValue,
                key.currency.code,
            ]
            for (column, text) in zip(texts, plain) { column.append(text.storableKey) }
            if let nanos = line.quantity?.nanos, nanos.magnitude < UInt128(Int128.max) / 1000 {
                quantity.append(picos: nanos * 1000)
            } else {
                quantity.appendNull()
            }
            if let picos = line.amount?.picos { amount.append(picos: picos) } else { amount.appendNull() }
            rows.append(line.rows)
            decimals.append(Int64(line.decimals))
        }
    }

    func days(kind: ProviderFileKind, account: String) -> Parameters {
        var parameters = Parameters()
        parameters.add(kind.rawValue)
        parameters.add(account)
        parameters.add(texts[0])
        parameters.add(texts[1])
        return parameters
    }

    func parameters(kind: ProviderFileKind, account: String, _ digest: String) -> Parameters {
        var parameters = Parameters()
        parameters.add(kind.rawValue)
        parameters.add(account)
        for column in texts + [quantity, amount, rows, decimals] { parameters.add(column) }
        parameters.add(digest)
        return parameters
    }
}
