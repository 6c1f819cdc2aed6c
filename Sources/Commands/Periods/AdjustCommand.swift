import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook adjust`: books an amount by hand.
struct AdjustCommand: Command {
    static let help = Help(
        "adjust", "book a credit, a fee, a commitment or machine hours for a tenant",
        details: """
            The amount is in the tenant's currency; a credit is negative. It belongs to the current month or to
            --period; when that is closed it is carried by the month that is open, and names the closed one. It
            counts in the contracted and the chargeback amounts, not in the list's, unless --book says otherwise:
            it counts in that book and those after it. It is no request. Nothing is taken back: book the opposite
            amount.

            What is booked for the tenant 'shared' is shared out among all others in statements.
            """,
        options: [
            .init("--tenant", "NAME", "for whom"),
            .init("--amount", "AMOUNT", "such as 120.50, or -20 for a credit (write --amount=-20)"),
            .init("--reason", "TEXT", "why; it stands on the statement"),
            .init("--period", "YYYY-MM", "the month that it belongs to", fallback: "the current one"),
            .init("--user", "NAME", "a user of the tenant"),
            .init("--currency", "CODE", "another currency than the tenant's"),
            .init(
                "--book", "BOOK", "the first book that it counts in", fallback: "contracted",
                values: Book.allCases.map(\.rawValue)),
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook adjust --tenant acme --amount=-25 --reason 'credit for the outage'", "a credit"),
            .init(
                "tollbook adjust --tenant shared --amount 480 --reason 'GPU hours' --period 2026-10",
                "a cost that all share"),
        ])

    private let ledger: LedgerOptions
    private let tenant: String
    private let amount: Money
    private let reason: String
    private let month: String?
    private let user: String
    private let currency: String?
    private let book: Book
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        guard let tenant = arguments.value("--tenant") else { throw .missingOperand("--tenant NAME") }
        let expected = "an amount other than 0 with at most 12 decimals, below a billion"
        let limit = Money(picos: 1_000_000_000_000_000_000_000)
        let amount = try arguments.value("--amount", expected: expected) { text in
            Money(text).flatMap { $0 != .zero && $0 < limit && -limit < $0 ? $0 : nil }
        }
        guard let amount else { throw .missingOperand("--amount AMOUNT") }
        let why = try arguments.value("--reason", expected: "a text of at most 256 bytes") { text in
            text.utf8.count <= Adjustment.reasonLimit && !text.utf8.contains(0) ? text : nil
        }
        guard let why else { throw .missingOperand("--reason TEXT") }
        self.tenant = tenant
        self.amount = amount
        reason = why
        month = try arguments.value("--period", expected: "a month such as 2026-10") { text in
            let first = text.utf8.count == 7 ? CivilDate(text + "-01") : nil
            return first.flatMap { (2000..<2100).contains($0.year) ? text : nil }
        }
        user = arguments.value("--user") ?? ""
        currency = try arguments.value("--currency", expected: "a code of three capital letters") { text in
            text.utf8.count == 3 && text.utf8.allSatisfy { (65...90).contains($0) } ? text : nil
        }
        book = arguments.value("--book").flatMap(Book.init) ?? .contracted
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let stored = try ledger.withDesk(in: world) { desk throws(Failure) in
            let occurredAt = try occurredAt(desk)
            do throws(LedgerError) {
                return try book(desk, occurredAt, by: world.actor)
            } catch { throw Failure(error) }
        }
        guard let stored else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "adjust.refused", problem: "the ledger did not take the adjustment",
                    effect: "nothing was booked", remedy: "shorten the names, then try again"))
        }
        if format == .json {
            var json = JSONWriter()
            json.record(stored)
            json.newline()
            world.out.write(json.text)
        } else {
            let code = stored.entries.first?.currency.code ?? ""
            let carried = stored.carriedFrom.map { " (\($0) is closed: carried)" } ?? ""
            world.out.write(
                "booked \(amount.plain) \(code) for \(tenant.visible) in \(stored.period)\(carried): "
                    + "record \(stored.record.id.text)\n")
        }
        return .done
    }

    /// Now, or the last moment of the month that was named.
    private func occurredAt(_ desk: StatementDesk) throws(Failure) -> Instant {
        guard let month, let period = Period(month: month, zone: try desk.zone(of: tenant)) else {
            return desk.now
        }
        return period.contains(desk.now) ? desk.now : Instant(microseconds: period.until.microseconds - 1)
    }

    private func book(
        _ desk: StatementDesk, _ occurredAt: Instant, by actor: String
    ) throws(LedgerError) -> StoredRecord? {
        var adjustment = Adjustment(
            tenant: tenant, amount: amount, currency: Currency(currency ?? desk.currency(of: tenant)),
            book: book, reason: reason, actor: actor)
        adjustment.user = user
        var random = RandomBits()
        let id = RecordID(at: occurredAt, random: (random.next(), random.next()))
        let last = try desk.ledger.instances().first { $0.instance == Adjustment.instance }?.lastSequence
        let record = adjustment.record(id: id, sequence: (last ?? 0) + 1, occurredAt: occurredAt)
        guard try desk.ledger.post([record], bookedAt: desk.now).inserted == 1 else { return nil }
        var detail = JSONWriter()
        detail.beginObject()
        detail.field("amount", amount)
        detail.field("currency", adjustment.currency.code)
        detail.field("tenant", tenant)
        detail.field("reason", reason)
        detail.endObject()
        try desk.ledger.note(
            AuditNote(
                at: desk.now, actor: adjustment.actor, action: "adjustment.book", objectKind: "adjustment",
                object: id.text, detail: detail.text))
        return try desk.ledger.record(id)
    }
}
