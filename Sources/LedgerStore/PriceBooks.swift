// Price books as the ledger keeps them: the texts of their files, numbered in the order in which they
// were loaded. The newest is in force for all sidecars; none is ever changed or removed, because
// charges name the version that priced them.
import Postgres
public import Terms

/// One price file as it was written.
public struct StoredPriceFile: Hashable, Sendable {
    public let name: String
    public let text: String
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// Which price book is meant, without its files.
public struct PriceBookMark: Hashable, Sendable {
    /// From 1, in the order of loading.
    public let ordinal: Int64
    /// The version that charges name; the same content has the same version.
    public let version: String
    public let recordedAt: Instant
}

public struct StoredPriceBook: Hashable, Sendable {
    public let mark: PriceBookMark
    /// Ascending by name.
    public let files: [StoredPriceFile]
}

extension LedgerStore {
    /// Which book is in force, nil while there is none. Cheap: meant to be asked every few seconds.
    public func priceBookInForce() throws(LedgerError) -> PriceBookMark? {
        try priceBookMarks(limit: 1).first
    }

    /// All books, the newest first.
    public func priceBookMarks(limit: Int? = nil) throws(LedgerError) -> [PriceBookMark] {
        var parameters = Parameters()
        parameters.add(limit.map { Int64($0) })
        return try inOneTrip(
            """
            SELECT ordinal, version, recorded_at FROM tollbook.price_book ORDER BY ordinal DESC
            LIMIT $1::bigint
            """, parameters
        ) { answer throws(PostgresError) in try Self.marks(answer) }
    }

    /// The book in force with its files, nil while there is none.
    public func currentPriceBook() throws(LedgerError) -> StoredPriceBook? {
        guard let mark = try priceBookInForce() else { return nil }
        return try priceBook(mark)
    }

    /// The newest book of a version, nil when there is none of it; in one round trip.
    public func priceBook(version: String) throws(LedgerError) -> StoredPriceBook? {
        try book(Self.bookParameters(version: version, provider: nil))
    }

    /// A certain book with its files.
    public func priceBook(_ mark: PriceBookMark) throws(LedgerError) -> StoredPriceBook {
        var parameters = Parameters()
        parameters.add(mark.ordinal)
        parameters.add(nil as String?)
        parameters.add(nil as String?)
        return try book(parameters) ?? StoredPriceBook(mark: mark, files: [])
    }

    private func book(_ parameters: Parameters) throws(LedgerError) -> StoredPriceBook? {
        try inOneTrip(Self.bookSQL, parameters) { answer throws(PostgresError) in
            try Self.book(answer)
        }
    }

    static func book(_ answer: borrowing Answer) throws(PostgresError) -> StoredPriceBook? {
        var mark: PriceBookMark?
        var files: [StoredPriceFile] = []
        try answer.forEachRow { row throws(PostgresError) in
            mark = PriceBookMark(
                ordinal: try row.integer(), version: try row.text(),
                recordedAt: Instant(microseconds: try row.microseconds()))
            guard let name = try row.optionalText() else { return }
            files.append(StoredPriceFile(name: name, text: try row.text()))
        }
        return mark.map { StoredPriceBook(mark: $0, files: files) }
    }

    /// The parameters of ``bookSQL`` for the newest book of a version.
    static func bookParameters(version: String, provider: String?) -> Parameters {
        var parameters = Parameters()
        parameters.add(nil as Int64?)
        parameters.add(provider)
        parameters.add(version)
        return parameters
    }

    /// `$1` ordinal or `$3` version of the book, `$2` provider: files that are for others alone are left out.
    static let bookSQL: StaticString = """
        SELECT b.ordinal, b.version, b.recorded_at, f.name, f.content
        FROM (
            SELECT ordinal, version, recorded_at FROM tollbook.price_book
            WHERE ordinal = $1::bigint OR version = $3::text
            ORDER BY ordinal DESC LIMIT 1
        ) b
        LEFT JOIN tollbook.price_file f ON f.ordinal = b.ordinal
            AND ($2::text IS NULL OR f.only_for IS NULL OR replace($2, '-', '_') = ANY (f.only_for))
        ORDER BY f.name
        """

    /// Puts a price book in force. Loading what is in force already changes nothing.
    ///
    /// - Parameters:
    ///   - version: of the content; the caller has read the files and found them sound.
    ///   - onlyIntoNone: leaves any book that is there in force, whatever its content.
    ///   - actor: who loads it, for the trail of changes; nil where nobody does by hand.
    /// - Returns: the book in force afterwards, and whether it was put there by this call.
    @discardableResult
    public func storePriceBook(
        version: String, files: [StoredPriceFile], recordedAt: Instant, onlyIntoNone: Bool = false,
        actor: String? = nil
    ) throws(LedgerError) -> (mark: PriceBookMark, stored: Bool) {
        let names = ArrayParameter(.text)
        let texts = ArrayParameter(.text)
        for file in files {
            names.append(file.name)
            texts.append(file.text)
        }
        return try transaction { connection throws(PostgresError) -> (PriceBookMark, Bool) in
            // One at a time: sidecars that start together all want to store the first book.
            try connection.run("SELECT pg_advisory_xact_lock(7827364119012)")
            let newest = try Self.marks(
                try connection.run(
                    """
                    SELECT ordinal, version, recorded_at FROM tollbook.price_book
                    ORDER BY ordinal DESC LIMIT 1
                    """)
            ).first
            if let newest, onlyIntoNone || newest.version == version { return (newest, false) }
            let mark = PriceBookMark(
                ordinal: (newest?.ordinal ?? 0) + 1, version: version, recordedAt: recordedAt)
            var book = Parameters()
            book.add(mark.ordinal)
            book.add(version)
            book.add(microseconds: recordedAt.microseconds)
            // The clause does nothing but ask for the key: where somebody restores the ledger, and has made
            // its tables and not yet their keys, a book from here would be in the way of the one that comes.
            try connection.run(
                "INSERT INTO tollbook.price_book VALUES ($1, $2, $3) ON CONFLICT (ordinal) DO NOTHING", book)
            var content = Parameters()
            content.add(mark.ordinal)
            content.add(names)
            content.add(texts)
            try connection.run(
                """
                INSERT INTO tollbook.price_file (ordinal, name, content, only_for)
                SELECT $1::bigint, name, content, CASE
                    WHEN content !~ '(^|\\n)prices:' OR content ~ '(^|\\n)also_for:'
                        AND content !~ '(^|\\n)also_for: *\\[[A-Za-z0-9_, -]*\\] *\\n'
                    THEN NULL
                    ELSE string_to_array(replace(replace(
                        substring(content FROM '(?:^|\\n)provider: *([A-Za-z0-9_-]+) *\\n')
                            || coalesce(
                                ',' || substring(
                                    content FROM '(?:^|\\n)also_for: *\\[([A-Za-z0-9_, -]*)\\] *\\n'),
                                ''),
                        ' ', ''), '-', '_'), ',')
                    END
                FROM unnest($2::text[], $3::text[]) AS f(name, content)
                """, content)
            if let actor {
                try Self.note(Self.loading(mark, files: files, before: newest, by: actor), connection)
            }
            return (mark, true)
        }
    }

    private static func loading(
        _ mark: PriceBookMark, files: [StoredPriceFile], before: PriceBookMark?, by actor: String
    ) -> AuditNote {
        var detail = JSONWriter()
        detail.beginObject()
        detail.field("ordinal", mark.ordinal)
        detail.field("before", before?.version)
        detail.field("files", Int64(files.count))
        detail.endObject()
        return AuditNote(
            at: mark.recordedAt, actor: actor, action: "prices.load", objectKind: "prices",
            object: mark.version, detail: detail.text)
    }

    private static func marks(_ answer: borrowing Answer) throws(PostgresError) -> [PriceBookMark] {
        var marks: [PriceBookMark] = []
        try answer.forEachRow { row throws(PostgresError) in
            marks.append(
                PriceBookMark(
                    ordinal: try row.integer(), version: try row.text(),
                    recordedAt: Instant(microseconds: try row.microseconds())))
        }
        return marks
    }
}
