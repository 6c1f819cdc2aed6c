// The journal in hledger's notation: https://hledger.org/hledger.html. `hledger check` accepts it, also
// strictly: accounts and commodities are declared.
import Terms

extension Journal {
    public var hledger: String {
        var text = "; Spend by day, tenant and provider; expenses are \(book.rawValue) amounts.\n"
        // Twelve decimals, so that nothing is rounded when a balance is shown.
        for commodity in commodities { text += "commodity 1.000000000000 \(commodity)\n" }
        text += "\n"
        for account in accounts {
            text += "account \(account)\n"
            if let name = names[account] { text += "    ; name: \(name.visible)\n" }
        }
        for (key, day) in transactions {
            text += "\n\(key.day.iso8601) \(Self.words(key))\n    ; \(day.note)\n"
            if let center = costCenters[key.tenant] { text += "    ; cost_center: \(Self.tag(center))\n" }
            for (place, amount) in day.moving {
                text +=
                    "    \(place.account)  \(amount.plain) \(JournalAccount.commodity(place.currency.code))\n"
            }
        }
        return text
    }

    /// A tag's value ends at a comma or a line break.
    private static func tag(_ text: String) -> String {
        text.visible.split(separator: ",").joined(separator: ";")
    }

    /// Names from outside in a description, which ends at a semicolon or a line break.
    private static func words(_ key: JournalKey) -> String {
        "\(key.tenant.visible) | \(key.provider.visible)".split(separator: ";").joined(separator: ",")
    }
}
