import Glibc
import Terms

/// The directory that holds spool, pepper and private database; only its owner may look inside.
enum DataDirectory {
    static func prepare(_ path: String) throws(Diagnosis) {
        var made = path.hasPrefix("/") ? "" : "."
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            made += "/" + part
            guard mkdir(made, index == parts.count - 1 ? 0o700 : 0o755) == 0 || errno == EEXIST else {
                throw Diagnosis(
                    code: "serve.data-dir",
                    problem: "the data directory \(path) cannot be made: \(String(cString: strerror(errno)))",
                    effect: "records could not be kept, so nothing was started",
                    remedy: "make the directory for the user that runs tollbook, or set data_dir")
            }
        }
        guard access(path, W_OK) == 0 else {
            throw Diagnosis(
                code: "serve.data-dir",
                problem: "the data directory \(path) is not writable: \(String(cString: strerror(errno)))",
                effect: "records could not be kept, so nothing was started",
                remedy: "give the directory to the user that runs tollbook, or set data_dir")
        }
    }
}
