import CLinux
import Glibc
import Terms

/// Brings a directory that a process left, by closing or by dying, into a state to go on from.
struct Recovery {
    let directory: SpoolDirectory
    let cursorFile: CursorFile
    let instance: UInt64
    let instanceName: String
    private(set) var survey: Survey
    private(set) var counters = SpoolCounters()

    init(_ path: String, _ configuration: SpoolConfiguration) throws(SpoolError) {
        directory = try SpoolDirectory.lock(path)
        survey = try Survey.take(path, limits: configuration.limits)
        instance = try directory.instance(known: survey.instance, created: configuration.now().rfc3339)
        instanceName = SpoolDirectory.hex(instance)
        (cursorFile, _) = try CursorFile.open(path)
        for number in survey.blank { directory.remove(number) }
        for number in survey.damaged {
            if directory.quarantine(number, limit: configuration.limits.quarantinedSegments) {
                directory.remove(number)
            }
            counters.damagedSegments += 1
        }
        try settleNewest()
    }

    /// Makes what the dead process wrote durable, since it will be delivered, and gives back the room
    /// that it had reserved. A torn tail stays as it is, for a look.
    private mutating func settleNewest() throws(SpoolError) {
        guard let index = survey.segments.lastIndex(where: { $0.number == survey.newest }) else { return }
        let segment = survey.segments[index]
        counters.tornTail = survey.newestTorn
        let path = SpoolDirectory.segment(segment.number, in: directory.path)
        if segment.end == SegmentHeader.bytes, !survey.newestTorn,
            survey.released.position.segment != segment.number
        {
            directory.remove(segment.number)
            survey.segments.remove(at: index)
            return
        }
        let file = clinux_open(path, O_RDWR | O_CLOEXEC, 0)
        guard file >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
        defer { close(file) }
        if !survey.newestTorn, ftruncate(file, segment.end) == 0 { survey.segments[index].size = segment.end }
        let code = fdatasync(file) == 0 ? 0 : errno
        guard code == 0 else { throw .unusable(path: path, reason: reason(code)) }
    }
}
