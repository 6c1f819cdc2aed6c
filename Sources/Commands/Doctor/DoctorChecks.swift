import Glibc
import Reporting
import Spool
import Terms

/// What can be checked on this machine alone.
enum DoctorChecks {
    /// A clock before this program's own year has never been set.
    static func clock(_ now: Instant) -> DoctorCheck {
        guard now >= Instant(CivilDate(year: 2026, month: 1, day: 1)!) else {
            return .fail(
                "clock", "it says \(now.rfc3339)",
                remedy: "set the clock (`timedatectl`); records would be booked in the wrong month")
        }
        return .ok("clock", now.rfc3339)
    }

    static func configuration(_ configuration: Configuration) -> DoctorCheck {
        let file = configuration.file ?? "no file, only defaults and environment"
        if let missing = configuration.missingForServing {
            return .warn("configuration", "\(file): \(missing.problem)", remedy: missing.remedy)
        }
        if let warning = configuration.warnings.first {
            return .warn("configuration", "\(file): \(warning)", remedy: "correct or remove it")
        }
        let names = configuration.upstreams.map(\.name).joined(separator: ", ")
        return .ok("configuration", "\(file): upstreams \(names)")
    }

    /// Whether records can be kept here, and how many wait.
    static func spool(_ configuration: Configuration) -> DoctorCheck {
        let directory = configuration.dataDirectory + "/spool"
        let missing = access(directory, F_OK) != 0
        let place = missing ? existingParent(of: configuration.dataDirectory) : directory
        var kind = stat()
        guard stat(place, &kind) != 0 || kind.st_mode & S_IFMT == S_IFDIR else {
            return .fail(
                "spool", "\(place) is no directory", remedy: "move it away, or set data_dir to another place")
        }
        guard access(place, W_OK) == 0 else {
            let reason = String(cString: strerror(errno))
            return .fail(
                "spool", "\(place) is not writable: \(reason)",
                remedy: "give it to the user that runs `tollbook serve`, or set data_dir")
        }
        let status: SpoolStatus
        do throws(SpoolError) {
            status = missing ? SpoolStatus() : try readSpoolStatus(directory)
        } catch {
            return .fail("spool", error.diagnosis.problem, remedy: error.diagnosis.remedy)
        }
        let limit = configuration.spool.maxBytes
        let bytes = "\(Int64(status.bytes).grouped) of \(Int64(limit).grouped) bytes"
        let waiting = "\(counted(status.records, "record")) waiting, \(bytes)"
        if status.bytes > limit / 100 * DoctorLimits.spoolFill {
            return .warn(
                "spool", waiting,
                remedy: "bring PostgreSQL back so that it is posted, or raise spool.max_bytes")
        }
        let free = freeBytes(place)
        if let free, free < limit - status.bytes {
            return .warn(
                "spool", "\(waiting), but the disk has only \(Int64(free).grouped) bytes left",
                remedy: "free space under \(place), or lower spool.max_bytes")
        }
        return .ok("spool", missing ? "\(directory) is made by the first `tollbook serve`" : waiting)
    }

    private static func existingParent(of path: String) -> String {
        var path = path
        while access(path, F_OK) != 0 {
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                return path.hasPrefix("/") ? "/" : "."
            }
            path = String(path[..<slash])
        }
        return path
    }

    private static func freeBytes(_ path: String) -> Int? {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        return Int(info.f_bavail) * Int(info.f_frsize)
    }
}
