// Runs every exchange of the corpus named by $TOLLBOOK_CORPUS through `tollbook normalize` and prints,
// per provider, API and stream, how many are exact on every compared field. `--verbose` lists each
// difference, `--direct` runs mediation in this process instead of the built program, `--api NAME`
// looks at one API only. `--cuts` cuts the responses into pieces and compares the results. `--relay` sends
// the exchanges through `tollbook serve` instead and compares what the client and the ledger get; it wants a
// PostgreSQL in $TOLLBOOK_TEST_DATABASE (scripts/with-postgres).
// Exit codes: 0 all exact or disputed (or nothing to do), 1 could not run, 2 differences.

import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
guard let corpus = getenv("TOLLBOOK_CORPUS").map({ String(cString: $0) }), !corpus.isEmpty else {
    print("conformance: TOLLBOOK_CORPUS is not set; nothing to compare with")
    exit(0)
}
guard let bytes = contents(of: corpus) else {
    print("conformance: cannot read \(corpus)")
    exit(1)
}
let api = arguments.firstIndex(of: "--api").flatMap {
    arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil
}
if arguments.contains("--cuts") {
    var cuts = CutRun(verbose: arguments.contains("--verbose"))
    exit(cuts.run(bytes))
}
if arguments.contains("--relay") {
    guard let database = getenv("TOLLBOOK_TEST_DATABASE").map({ String(cString: $0) }) else {
        print("conformance: TOLLBOOK_TEST_DATABASE is not set; run scripts/with-postgres with this command")
        exit(1)
    }
    let replay = RelayRun(verbose: arguments.contains("--verbose"), api: api)
    exit(replay.run(corpus, bytes, database: database))
}
let direct = arguments.contains("--direct")
let program = executableFolder() + "/tollbook"
guard let written = direct ? [] : output(of: program, ["normalize", corpus]) else {
    print("conformance: cannot run \(program); build it first")
    exit(1)
}
let run = Run(verbose: arguments.contains("--verbose"), api: api)
exit(run.compare(bytes, direct ? nil : written))
