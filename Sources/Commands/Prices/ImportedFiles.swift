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
    var fileName: String { Self.fileName(of: provider) }
    /// Prices that were left out, and what was kept of the file that was there.
    let notes: [Note]

    typealias Note = (kind: ImportNote.Kind, entry: String, text: String)

    /// What an earlier edition of a list says, which goes before the file's own prices.
    struct Edition {
        /// When the file's prices were first seen in a later one.
        let until: Instant
        let words: String?
    }

    /// The provider's name, without what could lead out of a directory.
    static func fileName(of provider: String) -> String {
        let kept = provider.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" }
        return "\(String(kept.prefix(100))).yaml"
    }

    /// - Parameter existing: the file that this one takes the place of.
    /// - Throws: what is wrong with the text, which would be our mistake.
    init(
        _ provider: String, _ prices: [ImportedPrice], head: [String], checked: CivilDate, source: String,
        over existing: ExistingFile? = nil, edition: Edition? = nil
    ) throws(ConfigurationProblems) {
        self.provider = provider
        var prices = prices
        var (kept, notes): ([KeptPrice], [Note]) = ([], [])
        if let existing, let edition {
            let whole = existing.prices.preceded(by: prices, until: edition.until, words: edition.words)
            prices = whole.added
            kept = whole.kept
            notes = whole.notes.map { ($0.kind, $0.entry, $0.text) }
        } else if let existing {
            let completed = existing.prices.complete(&prices)
            kept = completed.kept
            notes = completed.notes.map { ($0.kind, $0.entry, $0.text) }
        }
        let head = edition == nil ? head + (existing?.comments ?? []) : existing?.head ?? []
        while true {
            let text = prices.priceFile(
                provider: provider, head: head, checked: checked, source: source,
                alsoFor: existing?.prices.alsoFor ?? [], kept: kept)
            let keptIDs = Set(kept.map(\.id))
            let faults = try Self.faults(text, provider, today: checked, trusting: keptIDs)
            if faults.isEmpty {
                (self.text, self.prices, self.notes) = (text, prices.count + kept.count, notes)
                return
            }
            notes += faults.map { ($0.kind, "", $0.text) }
            // Of two that tie, what the newest list says stands.
            let dropped = Set(
                faults.map { fault in
                    fault.ids.first { keptIDs.contains($0) == (edition == nil) } ?? fault.ids[0]
                })
            let before = prices.count + kept.count
            prices.removeAll { dropped.contains($0.id) }
            kept.removeAll { dropped.contains($0.id) }
            guard prices.count + kept.count < before else { throw ConfigurationProblems(diagnoses: []) }
        }
    }

    /// Prices of the text that no book can hold, or that a person should not believe, by their ids.
    private static func faults(
        _ text: String, _ provider: String, today: CivilDate, trusting: Set<String>
    ) throws(ConfigurationProblems) -> [Fault] {
        let name = "\(provider).yaml"
        let document = try ExistingFile.document(Array(text.utf8), name)
        do throws(PriceProblems) {
            let file = try PriceFile(document, name: name)
            do throws(PriceProblems) {
                let book = try PriceBook(version: "imported", files: [file], zones: ZoneFiles.rules)
                return book.findings(today: today).filter { $0.kind == .unit && !trusting.contains($0.id) }
                    .map { ([$0.id], .doubtful, "\($0.id): \($0.text)") }
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

    private typealias Fault = (ids: [String], kind: ImportNote.Kind, text: String)

    /// The prices that problems stand in.
    ///
    /// - Throws: the problems, when one of them stands in no price.
    private static func located(
        _ problems: PriceProblems, _ document: Document, _ kind: ImportNote.Kind
    ) throws(PriceProblems) -> [Fault] {
        guard case .list(let prices) = document["prices"]?.content else { throw problems }
        let ids = Set(prices.compactMap { $0["id"]?.text })
        var faults: [Fault] = []
        for problem in problems.problems {
            guard let price = prices.last(where: { $0.line <= problem.line }), let id = price["id"]?.text
            else { throw problems }
            faults.append(([id] + owner(of: problem.rival, among: ids), kind, problem.text))
        }
        return faults
    }

    /// The price in the file that an id belongs to: its own, or that of a premium of it.
    private static func owner(of rival: String?, among ids: Set<String>) -> [String] {
        guard var id = rival else { return [] }
        while !ids.contains(id) {
            guard let slash = id.lastIndex(of: "/") else { return [] }
            id = String(id[..<slash])
        }
        return [id]
    }
}
