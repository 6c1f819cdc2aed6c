/// The bounds of what a command keeps in memory, with the reason for each.
enum CommandLimits {
    /// Bytes collected before a write to stdout: one write per 64 KiB costs under 1 % of the work.
    static let outputBuffer = 64 << 10
    /// Letters of a mistyped word that are compared with the known ones.
    static let suggestedWord = 64
    /// Columns of a help page: longer lines are hard to read.
    static let helpColumns = 100
}
