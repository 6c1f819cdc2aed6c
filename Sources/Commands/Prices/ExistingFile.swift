// A price file that an import takes the place of: what a person wrote into it, with its comments at the head.
import Documents
import Rating
import Reporting
import Terms

struct ExistingFile {
    let prices: ExistingPrices
    /// The lines of comment at its head, without what an import wrote there.
    let comments: [String]
    /// All lines of comment at its head.
    let head: [String]

    /// - Throws: what is wrong with it: a file that does not load says nothing that could be kept.
    init(_ source: PriceSource, provider: String) throws(ConfigurationProblems) {
        let document = try Self.document(source.bytes, source.name)
        do throws(PriceProblems) { _ = try PriceFile(document, name: source.name) } catch {
            throw ConfigurationProblems(diagnoses: error.problems.map(\.diagnosis))
        }
        prices = ExistingPrices(document)
        head = Self.comments(source.bytes)
        comments = head.filter { line in
            !["Imported from ", "Prices without a date"].contains(where: line.hasPrefix)
        }
        let mismatch: String? =
            if prices.provider != provider {
                "it holds prices of \(prices.provider.visible), not of \(provider.visible)"
            } else if prices.currency != Currency.usd.code {
                "its prices are in \(prices.currency.visible), and the list's are in USD"
            } else {
                nil
            }
        if let mismatch {
            throw ConfigurationProblems(diagnoses: [
                Diagnosis(
                    code: "prices.other-file", problem: "\(source.name): \(mismatch)",
                    effect: "nothing was imported: its prices would be lost",
                    remedy: "import into another directory, or move the file away")
            ])
        }
    }

    /// - Throws: why the text is no document; a list may be larger than a file that people write.
    static func document(_ bytes: [UInt8], _ name: String) throws(ConfigurationProblems) -> Document {
        var limits = DocumentLimits.standard
        limits.bytes = Files.largest
        limits.nodes = 2_000_000
        do throws(DocumentError) { return try Document.yaml(bytes, limits: limits) } catch {
            throw ConfigurationProblems(diagnoses: [error.diagnosis(in: name)])
        }
    }

    private static func comments(_ bytes: [UInt8]) -> [String] {
        var found: [String] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard line.first == UInt8(ascii: "#") else { break }
            let text = String(decoding: line.dropFirst(), as: UTF8.self)
            found.append(text.hasPrefix(" ") ? String(text.dropFirst()) : text)
        }
        return found
    }
}
