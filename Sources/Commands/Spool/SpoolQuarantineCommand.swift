import Bookkeeping
import LedgerStore
import Reporting
import Spool
import Terms

/// `tollbook spool quarantine`: the records that PostgreSQL refused, and another try with them.
struct SpoolQuarantineCommand: Command {
    static let help = Help(
        "spool quarantine", "list the records that PostgreSQL refused, or post them again",
        details: """
            A record that PostgreSQL refuses for what is in it is set apart with the reason, so that it never \
            blocks the others. Once the cause is removed (by a newer release, a migration, a repaired table), \
            `--replay` posts what was set apart; what is refused again stays. A sidecar may be running.
            """,
        options: [
            .init(flag: "--replay", "post them again"), Format.option([.text, .json, .jsonl]),
            LedgerOptions.help,
        ],
        examples: [
            .init("tollbook spool quarantine", "what was refused and why"),
            .init("tollbook spool quarantine --replay", "after its cause was removed"),
        ])

    private let options: ConfigurationOptions
    private let replays: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments, settings: ["--database"])
        replays = arguments.flag("--replay")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.load(in: world)
        let directory = configuration.dataDirectory + "/spool"
        let refused = RefusedRecords(directory)
        // What may not be looked into must not look empty.
        do throws(SpoolError) { _ = try readSpoolStatus(directory) } catch {
            throw Failure(.couldNot, error.diagnosis)
        }
        guard replays else {
            list(refused.pending(), in: world)
            return .done
        }
        let session = try PostingSession(configuration, spool: directory)
        defer { session.close() }
        // One at a time: a refusal names its record, and only the others are done with.
        for pending in refused.pending() {
            let receipt = try session.post([pending.record])
            guard receipt.quarantined.isEmpty else { continue }
            do throws(SpoolError) {
                try refused.markPosted(pending.record)
            } catch {
                throw Failure(.couldNot, error.diagnosis)
            }
        }
        let left = refused.pending().count
        if format == .text {
            world.out.write(session.totals.text + "left         \(counted(Int64(left), "record"))\n")
        } else {
            var json = JSONWriter()
            json.beginObject()
            session.totals.write(to: &json)
            json.field("records", Int64(left))
            json.endObject()
            json.newline()
            world.out.write(bytes: json.bytes)
        }
        return .done
    }

    private func list(_ pending: [RefusedRecord], in world: World) {
        guard format == .text else {
            var json = JSONWriter()
            if format == .json { json.beginArray() }
            for refused in pending {
                json.beginObject()
                json.field("reason", refused.reason)
                json.field("quarantined_at", refused.refusedAt.rfc3339)
                json.key("record")
                json.record(refused.record, bookedAt: nil, rated: nil)
                json.endObject()
                if format == .jsonl { json.newline() }
            }
            if format == .json {
                json.endArray()
                json.newline()
            }
            world.out.write(bytes: json.bytes)
            return
        }
        if pending.isEmpty { world.out.write("No record is set apart.\n") }
        for refused in pending {
            let record = refused.record
            world.out.write(
                """
                \(record.id.text)  \(record.occurredAt.rfc3339)  \(record.attribution.tenant.visible)
                  \(refused.reason.visible)

                """)
        }
    }
}
