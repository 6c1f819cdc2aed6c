import LedgerStore
import Postgres
import Reporting
import Terms

/// `tollbook archive restore`: brings a month's facts back from their files.
struct ArchiveRestoreCommand: Command {
    static let help = Help(
        "archive restore", "bring a month's facts back from their files",
        details: """
            Reads the files of `tollbook archive create` twice: first to compare their SHA-256 with what the
            ledger noted when it put the month aside, then to add the rows again. Rollups and seals are not
            touched; `tollbook verify` then checks the month like any other. Running it again changes nothing.
            Needs the rights of the schema's owner.
            """,
        operands: [
            .init("MONTH", "such as 2024-10, in UTC"), .init("DIR", "where the files are"),
        ],
        options: [LedgerOptions.help],
        examples: [.init("tollbook archive restore 2024-10 /backup/tollbook", "for an audit")])

    private let ledger: LedgerOptions
    private let month: CivilDate
    private let directory: String

    /// Rows of one transaction.
    private static let batch = 500

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        month = try arguments.archivedMonth()
        directory = try arguments.operand(1) ?? "."
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        var outcome: Result<Int64, Failure> = .success(0)
        try ledger.withLedger(in: world, limits: .patient) { ledger throws(LedgerError) in
            do throws(Failure) {
                outcome = .success(try restore(ledger, now: now))
            } catch { outcome = .failure(error) }
        }
        let added = try outcome.get()
        world.out.write("restored \(month.isoMonth): \(counted(added, "row")) added\n")
        return .done
    }

    private func restore(_ ledger: LedgerStore, now: Instant) throws(Failure) -> Int64 {
        let archived: ArchivedMonth?
        do throws(LedgerError) {
            archived = try ledger.archivedMonths().first { $0.month == month }
        } catch {
            throw Failure(error)
        }
        guard let archived else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "archive.unknown", problem: "this ledger never put \(month.isoMonth) aside",
                    effect: "nothing was restored", remedy: "see `tollbook archive list`"))
        }
        guard try ArchiveManifest.matches(archived, in: directory) else {
            throw mismatch("\(directory)/\(ArchiveManifest.name(of: month))")
        }
        for rows in ArchivedRows.allCases {
            let path = "\(directory)/\(ArchiveFile.name(rows, of: month))"
            let found = try ArchiveFile.read(path) { _ in }
            let isRecords = rows == .records
            guard found.digest == (isRecords ? archived.recordDigest : archived.entryDigest),
                found.lines == (isRecords ? archived.records : archived.entries)
            else { throw mismatch(path) }
        }
        var added: Int64 = 0
        do throws(LedgerError) {
            try ledger.ensurePartitions(from: Instant(month), months: 1)
        } catch {
            throw Failure(error)
        }
        for rows in ArchivedRows.allCases { added += try add(rows, to: ledger) }
        do throws(LedgerError) { try ledger.noteRestored(month, at: now) } catch { throw Failure(error) }
        return added
    }

    private func add(_ rows: ArchivedRows, to ledger: LedgerStore) throws(Failure) -> Int64 {
        var added: Int64 = 0
        var batch: [[UInt8]] = []
        _ = try ArchiveFile.read("\(directory)/\(ArchiveFile.name(rows, of: month))") {
            line throws(LedgerError) in
            batch.append(line)
            guard batch.count == Self.batch else { return }
            added += try ledger.restore(rows, batch)
            batch.removeAll(keepingCapacity: true)
        }
        guard !batch.isEmpty else { return added }
        do throws(LedgerError) { return added + (try ledger.restore(rows, batch)) } catch {
            throw Failure(error)
        }
    }

    private func mismatch(_ path: String) -> Failure {
        Failure(
            .couldNot,
            Diagnosis(
                code: "archive.mismatch",
                problem: "\(path) is not what the ledger noted when it put the month aside",
                effect: "nothing was restored", remedy: "fetch the files of that month from another copy"))
    }
}
