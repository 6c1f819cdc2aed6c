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
    /// The provider's name, without what could lead out of a directory.
    var fileName: String {
        let kept = provider.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" }
        return "\(String(kept.prefix(100))).yaml"
    }
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
            let before = prices.count
            prices.removeAll { dropped.contains($0.id) }
            guard prices.count < before else { throw ConfigurationProblems(diagnoses: []) }
        }
    }

    /// Prices of the text that no book can hold, or that a person should not believe, by their ids.
    private static func faults(
        _ text: String, _ provider: String, today: CivilDate
    ) throws(ConfigurationProblems) -> [Fault] {
        let name = "\(provider).yaml"
        var limits = DocumentLimits.standard
        limits.bytes = Files.largest
        limits.nodes = 2_000_000
        let document: Document
        do throws(DocumentError) { document = try Document.yaml(text, limits: limits) } catch {
            throw ConfigurationProblems(diagnoses: [error.diagnosis(in: name)])
        }
        do throws(PriceProblems) {
            let file = try PriceFile(document, name: name)
            do throws(PriceProblems) {
                let book = try PriceBook(version: "imported", files: [file], zones: ZoneFiles.rules)
                return book.findings(today: today).filter { $0.kind == .unit }.map { finding in
                    (finding.id, .doubtful, "\(finding.id): \(finding.text)")
                }
            } catch {
                return try located(error, document, .duplicate)
            }
        } catch {
            // An amount that no rate can have, a price that ends before it begins, a model without a name.
            do throws(PriceProblems) {
                return try located(error, document, .notRepresentable)
            } catch {
                throw ConfigurationProblems(diagnoses: error.problems.map(\.diagnosis))
            }
        }
    }

    private typealias Fault = (id: String, kind: ImportNote.Kind, text: String)

    /// The prices that problems stand in.
    ///
    /// - Throws: the problems, when one of them stands in no price.
    private static func located(
        _ problems: PriceProblems, _ document: Document, _ kind: ImportNote.Kind
    ) throws(PriceProblems) -> [Fault] {
        guard case .list(let prices) = document["prices"]?.content else { throw problems }
        var faults: [Fault] = []
        for problem in problems.problems {
            guard let price = prices.last(where: { $0.line <= problem.line }),
                let id = price["id"]?.text
            else { throw problems }
            faults.append((id, kind, problem.text))
        }
        return faults
    }
}
