// An import over a price file that is there already. What a person wrote into the file and no list says would
// be lost with it: premiums, minimums, fees, names of other providers, prices of models that the list has
// dropped. Usage of the past is still rated by them, so they stay, each with a note; what both say is taken
// from the list, and a note tells what it was before.
public import Terms

/// What of a price file stays when a list is imported over it.
public struct ExistingPrices {
    public let provider: String
    public let alsoFor: [String]
    public let currency: String
    let prices: [Price]

    struct Price {
        let id: String
        let node: Document
        let models: [String]
        let conditions: [String]
        /// Its models and conditions, to find the same price under another id.
        let subject: String
        let from: Instant?
        let until: Instant?

        /// The subject of the price as one of this model alone.
        func subject(of model: String) -> String {
            ExistingPrices.subject(models: [model], when: conditions)
        }
    }

    /// - Parameter document: a price file that loads.
    public init(_ document: Document) {
        provider = PriceFileReader.canonical(document["provider"]?.text ?? "")
        alsoFor = Self.words(document["also_for"])
        currency = document["currency"]?.text ?? Currency.usd.code
        prices = Self.items(document["prices"]).map { node in
            let when = Self.fields(node["when"]).map { "\($0.key)=\($0.value.flow)" }
            let models = Self.words(node["models"])
            return Price(
                id: node["id"]?.text ?? "", node: node, models: models, conditions: when,
                subject: Self.subject(models: models, when: when),
                from: node["from"]?.text.flatMap { Instant(rfc3339: $0) },
                until: node["until"]?.text.flatMap { Instant(rfc3339: $0) })
        }
    }

    /// Puts into imported prices what the file says beside the list.
    ///
    /// - Returns: the file's prices that the list does not have, and a note for all that was kept or changed.
    public func complete(_ imported: inout [ImportedPrice]) -> (kept: [KeptPrice], notes: [ImportNote]) {
        var notes: [ImportNote] = []
        var met: Set<String> = []
        for index in imported.indices {
            start(&imported[index])
            guard let own = prices.first(where: { $0.id == imported[index].id }) else { continue }
            met.insert(own.id)
            let told = imported[index].complete(from: own.node)
            notes += told.map {
                ImportNote(kind: $0.kind, provider: provider, entry: imported[index].name, text: $0.text)
            }
        }
        let kept = prices.filter { !met.contains($0.id) }.map {
            KeptPrice(id: $0.id, yaml: $0.node.block([:]))
        }
        notes += kept.map {
            ImportNote(kind: .kept, provider: provider, entry: "", text: "\($0.id) is not in the list")
        }
        return (kept, notes)
    }

    /// A list of current prices states no dates. One whose model has a history in the file begins where that
    /// ends, or when the file's price in force does.
    private func start(_ price: inout ImportedPrice) {
        guard price.until == nil else { return }
        let subject = Self.subject(models: price.models, when: price.when.map { "\($0.key)=\($0.value)" })
        let same = prices.filter { $0.subject == subject }
        let begin: Instant?
        if same.contains(where: { $0.until == nil }) {
            begin = same.filter { $0.until == nil }.compactMap(\.from).max()
        } else {
            begin = same.compactMap(\.until).max()
        }
        guard let begin, begin > Instant(price.from) else { return }
        price.from = begin.date
        price.begins = begin
    }

    /// The same text for the same models under the same conditions, however they are quoted.
    static func subject(models: [String], when: [String]) -> String {
        let conditions = when.sorted().joined(separator: ";").filter { !"\"[] ".contains($0) }
        return models.sorted().joined(separator: "\n") + "\n\(conditions)"
    }

    static func items(_ node: Document?) -> [Document] {
        guard case .list(let items)? = node?.content else { return [] }
        return items
    }

    static func fields(_ node: Document?) -> [Document.Entry] {
        guard case .map(let fields)? = node?.content else { return [] }
        return fields
    }

    private static func words(_ node: Document?) -> [String] {
        node?.text.map { [$0] } ?? items(node).compactMap(\.text)
    }
}

/// A price of an existing file that an import leaves as it stands.
public struct KeptPrice: Hashable, Sendable {
    public let id: String
    let yaml: String
}

extension ImportedPrice {
    /// Takes over what the file's price of the same id says beside the list.
    mutating func complete(from node: Document) -> [(kind: ImportNote.Kind, text: String)] {
        var told: [(kind: ImportNote.Kind, text: String)] = []
        let listed = Set(rates.keys)
        for field in ExistingPrices.fields(node["rates"]) {
            let meter = Meter(field.key)
            guard let amount = field.value["amount"]?.text.flatMap({ DecimalText($0) }),
                let per = field.value["per"]?.text.flatMap({ Int64($0) })
            else { continue }
            if let rate = rates[meter] {
                if !rate.equals(amount, per) {
                    told.append((.changed, "\(id): \(meter.rawValue) was \(amount.plain) per \(per)"))
                }
            } else {
                rates[meter] = ImportedRate(amount: amount, per: per)
                told.append((.kept, "\(id): \(meter.rawValue), for which the list has no price"))
            }
            for key in ["minimum", "multiply"] {
                guard let value = field.value[key], !value.isNull else { continue }
                rateTerms[meter, default: ""] += ", \(key): \(value.flow)"
                if listed.contains(meter) {
                    told.append((.kept, "\(id): `\(key)` of \(meter.rawValue)"))
                }
            }
        }
        for field in ExistingPrices.fields(node["same_as"]) {
            if let target = field.value.text { aliases[Meter(field.key)] = Meter(target) }
        }
        for key in ["multiply", "note", "premiums"] {
            guard let value = node[key], !value.isNull else { continue }
            lines.append("\(key): \(value.flow)")
            told.append((.kept, "\(id): `\(key)`"))
        }
        return told
    }
}

extension ImportedRate {
    func equals(_ amount: DecimalText, _ per: Int64) -> Bool {
        guard let mine = Ratio(self.amount), let theirs = Ratio(amount),
            let one = Ratio(self.per).inverse.flatMap({ mine.multiplied(by: $0) }),
            let other = Ratio(per).inverse.flatMap({ theirs.multiplied(by: $0) })
        else { return self.amount == amount && self.per == per }
        return one == other
    }
}

extension Document {
    /// The node in one line of YAML.
    fileprivate var flow: String {
        switch content {
        case .scalar(let text, let quoted):
            if quoted { ImportedPrice.inQuotes(text) } else { isNull ? "null" : ImportedPrice.plain(text) }
        case .list(let items): "[\(items.map(\.flow).joined(separator: ", "))]"
        case .map(let fields):
            "{\(fields.map { "\(ImportedPrice.quoted($0.key)): \($0.value.flow)" }.joined(separator: ", "))}"
        }
    }

    /// A price as an item of a list: a line for each of its keys, and for each of its rates.
    ///
    /// - Parameter other: values that stand in place of its own, as YAML.
    func block(_ other: [String: String]) -> String {
        var text = ""
        for field in ExistingPrices.fields(self) {
            text += "\(text.isEmpty ? "-" : " ") \(ImportedPrice.quoted(field.key)):"
            if field.key == "rates", case .map(let rates) = field.value.content, !rates.isEmpty {
                text += "\n"
                for rate in rates { text += "    \(ImportedPrice.quoted(rate.key)): \(rate.value.flow)\n" }
            } else {
                text += " \(other[field.key] ?? field.value.flow)\n"
            }
        }
        return text
    }
}
