// The keys of a rule whose amount depends on the sum of a period: `per` and one of `allowance`, `tiers`,
// `minimum`.
import Terms

extension PriceFileReader {
    static let termKeys = ["per", "timezone", "together", "allowance", "tiers", "minimum"]

    /// The terms that a rule states; more than one is the caller's to refuse.
    mutating func terms(_ node: Document, _ id: String) -> [ContractRule.Effect] {
        var effects: [PeriodTerm.Effect] = []
        if let node = given("allowance", in: node), let found = allowance(node) { effects.append(found) }
        if let node = given("tiers", in: node), let found = tiers(node, id) { effects.append(found) }
        if let value = given("minimum", in: node) {
            if let amount = money("minimum", in: node, value.line) { effects.append(.minimum(amount)) }
        }
        guard let per = given("per", in: node) else {
            for key in Self.termKeys where given(key, in: node) != nil {
                note(.missing, node.line, "`per` of \(id) is missing: month, quarter or year")
                break
            }
            return []
        }
        guard let unit = per.text.flatMap(PeriodTerm.Unit.init(rawValue:)) else {
            note(.shape, per.line, "`per` must be month, quarter or year")
            return []
        }
        var isPooled = false
        if let value = given("together", in: node) {
            switch value.text {
            case "true": isPooled = true
            case "false": break
            default: note(.shape, value.line, "`together` must be true or false")
            }
        }
        let timezone = node["timezone"]?.text ?? "UTC"
        return effects.map {
            .term(PeriodTerm(unit: unit, timezone: timezone, isPooled: isPooled, effect: $0))
        }
    }

    private func given(_ key: String, in node: Document) -> Document? {
        node[key].flatMap { $0.isNull ? nil : $0 }
    }

    private mutating func allowance(_ node: Document) -> PeriodTerm.Effect? {
        allow(["amount", "quantity"], in: node, what: "`allowance`")
        let amount = given("amount", in: node)
        let quantity = given("quantity", in: node)
        if let amount, quantity == nil, let money = money("amount", in: node, amount.line) {
            return .allowance(.amount, money.picos)
        }
        if let quantity, amount == nil, let units = units("quantity", in: node, quantity.line) {
            return .allowance(.quantity, units.nanos)
        }
        note(.shape, node.line, "`allowance` needs an `amount` or a `quantity`, not negative")
        return nil
    }

    private mutating func tiers(_ node: Document, _ id: String) -> PeriodTerm.Effect? {
        allow(["of", "whole", "steps"], in: node, what: "`tiers`")
        let measure: PeriodTerm.Measure
        switch node["of"]?.text {
        case "amount": measure = .amount
        case "quantity": measure = .quantity
        default:
            note(.shape, node["of"]?.line ?? node.line, "`of` must be amount or quantity")
            return nil
        }
        let steps = items(node["steps"], "steps").compactMap { step($0, measure) }
        let ends = steps.map { $0.to ?? .max }
        guard !steps.isEmpty, ends.last == .max, zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
            note(
                .shape, node.line,
                "`steps` of \(id) must rise by their `to`, and the last has none: it is for all above")
            return nil
        }
        return .tiers(measure, steps, whole: node["whole"]?.text == "true")
    }

    private mutating func step(_ node: Document, _ measure: PeriodTerm.Measure) -> PeriodTerm.Step? {
        allow(["to", "multiply"], in: node, what: "a step")
        guard let multiply = ratio("multiply", in: node) else {
            note(.missing, node.line, "`multiply` of a step is missing")
            return nil
        }
        guard let end = given("to", in: node) else { return PeriodTerm.Step(to: nil, multiply: multiply) }
        let to =
            measure == .amount
            ? money("to", in: node, end.line)?.picos : units("to", in: node, end.line)?.nanos
        return to.map { PeriodTerm.Step(to: $0, multiply: multiply) }
    }

    private mutating func money(_ key: String, in node: Document, _ line: Int) -> Money? {
        guard let text = decimal(key, in: node)?.plain else { return nil }
        if let amount = Money(text), amount >= .zero { return amount }
        note(.number, line, "`\(key)` must be an amount, not negative, with twelve decimals at most")
        return nil
    }

    private mutating func units(_ key: String, in node: Document, _ line: Int) -> Quantity? {
        guard let text = decimal(key, in: node)?.plain else { return nil }
        if let quantity = Quantity(text), quantity >= .zero { return quantity }
        note(.number, line, "`\(key)` must be a quantity, not negative, with nine decimals at most")
        return nil
    }
}
