import LedgerStore
import Postgres
import Reporting
import Terms

/// `tollbook archive create`: writes a month's facts to files and removes them from the database.
struct ArchiveCreateCommand: Command {
    static let help = Help(
        "archive create", "write a month's facts to files and remove them from the database",
        details: """
            For months that nobody asks about record by record any more. Rollups and seals stay: reports by
            tenant, model, user and time go on, `records` and `explain` no longer find the month. Three files are
            written to DIR: records and entries, compressed, and a manifest with their SHA-256; only when all
            three are on disk are exactly those rows removed. If something was posted to the month meanwhile,
            nothing is removed.

            Needs the rights of the schema's owner. Where seals are used, the month must be sealed first.
            `tollbook archive restore` brings the month back.
            """,
        operands: [
            .init("MONTH", "such as 2024-10, in UTC"), .init("DIR", "where the files go"),
        ],
        options: [LedgerOptions.help],
        examples: [.init("tollbook archive create 2024-10 /backup/tollbook", "two years later")])

    private let ledger: LedgerOptions
    private let month: CivilDate
    private let directory: String

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        month = try arguments.archivedMonth()
        directory = try arguments.operand(1) ?? "."
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        guard Instant(month.firstOfMonth(adding: 1)).advanced(bySeconds: 86_400) <= now else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "archive.not-over", problem: "\(month.isoMonth) is not over by a day",
                    effect: "nothing was written or removed", remedy: "wait; usage of it may still come"))
        }
        var outcome: Result<ArchivedMonth?, Failure> = .success(nil)
        try ledger.withLedger(in: world, limits: .patient) { ledger throws(LedgerError) in
            do throws(Failure) {
                outcome = .success(try write(ledger, now: now))
            } catch { outcome = .failure(error) }
        }
        guard let archived = try outcome.get() else {
            world.out.write("nothing to put aside: there are no facts of \(month.isoMonth)\n")
            return .done
        }
        let rows =
            "\(counted(archived.records, "record")) and \(counted(archived.entries, "entry", "entries"))"
        world.out.write("put aside \(archived.month.isoMonth): \(rows), in \(directory.visible)\n")
        return .done
    }

    private func write(_ ledger: LedgerStore, now: Instant) throws(Failure) -> ArchivedMonth? {
        let last: CivilDate?
        let sealed: CivilDate?
        do throws(LedgerError) {
            last = try ledger.lastBooking(in: month)
            sealed = try ledger.sealHeads().first(where: \.tenant.isEmpty)?.day
        } catch {
            throw Failure(error)
        }
        guard let last else { return nil }
        if let sealed, sealed < last {
            let booked = "\(month.isoMonth) has rows booked on \(last.iso8601)"
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "archive.not-sealed", problem: "\(booked), sealed is up to \(sealed.iso8601)",
                    effect: "nothing was written or removed",
                    remedy: "run `tollbook seal run` when that day is over, then again"))
        }
        let records = try file(.records, ledger)
        let entries = try file(.entries, ledger)
        let archived = ArchivedMonth(
            month: month, records: records.lines, entries: entries.lines, recordDigest: records.digest,
            entryDigest: entries.digest, archivedAt: now)
        let manifest = "\(directory)/\(ArchiveManifest.name(of: month))"
        do throws(FileProblem) {
            try Files.replace(manifest, with: Array(ArchiveManifest.text(archived).utf8))
        } catch {
            throw Failure(error, effect: "the ledger was not changed")
        }
        do throws(LedgerError) { try ledger.dropMonth(archived) } catch { throw Failure(error) }
        return archived
    }

    private func file(
        _ rows: ArchivedRows, _ ledger: LedgerStore
    ) throws(Failure) -> (lines: Int64, digest: [UInt8]) {
        let path = "\(directory)/\(ArchiveFile.name(rows, of: month))"
        return try ArchiveFile.write(path) { each throws(LedgerError) in
            try ledger.archiveLines(rows, of: month, each: each)
        }
    }
}

extension Arguments {
    /// The first operand, a month.
    func archivedMonth() throws(UsageError) -> CivilDate {
        let text = try operand(0) ?? ""
        guard text.utf8.count == 7, let month = CivilDate(text + "-01"), (2000..<2100).contains(month.year)
        else {
            throw .invalid(what: "MONTH", value: text, expected: "a month such as 2026-10", nearest: nil)
        }
        return month
    }
}
