import Glibc
import Reporting
import Spool
import Terms

/// `tollbook spool inspect`: what is in the files, segment by segment or record by record.
struct SpoolInspectCommand: Command {
    static let help = Help(
        "spool inspect", "look into the spool's files",
        details: """
            Lists the segments with their sequences, the exchanges without an end, gaps in the sequence, and \
            what was set aside because of damage. JSON Lines gives the records themselves, as they will be or \
            were posted: without charges, and `booked_at` is null. Changes nothing; a sidecar may be running.
            """,
        options: [
            .init("--since", "TIME", "only segments, or their records, that were posted or written since"),
            Format.option([.text, .json, .jsonl]),
        ],
        examples: [
            .init("tollbook spool inspect", "what is kept, and is anything damaged"),
            .init("tollbook spool inspect --format jsonl", "the records themselves"),
        ])

    private let options: ConfigurationOptions
    private let since: Instant?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        options = ConfigurationOptions(arguments)
        format = Format(arguments)
        since = try arguments.value(
            "--since", expected: "a date (2026-10-01) or an RFC 3339 time with its offset",
            SpoolReplayCommand.instant)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let directory = try options.load(in: world).dataDirectory + "/spool"
        do throws(SpoolError) {
            if format == .jsonl {
                try readSpool(directory, since: since) { record in
                    var json = JSONWriter(reserving: 2048)
                    json.record(record, bookedAt: nil, rated: nil)
                    json.newline()
                    world.out.write(bytes: json.bytes)
                    return !world.out.isClosed
                }
                return .done
            }
            var contents = try inspectSpool(directory)
            contents.segments.removeAll { segment in
                guard let since, let posted = segment.postedAt else { return false }
                return posted < since
            }
            let refused = RefusedRecords(directory).pending().count
            if format == .json {
                world.out.write(bytes: Self.json(contents, refused: refused))
            } else {
                world.out.write(Self.text(contents, refused: refused, columns: world.outStyle.columns))
            }
            return .done
        } catch {
            throw Failure(.couldNot, error.diagnosis)
        }
    }

    private static func json(_ contents: SpoolContents, refused: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("instance", contents.status.instance.isEmpty ? nil : contents.status.instance)
        json.key("segments")
        json.beginArray()
        for segment in contents.segments { write(segment, to: &json) }
        json.endArray()
        json.key("open")
        json.beginArray()
        for note in contents.open { write(note, to: &json) }
        json.endArray()
        json.key("gaps")
        json.beginArray()
        for gap in contents.gaps {
            json.beginObject()
            json.field("from", gap.lowerBound)
            json.field("to", gap.upperBound)
            json.endObject()
        }
        json.endArray()
        json.field("quarantined_records", Int64(refused))
        json.endObject()
        json.newline()
        return json.bytes
    }

    private static func write(_ segment: SegmentSummary, to json: inout JSONWriter) {
        json.beginObject()
        json.field("segment", Int64(clamping: segment.number))
        json.field("state", segment.state.rawValue)
        json.field("created_at", segment.createdAt?.rfc3339)
        json.field("posted_at", segment.postedAt?.rfc3339)
        json.field("first_seq", segment.firstSequence)
        json.field("last_seq", segment.lastSequence)
        json.field("records", segment.records)
        json.field("bytes", Int64(segment.bytes))
        json.field("damages", Int64(segment.damages))
        json.field("torn_tail", segment.hasTornTail)
        json.endObject()
    }

    private static func write(_ note: OpenedNote, to json: inout JSONWriter) {
        json.beginObject()
        json.field("record_id", note.id.text)
        json.field("operation_id", note.operationID)
        json.field("occurred_at", note.occurredAt.rfc3339)
        json.field("tenant", note.attribution.tenant)
        json.field("user", note.attribution.user.isEmpty ? nil : note.attribution.user)
        json.field("upstream", note.upstream)
        json.field("provider", note.provider)
        json.field("api", note.api)
        json.field("model_requested", note.modelRequested)
        json.field("upper_input_tokens", note.upperInput)
        json.field("upper_output_tokens", note.upperOutput)
        json.endObject()
    }

    private static func text(_ contents: SpoolContents, refused: Int, columns: Int?) -> String {
        var table = TextTable([
            .init("segment", numeric: true), .init("state"), .init("records", numeric: true),
            .init("first", numeric: true), .init("last", numeric: true), .init("bytes", numeric: true),
            .init("created", dispensable: 2), .init("posted", dispensable: 1), .init("damage"),
        ])
        table.rows = contents.segments.map { segment in
            [
                String(segment.number), segment.state.rawValue, segment.records.grouped,
                segment.firstSequence?.grouped ?? "", segment.lastSequence?.grouped ?? "",
                Int64(segment.bytes).grouped, segment.createdAt?.rfc3339 ?? "",
                segment.postedAt?.rfc3339 ?? "", damage(segment),
            ]
        }
        var text = contents.segments.isEmpty ? "No segments.\n" : table.text(columns: columns)
        for gap in contents.gaps {
            let count = counted(gap.upperBound - gap.lowerBound + 1, "record")
            text += "missing      \(count): \(gap.lowerBound.grouped) to \(gap.upperBound.grouped)\n"
        }
        for note in contents.open {
            let model = note.modelRequested?.visible ?? "-"
            text += "open         \(note.id.text)  \(note.occurredAt.rfc3339)  "
            text += "\(note.attribution.tenant.visible)  \(note.upstream.visible)  \(model)\n"
        }
        if refused > 0 {
            text += "quarantined  \(counted(Int64(refused), "record")); see `tollbook spool quarantine`\n"
        }
        return text
    }

    private static func damage(_ segment: SegmentSummary) -> String {
        var words: [String] = []
        if segment.state == .damaged { words.append("header") }
        if segment.damages > 0 { words.append("\(segment.damages) inside") }
        if segment.hasTornTail { words.append("unfinished end") }
        return words.joined(separator: ", ")
    }
}
