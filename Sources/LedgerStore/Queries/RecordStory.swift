// What `explain` asks of a record that it has found: the prices that its charges name, when they were booked
// and in which zone its tenant's months are. All of it in one round trip.
public import Bookkeeping
import Postgres
import Terms

/// What the ledger knows around one record.
public struct RecordStory {
    /// By version, those that are there, without files that are surely for other providers alone.
    public fileprivate(set) var books: [String: StoredPriceBook] = [:]
    /// The first posting and every correction since.
    public fileprivate(set) var bookings: [Booking] = []
    /// The zone of the tenant's months; nil where nothing says so, or the role may not read it.
    public fileprivate(set) var timezone: String?
}

extension LedgerStore {
    /// - Parameters:
    ///   - provider: whose prices are meant.
    ///   - versions: of the price books that the record's charges name.
    public func story(
        of key: RecordKey, provider: String, versions: [String]
    ) throws(LedgerError) -> RecordStory {
        do throws(LedgerError) {
            return try story(of: key, provider: provider, versions: versions, readsTenant: true)
        } catch .postgres(.refused(.insufficientPrivilege, _, _)) {
            return try story(of: key, provider: provider, versions: versions, readsTenant: false)
        } catch {
            throw error
        }
    }

    private func story(
        of key: RecordKey, provider: String, versions: [String], readsTenant: Bool
    ) throws(LedgerError) -> RecordStory {
        var statements: [(sql: StaticString, parameters: Parameters)] = [
            ("BEGIN", Parameters()), (Self.settingsSQL, settings),
            (Self.bookingsSQL, Self.parameters(of: key)),
        ]
        for version in versions {
            statements.append((Self.bookSQL, Self.bookParameters(version: version, provider: provider)))
        }
        if readsTenant {
            var parameters = Parameters()
            parameters.add(key.tenant)
            statements.append((Self.timezoneSQL, parameters))
        }
        statements.append(("COMMIT", Parameters()))
        return try withConnection { connection throws(PostgresError) in
            var story = RecordStory()
            try connection.pipeline(statements) { index, answer throws(PostgresError) in
                switch index {
                case 2: story.bookings = try Self.bookings(answer)
                case 3..<3 + versions.count: story.books[versions[index - 3]] = try Self.book(answer)
                case 3 + versions.count where readsTenant: story.timezone = try Self.timezone(answer)
                default: return
                }
            }
            return story
        }
    }
}
