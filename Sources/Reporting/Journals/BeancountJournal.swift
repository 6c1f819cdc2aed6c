// The journal in beancount's notation: https://beancount.github.io/docs/beancount_language_syntax.html.
// `bean-check` accepts it. A transaction that moves nothing (usage without a price) is a note.
import Terms

extension Journal {
    public var beancount: String {
        var text = "; Spend by day, tenant and provider; expenses are \(book.rawValue) amounts.\n"
        text += "option \"title\" \"Tollbook\"\n"
        for commodity in commodities { text += "option \"operating_currency\" \(Self.quoted(commodity))\n" }
        guard let first = firstDay else { return text }
        text += "\n"
        for account in accounts {
            text += "\(first.iso8601) open \(account)\n"
            if let name = names[account] { text += "  name: \(Self.quoted(name))\n" }
        }
        for (key, day) in transactions where !day.moving.isEmpty {
            text += "\n\(key.day.iso8601) * \(Self.quoted(key.tenant)) \(Self.quoted(key.provider))\n"
            text += "  counted: \(Self.quoted(day.note))\n"
            if let center = costCenters[key.tenant] { text += "  cost_center: \(Self.quoted(center))\n" }
            for (place, amount) in day.moving {
                text +=
                    "  \(place.account)  \(amount.plain) \(JournalAccount.commodity(place.currency.code))\n"
            }
        }
        return text
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.visible {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }
}
