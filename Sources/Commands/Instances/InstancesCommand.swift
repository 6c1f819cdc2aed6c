import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook instances`: the sidecars that the ledger knows.
struct InstancesCommand: Command {
    static let help = Help(
        "instances", "list the sidecars: versions, sequences, gaps, backlogs, clocks",
        details: """
            Each running `tollbook serve` numbers its records without gaps and says every few seconds how it is.
            A missing number is a record that was made and never arrived. The skew is by how much its clock was
            ahead of PostgreSQL's. A state is `running`, `silent` (nothing heard for five minutes), `retired`
            (it ended with nothing left to post) or `unknown` (it never said anything).
            """,
        options: [Format.option([.text, .csv, .json, .jsonl]), LedgerOptions.help],
        examples: [.init("tollbook instances --format json", "for a monitor")])

    private let ledger: LedgerOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let instances = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.instances()
        }
        // What is booked by hand or by terms has numbers, but no sidecar.
        let lines = instances.filter { ![Adjustment.instance, TermRecord.instance].contains($0.instance) }
            .map { Line($0, now: world.clock()) }
        switch format {
        case .json, .jsonl: world.out.write(Self.json(lines, asList: format == .json))
        case .csv:
            var csv = CSV()
            csv.line(Self.names)
            for line in lines { csv.line(line.fields) }
            world.out.write(csv.take())
        default: world.out.write(Self.text(lines, columns: world.outStyle.columns))
        }
        return .done
    }

    private static let names = [
        "instance", "state", "version", "last_seq", "missing", "backlog", "open_exchanges", "clock_skew_ms",
        "reported_at", "complete_until",
    ]

    private struct Line {
        let instance: InstanceState
        let state: String
        let missing: Int64

        init(_ instance: InstanceState, now: Instant) {
            self.instance = instance
            missing = instance.gaps.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 }
            guard let note = instance.note else {
                state = "unknown"
                return
            }
            if note.completeUntil == nil {
                state = "retired"
            } else {
                state = now.seconds - note.reportedAt.seconds > DoctorLimits.silence ? "silent" : "running"
            }
        }

        var fields: [String] {
            let note = instance.note
            return [
                instance.instance, state, note?.version ?? "", "\(instance.lastSequence)", "\(missing)",
                note.map { "\($0.backlog)" } ?? "", note.map { "\($0.openExchanges)" } ?? "",
                instance.clockSkewMilliseconds.map { "\($0)" } ?? "", note?.reportedAt.rfc3339 ?? "",
                note?.completeUntil?.rfc3339 ?? "",
            ]
        }
    }

    private static func text(_ lines: [Line], columns: Int?) -> String {
        if lines.isEmpty { return "no sidecar has posted yet\n" }
        var table = TextTable([
            .init("instance"), .init("state"), .init("version"), .init("last", numeric: true),
            .init("missing", numeric: true), .init("backlog", numeric: true), .init("open", numeric: true),
            .init("skew", unit: "ms", numeric: true), .init("reported", dispensable: 2),
            .init("complete until", dispensable: 1),
        ])
        table.rows = lines.map { line in line.fields.map { $0.isEmpty ? "-" : $0 } }
        var text = table.text(columns: columns)
        for line in lines where !line.instance.gaps.isEmpty {
            let gaps = line.instance.gaps.prefix(DoctorLimits.named).map { gap in
                gap.count == 1 ? "\(gap.lowerBound)" : "\(gap.lowerBound)-\(gap.upperBound)"
            }
            let more = line.instance.gaps.count - gaps.count
            let rest = more > 0 ? " and \(counted(Int64(more), "more gap"))" : ""
            text += "missing of \(line.instance.instance.visible): \(gaps.joined(separator: ", "))\(rest)\n"
        }
        return text
    }

    private static func json(_ lines: [Line], asList: Bool) -> String {
        var json = JSONWriter()
        if asList { json.beginArray() }
        for line in lines {
            let note = line.instance.note
            json.beginObject()
            json.field("instance", line.instance.instance)
            json.field("state", line.state)
            json.field("version", note?.version)
            json.field("last_seq", line.instance.lastSequence)
            json.field("missing", line.missing)
            json.key("gaps")
            json.beginArray()
            for gap in line.instance.gaps {
                json.beginArray()
                json.integer(gap.lowerBound)
                json.integer(gap.upperBound)
                json.endArray()
            }
            json.endArray()
            json.field("backlog", note?.backlog)
            json.field("open_exchanges", note?.openExchanges)
            json.field("clock_skew_ms", line.instance.clockSkewMilliseconds)
            json.field("reported_at", note?.reportedAt.rfc3339)
            json.field("complete_until", note?.completeUntil?.rfc3339)
            json.endObject()
            if !asList { json.newline() }
        }
        if asList {
            json.endArray()
            json.newline()
        }
        return json.text
    }
}
