// Who runs the command, for the trail of changes.
import Glibc

enum OperatingSystem {
    /// The name of the effective user, or the number where it has none.
    static func user() -> String {
        let id = geteuid()
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return "uid \(id)" }
        return String(cString: name)
    }
}
