// What this sidecar has learnt of its models' tokens per byte, shared by its loops and kept in the data
// directory: experience for estimates. Guarded by its own lock; any thread.
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

    func learn(_ lessons: [TokenLesson]) {
        guard !lessons.isEmpty else { return }
        state.withLock { state in
            for lesson in lessons { state.ratios.learn(lesson) }
            state.isSaved = false
        }
    }

    /// Estimates with whatever is known at that time.
    var estimator: Estimator {
        Estimator { [self] key in state.withLock { $0.ratios[key] } }
    }

    /// Writes what is new beside the old file and puts it in its place. A failure costs experience only, so
    /// it is tried again the next time.
    func save() {
        let text = state.withLock { state -> [UInt8]? in
            guard !state.isSaved else { return nil }
            state.isSaved = true
            return state.ratios.text
        }
        guard let text else { return }
        if (try? Files.replace(path, with: text)) == nil { state.withLock { $0.isSaved = false } }
    }
}
