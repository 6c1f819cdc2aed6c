/// How far long work is, on a terminal's stderr: one line that is written over, and wiped away at the end. No
/// terminal, no bar.
struct ProgressBar {
    private let err: Output
    private let width: Int
    private let isShown: Bool
    private let what: String
    private var shown = -1

    /// Cells of the bar itself.
    private static let cells = 24

    init(_ what: String, in world: World) {
        err = world.err
        self.what = what
        isShown = world.errStyle.columns != nil
        width = world.errStyle.columns ?? 0
    }

    mutating func show(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        let percent = min(done, total) * 100 / total
        guard percent != shown else { return }
        shown = percent
        let full = percent * Self.cells / 100
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.cells - full)
        let line = "\(what) \(bar) \(percent) %, \(done) of \(total)"
        err.write("\r" + line.prefix(max(0, width - 1)))
    }

    /// Wipes the line.
    mutating func end() {
        guard isShown, shown >= 0 else { return }
        err.write("\r" + String(repeating: " ", count: max(0, width - 1)) + "\r")
        shown = -1
    }
}
