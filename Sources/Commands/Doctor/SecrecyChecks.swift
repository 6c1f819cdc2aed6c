// Who else may read what only this program should: files with secrets, and the directory of the spool.
import Glibc
import Reporting
import Terms

enum SecrecyChecks {
    static func run(_ configuration: Configuration) -> [DoctorCheck] {
        files(configuration) + directory(configuration)
    }

    /// Files that hold a secret, each once.
    private static func secretFiles(_ configuration: Configuration) -> [String] {
        let data = configuration.dataDirectory
        var files = configuration.secretFiles
        files += [configuration.tls?.key, configuration.seal.keyFile].compactMap(\.self)
        files += [configuration.keys.pepperFile, data + "/pepper"]
        // A secret that stands in the configuration itself.
        let isLiteral = configuration.settings.contains { setting in
            guard case .file = setting.origin, setting.isLiteralSecret else { return false }
            return true
        }
        if isLiteral, let file = configuration.file { files.append(file) }
        return Set(files).sorted()
    }

    private static func files(_ configuration: Configuration) -> [DoctorCheck] {
        let files = secretFiles(configuration)
        var open: [DoctorCheck] = []
        for file in files {
            var status = stat()
            guard stat(file, &status) == 0 else { continue }
            if status.st_mode & S_IROTH != 0 {
                open.append(
                    .warn(
                        "secrets", "\(file) holds a secret, and every user of this machine may read it",
                        remedy: "`chmod o-rwx \(file)`; if others had access, change the secret"))
            } else if status.st_mode & S_IWOTH != 0 {
                open.append(
                    .warn(
                        "secrets", "\(file) holds a secret, and every user of this machine may change it",
                        remedy: "`chmod o-rwx \(file)`, and look at what is in it"))
            }
        }
        return open.isEmpty ? [.ok("secrets", "no file with a secret is open to others")] : open
    }

    /// The spool's records name tenants and users; who may write there can forge or lose them.
    private static func directory(_ configuration: Configuration) -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        for path in [configuration.dataDirectory, configuration.dataDirectory + "/spool"] {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            let owner = status.st_uid
            if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
                checks.append(
                    .fail(
                        "data_dir", "\(path) may be written by other users than its owner",
                        remedy: "`chmod go-w \(path)`"))
            } else if path.hasSuffix("/spool"), status.st_mode & (S_IRGRP | S_IROTH) != 0 {
                checks.append(
                    .warn(
                        "data_dir", "\(path) may be read by other users than its owner",
                        remedy: "`chmod go-rwx \(path)`: its records name tenants and users"))
            }
            if owner != geteuid() {
                checks.append(
                    .fail(
                        "data_dir", "\(path) belongs to user \(owner), and this is user \(geteuid())",
                        remedy: "run commands as the user that runs `serve`, or `chown` it to this one"))
            }
        }
        return checks
    }
}

extension Setting {
    /// The secret stands in the file itself, in clear.
    fileprivate var isLiteralSecret: Bool {
        guard !isFromFile, !isExpanded else { return false }
        if key.isSecret { return raw != .one("") }
        guard key.kind == .database, case .one(let text) = raw else { return false }
        return Configuration.masked(conninfo: text) != text
    }
}
