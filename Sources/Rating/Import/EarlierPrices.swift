// An earlier edition of a list under a price file: what it says differently was the price before. Lists of
// current prices know no past, but each of their editions is what was known on its day; so a file's history
// is made of them, one edition after the other. What the file says of a model from a moment on stays, begins
// there, and the earlier edition's price stands before it; a model that the file does not have comes back
// with its last known price and without an end, because usage of the past is still rated.
public import Terms

/// A price file with prices of an earlier edition before its own.
public struct PrecededPrices: Hashable, Sendable {
    /// What is new in the file.
    public internal(set) var added: [ImportedPrice] = []
    /// What the file had, some of it with another begin.
    public internal(set) var kept: [KeptPrice] = []
    public internal(set) var notes: [ImportNote] = []
}

extension ExistingPrices {
    /// Puts the prices of an earlier edition before those of the file.
    ///
    /// The same edition again changes nothing: where a price of the file begins at `until`, that is known.
    ///
    /// - Parameters:
    ///   - earlier: the edition's prices.
    ///   - until: when the file's prices were first seen in a later edition.
    ///   - words: what is known about that moment, as a note of each price that ended then.
    public func preceded(
        by earlier: [ImportedPrice], until: Instant, words: String?
    ) -> PrecededPrices {
        var result = PrecededPrices()
        var left = Past(earlier)
        var ids = Set(prices.map(\.id))
        for own in prices {
            let groups = own.isInForce(justBefore: until) ? left.differing(from: own) : left.met(own)
            guard !groups.isEmpty else {
                result.kept.append(KeptPrice(id: own.id, yaml: own.node.block([:])))
                continue
            }
            split(own, groups, until, words, &ids, &result)
        }
        for price in left.rest(of: earlier) { add(price, until, words, &ids, &result) }
        return result
    }

    /// A price of the edition that the file has no price for.
    private func add(
        _ price: ImportedPrice, _ until: Instant, _ words: String?, _ ids: inout Set<String>,
        _ result: inout PrecededPrices
    ) {
        var price = price
        let siblings = prices.filter { own in
            own.models.contains { name in price.models.contains { ModelPattern(name).matches($0) } }
        }
        if !siblings.isEmpty {
            // Under conditions that no price of the file has: they ended with the edition.
            price.ends = until
            if let plain = siblings.first(where: \.conditions.isEmpty) { price.inherit(from: plain.node) }
        }
        if let words { price.lines.append("note: \(ImportedPrice.inQuotes(words))") }
        price.claim(&ids)
        let what = siblings.isEmpty ? "last known price" : "until \(until.shortest)"
        result.notes.append(
            ImportNote(kind: .added, provider: provider, entry: price.name, text: "\(price.id): \(what)"))
        result.added.append(price)
    }

    /// One price of the file, of some of whose models the edition says something else.
    private func split(
        _ own: Price, _ groups: [Past.Group], _ until: Instant, _ words: String?, _ ids: inout Set<String>,
        _ result: inout PrecededPrices
    ) {
        let unchanged = own.models.filter { model in !groups.contains { $0.models.contains(model) } }
        if unchanged.isEmpty {
            ids.remove(own.id)
        } else {
            let models = ["models": "[\(unchanged.map(ImportedPrice.quoted).joined(separator: ", "))]"]
            result.kept.append(KeptPrice(id: own.id, yaml: own.node.block(models)))
        }
        for group in groups {
            var past = group.price
            past.models = group.models
            past.from = own.from?.date ?? past.from
            past.begins = own.from
            past.ends = until
            past.inherit(from: own.node)
            if let words { past.lines.append("note: \(ImportedPrice.inQuotes(words))") }
            past.claim(&ids)
            var next = group.price
            next.from = until.date
            next.claim(&ids)
            let fields = [
                "id": ImportedPrice.quoted(next.id), "from": until.shortest,
                "models": "[\(group.models.map(ImportedPrice.quoted).joined(separator: ", "))]",
            ]
            result.kept.append(KeptPrice(id: next.id, yaml: own.node.block(fields)))
            result.notes.append(
                ImportNote(
                    kind: .added, provider: provider, entry: past.name,
                    text: "\(past.id) until \(until.shortest), then \(next.id)"))
            result.added.append(past)
        }
    }
}

/// The prices of an edition, by model and conditions.
private struct Past {
    struct Group {
        var price: ImportedPrice
        var models: [String]
    }
    private var bySubject: [String: ImportedPrice] = [:]
    private var metSubjects: Set<String> = []

    init(_ earlier: [ImportedPrice]) {
        for price in earlier {
            for model in price.models { bySubject[Self.subject(model, price)] = price }
        }
    }

    private static func subject(_ model: String, _ price: ImportedPrice) -> String {
        ExistingPrices.subject(models: [model], when: price.when.map { "\($0.key)=\($0.value)" })
    }

    /// Marks what the file has as found.
    mutating func met(_ own: ExistingPrices.Price) -> [Group] {
        for model in own.models { metSubjects.insert(own.subject(of: model)) }
        return []
    }

    /// The models of a price of the file that the edition has at other amounts, those of one price together.
    mutating func differing(from own: ExistingPrices.Price) -> [Group] {
        var groups: [Group] = []
        for model in own.models {
            let subject = own.subject(of: model)
            metSubjects.insert(subject)
            guard let price = bySubject[subject] ?? undated(model, own), price.differs(from: own.node) else {
                continue
            }
            if let index = groups.firstIndex(where: { $0.price.rates == price.rates }) {
                groups[index].models.append(model)
            } else {
                groups.append(Group(price: price, models: [model]))
            }
        }
        return groups
    }

    /// What the edition says of a model whose dated name only the file has, beside the plain one.
    private func undated(_ model: String, _ own: ExistingPrices.Price) -> ImportedPrice? {
        let plain = own.models.first { name in
            let rest = model.dropFirst(name.count)
            return model.hasPrefix(name) && rest.hasPrefix("-20")
                && rest.dropFirst().allSatisfy { $0.isASCII && ($0.isNumber || $0 == "-") }
        }
        return plain.flatMap { bySubject[own.subject(of: $0)] }
    }

    /// What the file does not have at all.
    func rest(of earlier: [ImportedPrice]) -> [ImportedPrice] {
        earlier.compactMap { price in
            var left = price
            left.models.removeAll { metSubjects.contains(Self.subject($0, price)) }
            return left.models.isEmpty ? nil : left
        }
    }
}

extension ExistingPrices.Price {
    /// One that begins at the moment is what came after the earlier edition.
    fileprivate func isInForce(justBefore moment: Instant) -> Bool {
        (from.map { $0 < moment } ?? true) && (until.map { moment < $0 } ?? true)
    }
}

extension ImportedPrice {
    /// Whether a meter that both have a rate for costs something else.
    fileprivate func differs(from node: Document) -> Bool {
        ExistingPrices.fields(node["rates"]).contains { field in
            guard let rate = rates[Meter(field.key)],
                let amount = field.value["amount"]?.text.flatMap({ DecimalText($0) }),
                let per = field.value["per"]?.text.flatMap({ Int64($0) })
            else { return false }
            return !rate.equals(amount, per)
        }
    }

    /// What a person wrote beside the list holds before the change too: fees, minimums, premiums. Tokens that
    /// the edition has no price for were not priced apart then, and cost what its readers take for them.
    fileprivate mutating func inherit(from node: Document) {
        let listed = Set(rates.keys)
        _ = complete(from: node)
        rates = rates.filter { meter, _ in
            listed.contains(meter) || !["in.", "out."].contains(where: meter.rawValue.hasPrefix)
        }
        lines.removeAll { $0.hasPrefix("note: ") }
    }

    /// An id that no other price has: by its month, or by its day where the month has one already.
    fileprivate mutating func claim(_ ids: inout Set<String>) {
        if ids.contains(id) { idsDay = true }
        let plain = name
        var number = 2
        while !ids.insert(id).inserted {
            name = "\(plain)~\(number)"
            number += 1
        }
    }
}

extension Instant {
    /// A day where it is midnight.
    var shortest: String { self == Instant(date) ? date.iso8601 : rfc3339 }
}
