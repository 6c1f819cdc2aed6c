// The terms of contracts when a month is closed: free allowances, tiers and minimum amounts are known only
// when all usage of the period is, so closing books them, in the month itself, before nothing can enter it
// any more. What the next closing of the same month would still book is what changed since.
import LedgerStore
import Rating
import Reporting
import Terms

extension Closing {
    /// Books what is missing.
    func settleTerms(_ desk: StatementDesk) throws(Failure) { _ = try terms(desk, isDry: false) }

    /// The month's terms beside what is booked for them; none in a ledger without prices.
    func terms(_ desk: StatementDesk, isDry: Bool) throws(Failure) -> [SettledTerm] {
        guard let date = CivilDate(month + "-01") else { return [] }
        do throws(LedgerError) {
            guard let book = try desk.ledger.currentPriceBook()?.book else { return [] }
            var settling = TermSettling(book: book, month: date)
            settling.tenant = tenant
            settling.isDry = isDry
            return try settling.run(desk.ledger, now: desk.now)
        } catch {
            throw Failure(error)
        }
    }
}

extension [SettledTerm] {
    /// What closing books or has booked, one sentence for each.
    var closingText: String {
        map { term in
            let amount = "\(term.after.plain) \(term.currency.code)"
            let state = term.entries == 0 ? "booked" : "not booked yet"
            return
                "terms: \(term.rule) of \(term.tenant.visible): \(amount), \(term.book.rawValue), \(state)\n"
        }.joined()
    }

    func write(to json: inout JSONWriter) {
        json.beginArray()
        for term in self {
            json.beginObject()
            json.field("tenant", term.tenant)
            json.field("rule", term.rule)
            json.field("book", term.book.rawValue)
            json.field("adjustment", term.after.plain)
            json.field("currency", term.currency.code)
            json.field("booked", term.entries == 0)
            json.endObject()
        }
        json.endArray()
    }
}
