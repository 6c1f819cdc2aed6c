import Reporting
import Spool
import Terms

/// `tollbook spool status`: what waits on this machine for the ledger. Reads beside a running sidecar.
struct SpoolStatusCommand: Command {
    static let help = Help(
        "spool status", "show what waits on this machine for the ledger",
        details: "Reads the data directory's spool; a sidecar may be running on it.",
        options: [Format.option([.text, .json])],
        examples: [.init("tollbook spool status --format json", "for a monitor")])

    private let configuration: ConfigurationOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        configuration = ConfigurationOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let directory = try configuration.load(in: world).dataDirectory + "/spool"
        let status: SpoolStatus
        do throws(SpoolError) {
            status = try readSpoolStatus(directory)
        } catch {
            throw Failure(.couldNot, error.diagnosis)
        }
        let age = status.oldest.map { max(0, world.clock().seconds - $0.seconds) }
        if format == .json {
            var json = JSONWriter()
            json.beginObject()
            json.field("records", status.records)
            json.field("bytes", Int64(status.bytes))
            json.field("oldest_seconds", age)
            json.field("open", Int64(status.open))
            json.field("instance", status.instance.isEmpty ? nil : status.instance)
            json.field("last_seq", status.lastSequence)
            json.field("posted_seq", status.postedSequence)
            json.field("kept_bytes", Int64(status.keptBytes))
            json.endObject()
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            world.out.write(Self.text(status, age: age))
        }
        return .done
    }

    private static func text(_ status: SpoolStatus, age: Int64?) -> String {
        let backlog = "\(counted(status.records, "record")), \(Int64(status.bytes).grouped) bytes"
        return """
            waiting    \(backlog)\(age.map { ", the oldest for \($0.grouped) s" } ?? "")
            open       \(Int64(status.open).grouped) exchanges without an end
            sequence   \(status.lastSequence.grouped) written, \(status.postedSequence.grouped) in the ledger
            kept       \(Int64(status.keptBytes).grouped) bytes of posted records, for replay
            instance   \(status.instance.isEmpty ? "none yet" : status.instance)

            """
    }
}
