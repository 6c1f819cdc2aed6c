// A caller's question about its own usage: the query of a URL, read with the words of `tollbook report`, and
// bound to whoever asks.
import Access
import Bookkeeping
import Terms

struct UsageQuestion: Sendable {
    let query: ReportQuery

    private static let help = Help(
        "usage", "what the caller has used",
        options: [
            .init("--by", "DIMENSION", "what to group by", fallback: "model", arity: .list),
            .init(
                "--book", "BOOK", "by whose amounts rows are ordered", fallback: "contracted",
                values: Book.allCases.map(\.rawValue)),
        ] + PeriodOptions.help, examples: [])

    /// What a query may name.
    static let parameters = "by, book, since, until, month, timezone"

    /// Parameters of one query that are read.
    private static let limit = 16

    /// - Parameter text: what follows the question mark.
    init(_ text: Substring, of own: OwnSpend) throws(Diagnosis) {
        var words: [String] = []
        for pair in text.split(separator: "&").prefix(Self.limit) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let values = halves.map { Self.decoded($0) }
            // A gateway key may stand in the query: it has said who asks.
            if values.count > 1, values[1].hasPrefix(KeyText.mark) { continue }
            words.append("--" + values.joined(separator: "="))
        }
        let arguments: Arguments
        let options: PeriodOptions
        let dimensions: [Dimension]
        do throws(UsageError) {
            arguments = try Arguments(words, for: Self.help)
            options = try PeriodOptions(arguments)
            dimensions = try ReportCommand.dimensions(arguments, fallback: [.model])
        } catch {
            throw error.diagnosis
        }
        let zone: TimeZoneRules
        let period: Period
        do throws(Failure) {
            zone = try options.zone()
            period = try options.period(zone: zone, now: Clock.now())
        } catch {
            throw error.diagnoses[0]
        }
        var filter = ReportFilter()
        filter.tenant = own.attribution.tenant
        filter.user = own.attribution.user.isEmpty ? nil : own.attribution.user
        filter.key = own.key
        query = ReportQuery(
            by: dimensions, period: period, zone: zone,
            book: arguments.value("--book").flatMap(Book.init) ?? .contracted, filter: filter)
    }

    /// Percent-decoded, `+` for a blank; what is no escape stays as it is.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let escaped = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
