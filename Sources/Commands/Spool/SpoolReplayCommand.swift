import Bookkeeping
import LedgerStore
import Reporting
import Spool
import Terms

/// `tollbook spool replay`: what this machine still has on disk into the ledger once more.
struct SpoolReplayCommand: Command {
    static let help = Help(
        "spool replay", "post records again that are still on this machine",
        details: """
            For a ledger that lost its last transactions: restored from a backup, or failed over to a replica \
            that had not got them. Posted records stay in the spool for `spool.keep`; this posts everything \
            that was posted or happened since the time given, and some earlier ones. What the ledger has is \
            not booked again, so a time that is too early does no harm. A sidecar may be running.
            """,
        options: [
            .init("--since", "TIME", "the backup's time, as a date or an RFC 3339 time"),
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook spool replay --since 2026-11-20T03:00:00Z", "after the restore of a backup")
        ])

    private let options: ConfigurationOptions
    private let since: Instant
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments, settings: ["--database"])
        format = Format(arguments)
        let since = try arguments.value(
            "--since", expected: "a date (2026-10-01) or an RFC 3339 time with its offset", Self.instant)
        guard let since else { throw .missingValue(option: "--since", metavar: "TIME") }
        self.since = since
    }

    /// A date is midnight UTC.
    static func instant(_ text: String) -> Instant? {
        CivilDate(text).map { TimeZoneRules.utc.start(of: $0) } ?? Instant(rfc3339: text)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        let directory = configuration.dataDirectory + "/spool"
        let session = try PostingSession(configuration, spool: directory)
        defer { session.close() }
        var batch: [UsageRecord] = []
        var failure: Failure?
        let undecodable: Int
        do throws(SpoolError) {
            undecodable = try readSpool(directory, since: since) { record in
                batch.append(record)
                guard batch.count >= LedgerLimits.recordsPerBatch else { return true }
                failure = Self.post(&batch, session)
                return failure == nil
            }
        } catch {
            throw Failure(.couldNot, error.diagnosis)
        }
        failure = failure ?? Self.post(&batch, session)
        if let failure { throw failure }
        report(session.totals, undecodable: undecodable, in: world)
        return .done
    }

    private static func post(_ batch: inout [UsageRecord], _ session: PostingSession) -> Failure? {
        guard !batch.isEmpty else { return nil }
        do throws(Failure) {
            _ = try session.post(batch)
            batch.removeAll(keepingCapacity: true)
            return nil
        } catch {
            return error
        }
    }

    private func report(_ totals: PostingTotals, undecodable: Int, in world: World) {
        if format == .json {
            var json = JSONWriter()
            json.beginObject()
            totals.write(to: &json)
            json.field("unreadable", Int64(undecodable))
            json.endObject()
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            world.out.write(totals.text)
            if undecodable > 0 { world.out.write("unreadable   \(Int64(undecodable).grouped)\n") }
        }
    }
}
