// Rules that say afterwards whose usage something was. Each states what a record must have and what it gets;
// the first rule that holds decides. They are read from a file that somebody has reviewed, like every other
// rule about money.
import Bookkeeping
import Terms

struct SuspenseRule {
    let name: String
    /// Where the record is now.
    let from: String
    // What must hold; nil and empty restrict nothing. A `*` at the end stands for anything.
    var user: String?
    var key: String?
    var upstream: String?
    var model: String?
    var labels: [Label]
    /// Half-open.
    var since: Instant?
    var until: Instant?
    // What the record gets; a nil user and a missing label stay as they are.
    let tenant: String
    let newUser: String?
    let newLabels: [Label]

    static let unattributed = "unattributed"

    init(_ item: ApplyItem) throws(ApplyProblem) {
        try item.allow([
            "name", "from", "user", "key", "upstream", "model", "labels", "since", "until", "tenant",
            "set_user", "set_labels",
        ])
        name = try item.required("name")
        from = try item.text("from") ?? Self.unattributed
        user = try item.text("user")
        key = try item.text("key")
        upstream = try item.text("upstream")
        model = try item.text("model")
        labels = try item.labels("labels")
        since = try Self.instant(item, "since")
        until = try Self.instant(item, "until")
        tenant = try item.required("tenant")
        newUser = try item.text("set_user")
        newLabels = try item.labels("set_labels")
        let line = item.line
        if tenant == from {
            throw ApplyProblem(line: line, words: "the rule \(name) assigns \(from)'s usage to \(from)")
        }
        if user == nil, key == nil, upstream == nil, model == nil, labels.isEmpty, since == nil {
            throw ApplyProblem(
                line: line,
                words: "the rule \(name) needs one of `user`, `key`, `upstream`, `model`, `labels`, `since`")
        }
    }

    private static func instant(_ item: ApplyItem, _ field: String) throws(ApplyProblem) -> Instant? {
        guard let text = try item.text(field) else { return nil }
        if let instant = Instant(rfc3339: text) { return instant }
        if let date = CivilDate(text), (1900..<9000).contains(date.year) {
            return TimeZoneRules.utc.start(of: date)
        }
        throw ApplyProblem(
            line: item.line, words: "`\(field)` is a date (UTC) or an RFC 3339 time, not `\(text)`")
    }

    /// Whether a record is one of those that are meant.
    func holds(_ record: UsageRecord) -> Bool {
        guard record.attribution.tenant == from, !record.isAdjustment else { return false }
        if let since, record.occurredAt < since { return false }
        if let until, record.occurredAt >= until { return false }
        if let user, !Self.matches(user, record.attribution.user) { return false }
        if let key, !Self.matches(key, record.attribution.keyID) { return false }
        if let upstream, !Self.matches(upstream, record.upstream) { return false }
        if let model, !Self.matches(model, record.reportedModel) { return false }
        return labels.allSatisfy { wanted in
            record.attribution.labels.contains {
                $0.key == wanted.key && Self.matches(wanted.value, $0.value)
            }
        }
    }

    /// The record as it is booked for its tenant.
    func assigned(_ record: UsageRecord) -> UsageRecord {
        var record = record
        record.attribution.tenant = tenant
        if let newUser { record.attribution.user = newUser }
        for label in newLabels {
            record.attribution.labels.removeAll { $0.key == label.key }
            record.attribution.labels.append(label)
        }
        record.attribution.labels.sort()
        return record
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        pattern.utf8.last == UInt8(ascii: "*") ? text.hasPrefix(pattern.dropLast()) : text == pattern
    }
}
