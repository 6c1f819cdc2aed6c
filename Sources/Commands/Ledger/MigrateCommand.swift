import LedgerStore
import Terms

/// `tollbook migrate`: makes the ledger in a database, or brings its schema up to date.
struct MigrateCommand: Command {
    static let help = Help(
        "migrate", "make the ledger in the database, or bring it up to date",
        details: """
            Applies what is missing, in order, each step in a transaction of its own. Sidecars of this version
            and of the one before go on working while it runs. Running it again changes nothing.
            """,
        options: [LedgerOptions.help],
        examples: [.init("tollbook migrate --database postgresql:///tollbook", "once per release")])

    private let options: LedgerOptions

    init(_ arguments: Arguments) throws(UsageError) { options = LedgerOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try options.configuration.load(in: world)
        let database = try Database.open(configuration, migrate: false)
        defer { database.close() }
        var applied: [String] = []
        do throws(LedgerError) {
            // The databases of single tenants as well: sidecars post to all of them.
            for conninfo in [database.conninfo] + configuration.otherDatabases {
                applied += try LedgerStore.open(conninfo).migrate()
            }
        } catch {
            throw Failure(error)
        }
        for name in applied { world.out.write("applied \(name)\n") }
        if applied.isEmpty { world.out.write("nothing to do: the ledger is up to date\n") }
        return .done
    }
}
