// Who runs a command, for the trail of changes: whoever called sudo, else the name of the session, else the
// effective user of the operating system.
import Glibc

extension World {
    /// The user's name, or the number where it has none.
    var actor: String {
        for name in ["SUDO_USER", "USER", "LOGNAME"] {
            if let user = environment[name], !user.isEmpty { return user }
        }
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
