// `user show` and `user forget`: whom a pseudonym stands for, and the end of that knowledge.
import Access
import LedgerStore
import Reporting
import Terms

struct UserShowCommand: Command {
    static let help = Help(
        "user show", "say whom a pseudonym stands for",
        details:
            "With `privacy.user: hmac` records and reports have pseudonyms in place of users.",
        operands: [.init("PSEUDONYM", "as records have it")],
        options: [.init("--tenant", "NAME", "whose user it is; required"), AccessOptions.help],
        examples: [.init("tollbook user show u_3f7a9c0b1d2e4f5a6b7c8d9e --tenant acme", "who that was")])

    private let options: AccessOptions
    private let pseudonym: String
    private let tenant: String

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        pseudonym = try arguments.operand(0) ?? ""
        guard let tenant = arguments.value("--tenant") else {
            throw .missingValue(option: "--tenant", metavar: "NAME")
        }
        self.tenant = tenant
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let user = try options.withDesk(in: world) { desk throws(Failure) -> String? in
            let ledger = desk.ledger
            return try AccessDesk.asking { () throws(LedgerError) in
                try ledger.user(behind: pseudonym, tenant: tenant)
            }
        }
        guard let user else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "user.unknown",
                    problem: "nobody is known behind \(pseudonym.visible) of \(tenant.visible)",
                    effect: "it was forgotten, or never noted", remedy: "check tenant and pseudonym"))
        }
        world.out.write("\(user.visible)\n")
        return .done
    }
}

struct UserForgetCommand: Command {
    static let help = Help(
        "user forget", "forget who a user was, for good",
        details: """
            Takes the name out of the map of pseudonyms, now and for later calls. What was booked stays, under
            the pseudonym: no amount changes. Needs `privacy.user: hmac`; records that were made before it
            have the name itself and are never rewritten.
            """,
        operands: [.init("NAME", "the user's name, or the pseudonym")],
        options: [.init("--tenant", "NAME", "whose user it is; required"), AccessOptions.help],
        examples: [.init("tollbook user forget alice@example.com --tenant acme", "on her request")])

    private let options: AccessOptions
    private let name: String
    private let tenant: String

    init(_ arguments: Arguments) throws(UsageError) {
        options = AccessOptions(arguments)
        name = try arguments.operand(0) ?? ""
        guard let tenant = arguments.value("--tenant") else {
            throw .missingValue(option: "--tenant", metavar: "NAME")
        }
        self.tenant = tenant
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let (pseudonym, hadName) = try options.withDesk(in: world) { desk throws(Failure) -> (String, Bool) in
            let pseudonym = try desk.pseudonym(of: name, tenant: tenant)
            // The trail must not keep what is to be forgotten.
            let note = desk.note("user.forget", pseudonym) { $0.field("tenant", tenant) }
            let ledger = desk.ledger
            let hadName = try AccessDesk.asking { () throws(LedgerError) in
                try ledger.forget(pseudonym, tenant: tenant, note: note)
            }
            return (pseudonym, hadName)
        }
        world.out.write("\(pseudonym) is \(hadName ? "forgotten" : "unknown, and will stay so")\n")
        return .done
    }
}
