// What this sidecar has learnt of its models' tokens per byte, shared by its loops and kept in the data
// directory: experience for estimates. An exchange only leaves its lessons; the shipper's thread takes them
// in, and so does whoever estimates, in the order in which they came. Guarded by its own locks; any thread.
import Mediation
import Synchronization

final class LearntRatios: Sendable {
    /// The file's name in the data directory.
    static let fileName = "ratios.jsonl"

    private struct State {
        var ratios: TokenRatios
        var isSaved = true
    }
    private let state: Mutex<State>
    /// Lessons that were not taken in yet.
    private let noted = Mutex<[TokenLesson]>([])
    /// Lessons that may wait. Reached: whoever leaves the next one takes them in.
    static let notedLimit = 4096
    private let path: String

    /// Begins with what an earlier run kept; a file that cannot be read teaches nothing.
    init(dataDirectory: String) {
        path = dataDirectory + "/" + Self.fileName
        state = Mutex(State(ratios: Self.kept(in: dataDirectory) ?? TokenRatios()))
    }

    /// What was kept; nil where nothing was.
    static func kept(in dataDirectory: String) -> TokenRatios? {
        let path = dataDirectory + "/" + fileName
        guard let bytes = try? Files.read(path) else { return nil }
        return TokenRatios(text: bytes)
    }

    /// Leaves a lesson. Costs a short lock and no more.
    func note(_ lesson: TokenLesson) {
        let isFull = noted.withLock { noted in
            noted.append(lesson)
            return noted.count >= Self.notedLimit
        }
        if isFull { learn() }
    }

    /// Takes in what was left.
    func learn() { state.withLock { learn(&$0) } }

    private func learn(_ state: inout State) {
        let lessons = noted.withLock { noted in
            defer { noted.removeAll() }
            return noted
        }
        guard !lessons.isEmpty else { return }
        for lesson in lessons { state.ratios.learn(lesson) }
        state.isSaved = false
    }

    /// Estimates with whatever is known at that time.
    var estimator: Estimator {
        Estimator { [self] key in
            state.withLock { state in
                learn(&state)
                return state.ratios[key]
            }
        }
    }

    /// Writes what is new beside the old file and puts it in its place. A failure costs experience only, so
    /// it is tried again the next time.
    func save() {
        let text = state.withLock { state -> [UInt8]? in
            learn(&state)
            guard !state.isSaved else { return nil }
            state.isSaved = true
            return state.ratios.text
        }
        guard let text else { return }
        if (try? Files.replace(path, with: text)) == nil { state.withLock { $0.isSaved = false } }
    }
}
