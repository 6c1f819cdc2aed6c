// The directory of a demo: its configuration, its spool, its database. A new demo removes what the
// last one left, and nothing that is not a demo's.
import Glibc
import Terms

enum DemoDirectory {
    /// A file that only a demo's directory has.
    private static let mark = ".tollbook-demo"

    /// Empties the directory of an earlier demo, or makes a new one.
    ///
    /// - Returns: the absolute path.
    static func renew(_ path: String) throws(Failure) -> String {
        if access(path, F_OK) == 0 {
            guard access(path + "/" + mark, F_OK) == 0 else {
                throw Failure(.couldNot, foreign(path))
            }
            guard let absolute = absolute(path) else { throw Failure(.couldNot, unusable(path)) }
            try removeCluster(of: absolute)
            _ = Subprocess.run(["rm", "-rf", "--", absolute])
        }
        guard mkdir(path, 0o755) == 0, let absolute = absolute(path) else {
            throw Failure(.couldNot, unusable(path))
        }
        // The cluster of a demo whose directory was deleted by hand may still be elsewhere.
        try removeCluster(of: absolute)
        try write("", to: absolute + "/" + mark)
        return absolute
    }

    private static func removeCluster(of directory: String) throws(Failure) {
        do throws(Diagnosis) {
            try PrivateCluster(dataDirectory: directory + "/data").remove()
        } catch {
            throw Failure(.couldNot, error)
        }
    }

    static func writeConfiguration(
        in directory: String, simulatorPort: UInt16, listen: String
    ) throws(Failure) -> String {
        let file = directory + "/tollbook.yaml"
        let text = """
            # Written by `tollbook demo`. All upstreams are the simulated provider.
            listen: \(listen)
            admin: 127.0.0.1:0
            database: private
            data_dir: data
            \(DemoUpstreams.yaml(simulatorPort: simulatorPort))
            """
        try write(text, to: file)
        return file
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Failure(.couldNot, unusable(path)) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw Failure(.couldNot, unusable(path))
        }
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func foreign(_ path: String) -> Diagnosis {
        Diagnosis(
            code: "demo.foreign-directory", problem: "\(path) exists and was not made by `tollbook demo`",
            effect: "nothing was started, because a demo empties its directory first",
            remedy: "name another directory with --directory")
    }

    private static func unusable(_ path: String) -> Diagnosis {
        Diagnosis(
            code: "demo.directory", problem: "\(path) cannot be used: \(String(cString: strerror(errno)))",
            effect: "nothing was started", remedy: "name a writable directory with --directory")
    }
}
