// What `tollbook --version` says below the version: which commit this binary is, what compiled it, and
// which schema of the ledger it makes. Nothing of it depends on the time or the place of the build, so that
// two builds of a commit say the same.
import CEmbedded
import LedgerStore

enum BuildInfo {
    /// `name value` lines, for people and for `cut`.
    static var lines: [(name: String, value: String)] {
        [
            ("commit", told(tollbook_build_commit())), ("swift", told(tollbook_build_swift())),
            ("system", "linux \(architecture)"),
            ("schema", LedgerStore.newestSchema.map { "\($0)" } ?? "unknown"),
        ]
    }

    /// A build that was not told, such as one of a developer.
    private static func told(_ text: UnsafePointer<CChar>?) -> String {
        let text = text.map { String(cString: $0) } ?? ""
        return text.isEmpty ? "unknown" : text
    }

    private static var architecture: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "aarch64"
        #else
        "other"
        #endif
    }
}
