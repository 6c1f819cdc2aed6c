// Heads of seals that were kept elsewhere: lines of `tollbook seal heads --format jsonl`.
import Documents
import LedgerStore
import Reporting
import Terms

enum SealAnchors {
    /// - Throws: when the file is not there, or a line is no head.
    static func read(_ file: String) throws(Failure) -> [SealAnchor] {
        let bytes: [UInt8]
        do throws(FileProblem) {
            guard let found = try Files.read(file) else {
                throw FileProblem(path: file, reason: "there is no such file")
            }
            bytes = found
        } catch {
            throw Failure(error, effect: "nothing was verified")
        }
        var anchors: [SealAnchor] = []
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .enumerated()
        {
            guard let anchor = anchor(String(line)) else {
                throw Failure(
                    .couldNot,
                    Diagnosis(
                        code: "seal.bad-anchor",
                        problem: "\(file.visible):\(index + 1): this is no head of a seal",
                        effect: "nothing was verified",
                        remedy: "give what `tollbook seal heads --format jsonl` printed, unchanged"))
            }
            anchors.append(anchor)
        }
        return anchors
    }

    private static func anchor(_ line: String) -> SealAnchor? {
        guard let fields = try? Document.json(Array(line.utf8)),
            let number = fields["number"]?.text.flatMap({ Int64($0) }),
            let mac = fields["mac"]?.text
        else { return nil }
        return SealAnchor(tenant: fields["tenant"]?.text ?? "", number: number, mac: mac)
    }
}
