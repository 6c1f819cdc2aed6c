import Bookkeeping
import Rating
import Terms

// What was booked for a record after its first posting: when, by which price book, what it changed, and on
// which statement the change stands.

extension RecordExplanation {
    /// Empty while nothing was corrected.
    var corrections: String {
        guard bookings.count > 1 else { return "" }
        var text = "\nCorrections since\n"
        for booking in bookings.dropFirst() {
            let (first, last) = (booking.entries.lowerBound, booking.entries.upperBound)
            let numbers = first == last ? "#\(first)" : "#\(first) to #\(last)"
            let sums = booking.sums(in: stored).map { book, currency, amount in
                "\(book.rawValue) \(amount > .zero ? "+" : "")\(amount.plain) \(currency.code)"
            }
            let change = sums.isEmpty ? "no amount" : sums.joined(separator: ", ")
            text += "  \(booking.bookedAt.rfc3339)  \(numbers): \(change)\n"
            let versions = versions(of: booking)
            if !versions.isEmpty { text += "    by price book \(versions.joined(separator: ", "))\n" }
            if booking.carriedFrom != nil {
                text += "    in the statement of \(booking.period), from earlier months\n"
            }
        }
        return text
    }

    /// Of the entries that stand for others.
    private func versions(of booking: Booking) -> [String] {
        let made = stored.entries.filter {
            booking.entries.contains($0.number) && $0.kind != .reversal && !$0.priceVersion.isEmpty
        }
        return Set(made.map(\.priceVersion)).sorted()
    }

    func writeCorrections(to json: inout JSONWriter) {
        json.beginArray()
        for booking in bookings.dropFirst() {
            json.beginObject()
            json.field("booked_at", booking.bookedAt.rfc3339)
            json.field("first_entry", Int64(booking.entries.lowerBound))
            json.field("last_entry", Int64(booking.entries.upperBound))
            json.field("period", booking.period)
            json.field("carried_from", booking.carriedFrom)
            json.key("changes")
            json.beginArray()
            for (book, currency, amount) in booking.sums(in: stored) {
                json.beginObject()
                json.field("book", book.rawValue)
                json.field("amount", amount)
                json.field("currency", currency.code)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
    }

    /// The cell of a statement in which the record's first amounts are.
    var cell: String {
        let record = stored.record
        let words =
            [record.attribution.tenant.visible, stored.carriedFrom == nil ? month : stored.period]
            + [record.reportedModel.visible, record.attribution.user.visible].filter { !$0.isEmpty }
        let place = "in the statement of \(words.joined(separator: ", "))"
        return stored.carriedFrom.map { "\(place), from earlier months (\($0) was closed)" } ?? place
    }

    /// How many prices could have been meant.
    var choice: String {
        let count = considered.reduce(0) { $0 + $1.candidates.count }
        guard count > 1 else { return "" }
        return "  chosen among \(count) prices that name the model: --considered lists them, and why not\n"
    }
}
