import LedgerStore
import Reporting
import Terms

/// `tollbook seal heads`: the newest seal of each chain, to be kept elsewhere.
struct SealHeadsCommand: Command {
    static let help = Help(
        "seal heads", "print the newest seals, to be kept where nobody of the ledger can change them",
        details: """
            One head stands for everything before it: the first line, of the whole ledger, is enough; the
            tenants' own are for those who watch over one tenant. Kept elsewhere (in a ticket, a mail, a
            notarised store), they prove later that the ledger was not rewritten, not even by somebody with the
            key: `tollbook verify --anchor FILE`.
            """,
        options: [
            .init("--tenant", "NAME", "only this tenant"), Format.option([.text, .csv, .json, .jsonl]),
            LedgerOptions.help,
        ],
        examples: [.init("tollbook seal heads --format jsonl >heads.jsonl", "to keep")])

    private let ledger: LedgerOptions
    private let tenant: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        tenant = arguments.value("--tenant")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let heads = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.sealHeads()
        }.filter { tenant == nil || $0.tenant == tenant }
        switch format {
        case .json, .jsonl: world.out.write(Self.json(heads, asList: format == .json))
        case .csv:
            var csv = CSV()
            csv.line(["tenant", "number", "day", "mac", "key"])
            for head in heads {
                csv.line([
                    head.tenant, "\(head.number)", head.day.iso8601, head.mac.hexadecimal, head.keyID,
                ])
            }
            world.out.write(csv.take())
        default:
            var table = TextTable([
                .init("tenant"), .init("seal", numeric: true), .init("day"), .init("mac"), .init("key"),
            ])
            table.rows = heads.map { head in
                [
                    head.tenant.isEmpty ? "(all)" : head.tenant, "\(head.number)", head.day.iso8601,
                    head.mac.hexadecimal, head.keyID,
                ]
            }
            world.out.write(heads.isEmpty ? "nothing is sealed yet\n" : table.text(columns: nil))
        }
        return .done
    }

    private static func json(_ heads: [Seal], asList: Bool) -> String {
        var json = JSONWriter()
        if asList { json.beginArray() }
        for head in heads {
            json.beginObject()
            json.field("tenant", head.tenant.isEmpty ? nil : head.tenant)
            json.field("number", head.number)
            json.field("day", head.day.iso8601)
            json.field("mac", head.mac.hexadecimal)
            json.field("key", head.keyID)
            json.endObject()
            if !asList { json.newline() }
        }
        if asList {
            json.endArray()
            json.newline()
        }
        return json.text
    }
}
