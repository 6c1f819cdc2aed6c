// Imported prices to price files that load: what would tie in a book is left out, with a note, because a
// list that takes its first match may hold what a price book must refuse; so is what looks like the wrong
// unit, because a price per thousand that is read as one per token bills a thousandfold.
import Documents
import Rating
import Terms

/// One price file that an import makes.
struct ImportedFile {
    let provider: String
    let text: String
    let prices: Int
    /// Prices that were left out.
    let notes: [Note]

    typealias Note = (kind: ImportNote.Kind, text: String)

    /// - Throws: what is wrong with the text, which would be our mistake.
    init(
        _ provider: String, _ prices: [ImportedPrice], head: [String], checked: CivilDate, source: String
    ) throws(ConfigurationProblems) {
        self.provider = provider
        var prices = prices
        var notes: [Note] = []
        while true {
            let text = prices.priceFile(provider: provider, head: head, checked: checked, source: source)
            let faults = try Self.faults(text, provider, today: checked)
            if faults.isEmpty {
                (self.text, self.prices, self.notes) = (text, prices.count, notes)
                return
            }
            notes += faults.map { ($0.kind, $0.text) }
            let dropped = Set(faults.map(\.id))
            prices.removeAll { dropped.contains($0.id) }
        }
    }

    private static func faults(
        _ text: String, _ provider: String, today: CivilDate
    ) throws(ConfigurationProblems) -> [(id: String, kind: ImportNote.Kind, text: String)] {
        let name = "\(provider).yaml"
        do {
            var limits = DocumentLimits.standard
            limits.bytes = Files.largest
            limits.nodes = 2_000_000
            let file = try PriceFile(Document.yaml(text, limits: limits), name: name)
            do {
                let book = try PriceBook(version: "imported", files: [file], zones: ZoneFiles.rules)
                return book.findings(today: today).filter { $0.kind == .unit }.map { finding in
                    (finding.id, .doubtful, "\(finding.id): \(finding.text)")
                }
            } catch let error {
                let found = error.problems.filter { $0.kind == .tie || $0.kind == .duplicateID }
                guard found.count == error.problems.count else { throw error }
                return found.map { problem in
                    (file.entries.first { $0.line == problem.line }?.id ?? "", .duplicate, problem.text)
                }
            }
        } catch let error as PriceProblems {
            throw ConfigurationProblems(diagnoses: error.problems.map(\.diagnosis))
        } catch let error as DocumentError {
            throw ConfigurationProblems(diagnoses: [error.diagnosis(in: name)])
        } catch {
            throw ConfigurationProblems(diagnoses: [])
        }
    }
}
