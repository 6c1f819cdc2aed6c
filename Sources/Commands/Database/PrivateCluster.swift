// `database: private`: the binary runs the installed PostgreSQL for itself, on a Unix socket, as a user
// that is not root. The cluster belongs to one data directory; whoever finds it down starts it under a
// lock, and whoever started it stops it.
import Glibc
import Terms

/// One private PostgreSQL cluster on this machine.
struct PrivateCluster {
    /// Holds the cluster's files, its socket and its log.
    let directory: String
    /// The user that runs the server, nil when it is the caller.
    let user: String?
    private let binaries: String

    /// Longest path of a Unix socket's directory that leaves room for PostgreSQL's file name in
    /// `sun_path` (108 bytes).
    private static let socketDirectoryLimit = 80
    /// Seconds to wait for a start or a stop.
    private static let patience = "60"

    var conninfo: String { "host=\(socketDirectory) user=tollbook dbname=tollbook" }
    private var data: String { directory + "/data" }
    private var socketDirectory: String { directory + "/socket" }
    private var logFile: String { directory + "/postgresql.log" }

    /// Finds where the cluster of a data directory lives, and the programs that run it.
    init(dataDirectory: String) throws(Diagnosis) {
        binaries = try Self.findBinaries()
        let root = geteuid() == 0
        user = root ? try Self.findUser() : nil
        // One directory has one cluster, however its path is written and from wherever.
        let dataDirectory = Self.wholePath(dataDirectory)
        let inside = dataDirectory + "/postgresql"
        // Another user cannot walk through root's directories, and a socket's path is short.
        if !root && inside.utf8.count + 7 <= Self.socketDirectoryLimit {
            directory = inside
        } else {
            let base = root ? "/var/lib/tollbook" : "/tmp/tollbook-\(getuid())"
            directory = "\(base)/\(Self.digest(of: dataDirectory))"
        }
    }

    /// Starts the cluster if it is down, creating it first if there is none.
    ///
    /// - Returns: whether this call started it; then the caller stops it.
    func ensureRunning() throws(Diagnosis) -> Bool {
        try prepareDirectory()
        let lock = try acquireLock()
        defer { close(lock) }
        if !exists(data + "/PG_VERSION") { try create() }
        if try tool("pg_ctl", ["status", "-D", data]).status == 0 { return false }
        let settings = "-c listen_addresses= -c unix_socket_directories=\(socketDirectory)"
        let started = try tool(
            "pg_ctl",
            ["start", "-w", "-t", Self.patience, "-D", data, "-l", logFile, "-o", settings])
        guard started.status == 0 else {
            throw failure("start", started.output + "\n" + Self.tail(of: logFile))
        }
        try createDatabase()
        return true
    }

    func stop() throws(Diagnosis) {
        let lock = try acquireLock()
        defer { close(lock) }
        let stopped = try tool("pg_ctl", ["stop", "-w", "-t", Self.patience, "-m", "fast", "-D", data])
        guard stopped.status == 0 else { throw failure("stop", stopped.output) }
    }

    /// Stops the cluster if it runs, and deletes it.
    func remove() throws(Diagnosis) {
        if exists(data) {
            if try tool("pg_ctl", ["status", "-D", data]).status == 0 { try stop() }
        }
        _ = Subprocess.run(["rm", "-rf", "--", directory])
    }

    private func create() throws(Diagnosis) {
        let made = try tool(
            "initdb",
            ["-D", data, "-U", "tollbook", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
        guard made.status == 0 else { throw failure("create", made.output) }
    }

    private func createDatabase() throws(Diagnosis) {
        let made = try tool("createdb", ["-h", socketDirectory, "-U", "tollbook", "tollbook"])
        // A standby has what its primary has, and makes nothing.
        let isThere = ["already exists", "read-only transaction"].contains { made.output.contains($0) }
        guard made.status == 0 || isThere else {
            throw failure("create the database of", made.output)
        }
    }

    private func prepareDirectory() throws(Diagnosis) {
        var path = ""
        for part in directory.split(separator: "/") {
            path += "/" + part
            // Parents stay reachable for the other user; the cluster's own directory does not.
            if mkdir(path, path == directory ? 0o700 : 0o755) != 0 && errno != EEXIST {
                throw failure("create the directory \(path) of", String(cString: strerror(errno)))
            }
        }
        if mkdir(socketDirectory, 0o700) != 0 && errno != EEXIST {
            throw failure("create the directory \(socketDirectory) of", String(cString: strerror(errno)))
        }
        guard let user, let entry = getpwnam(user) else { return }
        for path in [directory, socketDirectory] {
            chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
    }

    private func acquireLock() throws(Diagnosis) -> Int32 {
        let lock = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure("lock", String(cString: strerror(errno))) }
        while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
        return lock
    }

    /// Runs one of PostgreSQL's programs as the user that owns the cluster.
    private func tool(_ name: String, _ arguments: [String]) throws(Diagnosis) -> Subprocess {
        var words = ["\(binaries)/\(name)"] + arguments
        if let user { words = ["runuser", "-u", user, "--"] + words }
        guard let done = Subprocess.run(words) else {
            throw failure("run \(name) for", String(cString: strerror(errno)))
        }
        return done
    }

    private func failure(_ action: String, _ output: String) -> Diagnosis {
        let words = output.split(separator: "\n").suffix(6).joined(separator: "\n")
        return Diagnosis(
            code: "database.private",
            problem: "could not \(action) the private PostgreSQL in \(directory)\n\(words)",
            effect: "there is no ledger to post to or to report from",
            remedy: "read \(logFile), or set `database:` to a PostgreSQL of your own")
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func findBinaries() throws(Diagnosis) -> String {
        var best: (version: Int, path: String)?
        if let listing = opendir("/usr/lib/postgresql") {
            while let entry = readdir(listing) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                let path = "/usr/lib/postgresql/\(name)/bin"
                if let version = Int(name), version >= 15, access(path + "/initdb", X_OK) == 0,
                    version > best?.version ?? 0
                {
                    best = (version, path)
                }
            }
            closedir(listing)
        }
        if let best { return best.path }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        for directory in path.split(separator: ":") where access(directory + "/initdb", X_OK) == 0 {
            return String(directory)
        }
        throw Diagnosis(
            code: "database.no-postgresql",
            problem: "`database: private` needs PostgreSQL 15 or later, and no initdb was found",
            effect: "there is no ledger to post to or to report from",
            remedy: "install it (`apt-get install postgresql`), or set `database:` to a server's address")
    }

    private static func findUser() throws(Diagnosis) -> String {
        for name in ["postgres", "nobody"] where getpwnam(name) != nil { return name }
        throw Diagnosis(
            code: "database.no-user",
            problem: "PostgreSQL refuses to run as root, and there is no user postgres or nobody",
            effect: "the private database cannot start",
            remedy: "start tollbook as an ordinary user, or create the user postgres")
    }

    /// Absolute and without links; a directory that is not there yet keeps its spelling.
    private static func wholePath(_ path: String) -> String {
        guard let whole = realpath(path, nil) else { return path }
        defer { free(whole) }
        return String(cString: whole)
    }

    /// Sixteen hexadecimal digits that tell data directories apart (FNV-1a; not a secret).
    private static func digest(of path: String) -> String {
        let hash = path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private static func tail(of path: String) -> String {
        Subprocess.run(["tail", "-n", "5", path])?.output ?? ""
    }
}
