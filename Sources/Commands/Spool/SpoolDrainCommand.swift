import Bookkeeping
import Glibc
import LedgerStore
import Reporting
import Spool
import Terms

/// `tollbook spool drain`: everything that waits on this machine into the ledger, now.
struct SpoolDrainCommand: Command {
    static let help = Help(
        "spool drain", "post what waits on this machine to the ledger",
        details: """
            Without a sidecar on the data directory it posts the records itself, those of exchanges that a \
            killed process left open included. Beside a running sidecar it waits until that one has posted \
            everything that was there when the command began, and gives up when nothing moves for \
            `drain_timeout`. What is not posted stays in the spool.
            """,
        options: [Format.option([.text, .json]), LedgerOptions.help],
        examples: [.init("tollbook spool drain", "before a machine is taken away")])

    /// Milliseconds between two looks at what another process does.
    private static let interval = 100

    private let options: ConfigurationOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments, settings: ["--database"])
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        let directory = configuration.dataDirectory + "/spool"
        guard access(directory, F_OK) == 0 else {
            // Not there is empty; what may not be looked into is not.
            do throws(SpoolError) { _ = try readSpoolStatus(directory) } catch {
                throw Failure(.couldNot, error.diagnosis)
            }
            report(PostingTotals(), SpoolStatus(), in: world)
            return .done
        }
        let spool: Spool
        do throws(SpoolError) {
            spool = try Spool.open(directory, configuration: SpoolConfiguration(configuration))
        } catch {
            guard case .locked = error else { throw Failure(.couldNot, error.diagnosis) }
            return try waitForSidecar(directory, configuration, in: world)
        }
        defer { spool.close() }
        let session = try PostingSession(configuration, spool: directory)
        defer { session.close() }
        let open = OpenExchanges(spool, age: configuration.spool.openAfterSeconds)
        var booked = open.bookDue(into: spool, now: world.clock(), log: nil)
        repeat {
            try Self.post(spool, session)
            booked = open.bookDue(into: spool, now: world.clock(), log: nil)
        } while booked > 0
        let status = spool.status()
        do throws(LedgerError) {
            // Nothing is left here that a report would have to wait for.
            let isEmpty = status.records == 0 && status.open == 0
            let now = world.clock()
            try session.store.noteInstance(
                InstanceNote(
                    instance: status.instance, version: Tollbook.version, reportedAt: now,
                    backlog: status.records, openExchanges: Int64(status.open),
                    completeUntil: isEmpty ? nil : status.oldest ?? now))
        } catch {
            throw Failure(error)
        }
        report(session.totals, status, in: world)
        return .done
    }

    private static func post(_ spool: Spool, _ session: PostingSession) throws(Failure) {
        // Records of open exchanges may still be on their way to the disk.
        while let batch = spool.nextBatch(limit: LedgerLimits.recordsPerBatch, wait: 200) {
            _ = try session.post(batch.records)
            do throws(SpoolError) {
                try spool.release(batch)
            } catch {
                throw Failure(.couldNot, error.diagnosis)
            }
        }
    }

    /// Lets the sidecar that has the spool do it.
    private func waitForSidecar(
        _ directory: String, _ configuration: Configuration, in world: World
    ) throws(Failure) -> ExitCode {
        var totals = PostingTotals()
        var goal: Int64?
        var posted: Int64 = 0
        var still = 0
        while true {
            let status: SpoolStatus
            do throws(SpoolError) {
                status = try readSpoolStatus(directory)
            } catch {
                throw Failure(.couldNot, error.diagnosis)
            }
            let start = goal == nil ? status.postedSequence : posted
            let end = goal ?? status.lastSequence
            goal = end
            let moved = max(0, min(status.postedSequence, end) - start)
            totals.records += moved
            totals.posted += moved
            posted = max(start, status.postedSequence)
            if posted >= end {
                report(totals, status, in: world)
                return .done
            }
            still = moved > 0 ? 0 : still + Self.interval
            guard still < max(Self.interval, configuration.drainTimeoutMilliseconds) else {
                throw Failure(.unavailable, Self.stuck(status.records))
            }
            Clock.pause(milliseconds: Self.interval)
        }
    }

    private static func stuck(_ records: Int64) -> Diagnosis {
        Diagnosis(
            code: "spool.not-drained",
            problem: "\(counted(records, "record")) still wait, and the sidecar posts none of them",
            effect: "they stay in the spool; nothing is lost",
            remedy: "see what `tollbook doctor` and the sidecar's log say about the database")
    }

    private func report(_ totals: PostingTotals, _ status: SpoolStatus, in world: World) {
        if format == .json {
            var json = JSONWriter()
            json.beginObject()
            totals.write(to: &json)
            json.field("records", status.records)
            json.field("open", Int64(status.open))
            json.endObject()
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            world.out.write(
                totals.text + """
                    left         \(counted(status.records, "record")), \
                    \(counted(Int64(status.open), "open exchange"))

                    """)
        }
    }
}

extension PostingTotals {
    /// For people: what was read and what became of it.
    var text: String {
        """
        read         \(counted(records, "record"))
        posted       \(posted.grouped)
        known        \(duplicates.grouped)
        conflicts    \(conflicts.grouped)
        quarantined  \(quarantined.grouped)

        """
    }
}
