// Keeps what the sidecar knows of tenants and keys up to date, on a thread of its own: asks the ledger once
// a second whether anything changed, puts the new state up for the loops, and keeps a signed copy in the
// data directory for when PostgreSQL is away, also at the next start.
import Access
import Glibc
import LedgerStore
import Relay
import Synchronization
import Terms

final class AccessKeeper: Sendable {
    /// Milliseconds between two looks. A change is in force everywhere within ``promise``.
    static let interval: Int64 = 1000
    /// Seconds within which a change of keys or tenants reaches every sidecar that reaches PostgreSQL: a look
    /// every second, and time for a busy database to answer.
    static let promise = 5

    let board: AccessBoard
    /// Nil where users are recorded as they are named.
    let pseudonyms: Pseudonyms?
    private let keys: Configuration.Keys
    private let file: String
    private let conninfo: String
    private let log: Log
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<ServiceThread?>(nil)

    private init(
        _ configuration: Configuration, _ conninfo: String, _ pseudonyms: Pseudonyms?, _ log: Log,
        _ snapshot: AccessSnapshot
    ) {
        self.pseudonyms = pseudonyms
        board = AccessBoard(snapshot)
        keys = configuration.keys
        file = Self.file(in: configuration.dataDirectory)
        self.conninfo = conninfo
        self.log = log
    }

    static func file(in dataDirectory: String) -> String { dataDirectory + "/access.snapshot" }

    /// Reads what is known: from the ledger, else from the local copy.
    ///
    /// - Throws: exit code 78 when keys are in use whose pepper is empty or not here.
    static func prepare(
        _ configuration: Configuration, conninfo: String, log: Log
    ) throws(Failure) -> AccessKeeper {
        var peppers = Peppers()
        var wrong: Diagnosis?
        do throws(Diagnosis) { peppers = try KeyPepper.load(configuration.keys) } catch { wrong = error }
        let path = file(in: configuration.dataDirectory)
        let state: AccessState?
        do throws(LedgerError) {
            state = try LedgerStore.open(conninfo).accessState()
        } catch {
            let bytes = (try? Files.read(path)) ?? nil
            if let wrong, bytes != nil { throw Failure(.configuration, wrong) }
            state = bytes.flatMap { AccessFile.state(from: $0, peppers: peppers) }
            if bytes != nil, state == nil { log.tell(.warning(unsigned(path))) }
        }
        guard let state else {
            let pseudonyms = try Pseudonyms.load(configuration)
            return AccessKeeper(configuration, conninfo, pseudonyms, log, AccessSnapshot())
        }
        let snapshot = AccessSnapshot(state, peppers: peppers, at: Clock.now())
        if !snapshot.missingPeppers.isEmpty {
            let missing = wrong ?? KeyPepper.missing(snapshot.missingPeppers, configuration.keys)
            guard snapshot.hasUsableKey else { throw Failure(.configuration, missing) }
            log.tell(.warning(missing))
        }
        // Only now: a pepper that pseudonyms had made would hide that the one of the keys is missing.
        let pseudonyms = try Pseudonyms.load(configuration)
        let keeper = AccessKeeper(configuration, conninfo, pseudonyms, log, snapshot)
        keeper.save(state, peppers)
        return keeper
    }

    private static func unsigned(_ path: String) -> Diagnosis {
        Diagnosis(
            code: "keys.copy-unsigned", problem: "\(path) is not signed with the pepper at hand",
            effect: "gateway keys are refused with 503 until PostgreSQL answers",
            remedy: "bring PostgreSQL back; the file is then written anew")
    }

    func start() {
        thread.withLock { $0 = ServiceThread(name: "access-keeper") { self.run() } }
    }

    func stop() {
        stopping.store(true, ordering: .relaxed)
        thread.withLock { $0 }?.join()
    }

    private func run() {
        let store = LedgerStore.lazily(conninfo)
        var versions = AccessVersions(known: board.current.version, hadKeys: board.current.hasUsableKey)
        while !stopping.load(ordering: .relaxed) {
            look(store, &versions)
            notePseudonyms(store)
            let end = Clock.monotonicMicroseconds() / 1000 + Self.interval
            while Clock.monotonicMicroseconds() / 1000 < end, !stopping.load(ordering: .relaxed) {
                var time = timespec(tv_sec: 0, tv_nsec: 50_000_000)
                nanosleep(&time, nil)
            }
        }
        notePseudonyms(store)
    }

    /// One look at the ledger. What fails is tried again at the next one; the shipper tells of it.
    private func look(_ store: LedgerStore, _ versions: inout AccessVersions) {
        do throws(LedgerError) {
            let known = board.current
            let version = try store.accessVersion()
            let now = Clock.monotonicMicroseconds() / 1000
            board.checkedAt.store(now, ordering: .relaxed)
            // A pepper file that arrived later makes the keys of its pepper usable.
            guard versions.isDue(version, now: now) || !known.missingPeppers.isEmpty else { return }
            let state = try store.accessState()
            guard versions.take(state, now: now) else { return }
            let peppers = (try? KeyPepper.load(keys)) ?? Peppers()
            let snapshot = AccessSnapshot(state, peppers: peppers, at: Clock.now())
            if snapshot.missingPeppers != known.missingPeppers, !snapshot.missingPeppers.isEmpty {
                log.tell(.warning(KeyPepper.missing(snapshot.missingPeppers, keys)))
            }
            board.put(snapshot)
            if version != known.version { log.tell(.accessChanged(version: state.version)) }
            save(state, peppers)
        } catch {
            return
        }
    }

    private func notePseudonyms(_ store: LedgerStore) {
        guard let names = pseudonyms?.take(), !names.isEmpty else { return }
        do throws(LedgerError) { try store.note(names, at: Clock.now()) } catch {
            pseudonyms?.giveBack(names)
        }
    }

    private func save(_ state: AccessState, _ peppers: Peppers) {
        guard let pepper = peppers.current else { return }
        do throws(FileProblem) {
            try Files.replace(file, with: AccessFile.bytes(of: state, signedWith: pepper))
        } catch {
            log.tell(
                .warning(
                    Diagnosis(
                        code: "keys.copy-unwritable",
                        problem: "\(error.path) cannot be written: \(error.reason)",
                        effect: "keys work, but not after a restart while PostgreSQL is away",
                        remedy: "make the data directory writable")))
        }
    }
}
