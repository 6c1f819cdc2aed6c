/// The bounds of what a command keeps in memory, with the reason for each.
enum CommandLimits {
    /// Bytes collected before a write to stdout: one write per 64 KiB costs under 1 % of the work.
    static let outputBuffer = 64 << 10
    /// Bytes of one line of `normalize`: four times the 16 MiB request body that the proxy inspects.
    /// A longer line is skipped and reported; the next one is read.
    static let exchangeLine = 64 << 20
    /// Bytes of one price, configuration or zone file. The largest zone file has 4 KiB.
    static let textFile = 16 << 20
    /// Price files in one directory; a book has one per provider.
    static let priceFiles = 1_000
    /// Letters of a mistyped word that are compared with the known ones.
    static let suggestedWord = 64
    /// Columns of a help page: longer lines are hard to read.
    static let helpColumns = 100
}
