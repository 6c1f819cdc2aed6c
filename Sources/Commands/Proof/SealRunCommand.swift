import LedgerStore
import Reporting
import Terms

/// `tollbook seal run`: seals every day that is over.
struct SealRunCommand: Command {
    static let help = Help(
        "seal run", "seal every day that is over, so that later changes are found",
        details: """
            A seal is an HMAC over a tenant's rows of one day (in UTC, of when they were booked), chained to the
            tenant's seal before; one more seal a day covers all tenants. The key (`seal.key` or `seal.key_file`)
            is not in the database, so nobody who can write there can make a seal. A day is sealed an hour after
            its end, when no transaction that was posting is still under way. Usage that comes late is booked
            late, and falls into the seal of the day on which it came.

            A `tollbook serve` with a key does this every hour. Running it again changes nothing. `tollbook
            verify` checks seals against rows.
            """,
        options: [Format.option([.text, .json]), LedgerOptions.help],
        examples: [.init("tollbook seal run", "what is not sealed yet")])

    private let ledger: LedgerOptions
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try ledger.configuration.load(in: world)
        let keys = try SealKeyring(configuration).forLedger
        guard keys.current != nil else { throw Failure(LedgerError.noSealKey) }
        let now = world.clock()
        let receipt = try ledger.withLedger(of: configuration, limits: .patient) {
            ledger throws(LedgerError) in try ledger.seal(keys, now: now)
        }
        if format == .json {
            var json = JSONWriter()
            json.beginObject()
            json.field("days", receipt.days)
            json.field("seals", receipt.seals)
            json.field("records", receipt.records)
            json.field("entries", receipt.entries)
            json.field("sealed_through", receipt.through?.iso8601)
            json.endObject()
            json.newline()
            world.out.write(json.text)
        } else {
            world.out.write(Self.text(receipt))
        }
        return .done
    }

    private static func text(_ receipt: SealReceipt) -> String {
        let through = receipt.through.map { "sealed through \($0.iso8601)" } ?? "nothing is sealed yet"
        if receipt.days == 0 { return "nothing to seal: \(through)\n" }
        let rows =
            "\(counted(receipt.records, "record")) and \(counted(receipt.entries, "entry", "entries"))"
        return "sealed \(counted(receipt.days, "day")) with \(rows); \(through)\n"
    }
}
