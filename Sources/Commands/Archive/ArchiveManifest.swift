// What lies beside the two files of a month: what should be in them. Written last, so that a month
// without it was not written to its end.
import Documents
import LedgerStore
import Terms

enum ArchiveManifest {
    static func name(of month: CivilDate) -> String { "\(month.isoMonth).json" }

    static func text(_ archived: ArchivedMonth) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("month", archived.month.isoMonth)
        json.field("form", ArchivedMonth.form)
        json.field("records", archived.records)
        json.field("entries", archived.entries)
        json.field("records_sha256", archived.recordDigest.hexadecimal)
        json.field("entries_sha256", archived.entryDigest.hexadecimal)
        json.field("archived_at", archived.archivedAt.rfc3339)
        json.endObject()
        json.newline()
        return json.text
    }

    /// Whether the manifest in a directory is that of a month as the ledger knows it.
    static func matches(_ archived: ArchivedMonth, in directory: String) throws(Failure) -> Bool {
        let path = "\(directory)/\(name(of: archived.month))"
        do throws(FileProblem) {
            guard let bytes = try Files.read(path) else {
                throw FileProblem(path: path, reason: "there is no such file")
            }
            return String(decoding: bytes, as: UTF8.self) == text(archived)
        } catch {
            throw Failure(error, effect: "nothing was restored")
        }
    }
}
