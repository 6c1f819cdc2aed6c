// A table that forgets: what was noted under a name, for the names that were used last.

/// Keeps at most a named number of values; the older half goes when the table is full.
struct RecentNames<Value> {
    private let limit: Int
    private var recent: [String: Value] = [:]
    private var older: [String: Value] = [:]

    init(limit: Int) { self.limit = limit }

    subscript(name: String) -> Value? {
        get { recent[name] ?? older[name] }
        set {
            recent[name] = newValue
            guard recent.count >= limit / 2 else { return }
            older = recent
            recent = [:]
        }
    }
}
