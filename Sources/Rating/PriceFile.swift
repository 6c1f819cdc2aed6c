// One price file: a provider's prices as reviewed data. The format is described in `docs` of the
// project and, key by key, in `PriceFileReader`.
public import Terms

public struct PriceFile: Hashable, Sendable {
    /// As people know it: `pricing/openai.yaml`.
    public let name: String
    public let provider: String
    /// Providers under other names that sell at these prices, such as a cloud's surface of the same
    /// models. Their own price file, if there is one, comes first.
    public let alsoFor: [String]
    public let currency: Currency
    public let entries: [PriceEntry]
    /// Of a contract file, which has no prices.
    public let rules: [ContractRule]
    /// Of a conversion file, which has no prices either.
    public let conversions: [Conversion]

    /// - Throws: every mistake of the file, not only the first.
    public init(_ document: Document, name: String) throws(PriceProblems) {
        var reader = PriceFileReader(file: name)
        if document["contract"] != nil || document["conversion"] != nil {
            let isContract = document["contract"] != nil
            rules = isContract ? reader.contract(document) : []
            conversions = isContract ? [] : reader.conversions(document)
            guard reader.problems.isEmpty else { throw PriceProblems(reader.problems) }
            self.name = name
            provider = ""
            alsoFor = []
            currency = .usd
            entries = []
            return
        }
        let parts = reader.file(document)
        guard reader.problems.isEmpty else { throw PriceProblems(reader.problems) }
        self.name = name
        provider = parts.provider
        alsoFor = parts.alsoFor
        currency = parts.currency
        entries = parts.entries
        rules = []
        conversions = []
    }
}
