// How often the sidecar answered a call itself, by the code of its answer: for the metrics page, and now and
// then for the log, which under an attack must not grow a line for each call.
import Synchronization

/// Any thread. Only refused calls take its lock.
final class RefusedCodes: Sendable {
    private struct Counts {
        var times: [String: Int64] = [:]
        var told: [String: Int64] = [:]
    }
    private let counts = Mutex(Counts())

    /// - Parameter code: of a diagnosis, one of a closed list.
    func count(_ code: String) { counts.withLock { $0.times[code, default: 0] += 1 } }

    /// All of them since the start, sorted by code.
    var all: [(code: String, times: Int64)] {
        counts.withLock { $0.times }.map { ($0.key, $0.value) }.sorted { $0 < $1 }
    }

    /// What came since the last call.
    func news() -> [(code: String, times: Int64)] {
        let (times, told) = counts.withLock { counts in
            defer { counts.told = counts.times }
            return (counts.times, counts.told)
        }
        var news: [(code: String, times: Int64)] = []
        for (code, count) in times.sorted(by: { $0.key < $1.key }) {
            let new = count - (told[code] ?? 0)
            if new > 0 { news.append((code, new)) }
        }
        return news
    }
}
