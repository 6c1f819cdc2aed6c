// The nouns that the ledger keeps as JSON text, read back: the inverse of how Terms spells them.
import Bookkeeping
import Terms

extension Component {
    /// - Returns: nil when the value is not as `JSONWriter.components` spells it.
    init?(_ json: JSONText) {
        guard let role = json["role"]?.string.flatMap(Role.init(rawValue:)), let meters = json["meters"]
        else {
            return nil
        }
        let statuses = json["quantity_status"]
        var readings: [MeterReading] = []
        for (name, value) in meters.members {
            guard let quantity = value.decimal.flatMap({ Quantity($0) }) else { return nil }
            var status = QuantityStatus.reported
            if let word = statuses?[name]?.string {
                guard let known = QuantityStatus(rawValue: word) else { return nil }
                status = known
            }
            readings.append(MeterReading(Meter(name), quantity, status: status))
        }
        self.init(
            role: role, model: json["model"]?.string, readings: readings,
            selectors: Selectors(json["selectors"] ?? .null))
    }

    static func list(_ text: String) -> [Component]? {
        guard let json = JSONText(text), case .array(let elements) = json else { return nil }
        var components: [Component] = []
        for element in elements {
            guard let component = Component(element) else { return nil }
            components.append(component)
        }
        return components
    }
}

extension Selectors {
    init(_ json: JSONText) {
        self.init()
        serviceTierRequested = json["service_tier_requested"]?.string
        serviceTier = json["service_tier"]?.string
        batch = json["batch"]?.bool
        region = json["region"]?.string
        speed = json["speed"]?.string
        geo = json["geo"]?.string
        contextTokens = json["context_tokens"]?.integer
    }
}

extension Estimate {
    init?(_ text: String) {
        guard let json = JSONText(text), let method = json["method"]?.string,
            let version = json["version"]?.integer
        else { return nil }
        self.init(method: method, version: Int(version))
        inputTokens = json["input_tokens"]?.integer
        outputTokens = json["output_tokens"]?.integer
        upperInputTokens = json["upper_input_tokens"]?.integer
        upperOutputTokens = json["upper_output_tokens"]?.integer
    }
}

extension Label {
    static func list(_ text: String) -> [Label]? {
        guard let json = JSONText(text), case .object(let members) = json else { return nil }
        return members.compactMap { member in
            member.value.string.map { Label(key: member.key, value: $0) }
        }
    }
}

extension Entry {
    /// In the order of the columns in ``LedgerStore/recordsSQL``.
    init?(_ json: JSONText) {
        let values = json.elements
        guard values.count == 15, let number = values[0].integer,
            let kind = values[1].string.flatMap(EntryKind.init(rawValue:)),
            let component = values[3].integer, let model = values[4].string, let meter = values[5].string,
            let quantity = values[6].decimal.flatMap({ Quantity($0) }),
            let currency = values[8].string, let book = values[9].string.flatMap(Book.init(rawValue:)),
            let alsoContracted = values[10].bool, let alsoChargeback = values[11].bool,
            let rateID = values[12].string, let priceVersion = values[13].string,
            let rounded = values[14].bool
        else { return nil }
        var amount: Money?
        if let text = values[7].decimal {
            guard let money = Money(text) else { return nil }
            amount = money
        }
        self.init(
            number: Int(number), kind: kind, correctionOf: values[2].integer.map { Int($0) },
            component: Int(component), model: model, meter: Meter(meter), quantity: quantity,
            amount: amount, currency: Currency(currency), book: book, alsoContracted: alsoContracted,
            alsoChargeback: alsoChargeback, rateID: rateID, priceVersion: priceVersion, rounded: rounded)
    }

    static func list(_ text: String) -> [Entry]? {
        guard let json = JSONText(text), case .array(let elements) = json else { return nil }
        var entries: [Entry] = []
        for element in elements {
            guard let entry = Entry(element) else { return nil }
            entries.append(entry)
        }
        return entries
    }
}

extension CarriedEntry {
    /// By the number of the entry.
    static func places(_ text: String) -> [Int: CarriedEntry]? {
        guard let json = JSONText(text), case .array(let elements) = json else { return nil }
        var places: [Int: CarriedEntry] = [:]
        for element in elements {
            let values = element.elements
            guard values.count == 3, let number = values[0].integer, let from = values[1].string,
                let period = values[2].string
            else { return nil }
            places[Int(number)] = CarriedEntry(from: from, period: period)
        }
        return places
    }
}
