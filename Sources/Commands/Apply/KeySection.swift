import Terms

/// `keys:` of a file for `apply`. A key is known by its tenant and name; one that is not there is made and
/// its secret shown once. `expires` left out stays as it is, so that applying a file revives no ended key.
enum KeySection: ApplySection {
    static let name = "keys"

    static func plan(_ items: [ApplyItem], _ desk: AccessDesk) throws(ApplyProblem) -> [ApplyChange] {
        var changes: [ApplyChange] = []
        var seen: Set<[String]> = []
        for item in items {
            try item.allow([
                "tenant", "name", "user", "upstreams", "models", "labels", "expires", "revoked",
            ])
            let (tenant, name) = (try item.required("tenant"), try item.required("name"))
            guard seen.insert([tenant, name]).inserted else {
                throw ApplyProblem(line: item.line, words: "the key \(tenant)/\(name) stands here twice")
            }
            let known = desk.state.keys.first {
                $0.tenant == tenant && $0.name == name && $0.revokedAt == nil
            }
            var key = known ?? GatewayKey(id: "", tenant: tenant, name: name, createdAt: desk.now)
            key.user = try item.text("user") ?? ""
            key.upstreams = try item.list("upstreams")
            key.models = try item.list("models")
            key.labels = try item.labels("labels")
            if item.has("expires") { key.expiresAt = try expiry(item) }
            let revoked = try item.flag("revoked") ?? false
            if revoked, known == nil {
                changes.append(.keep("key \(tenant)/\(name)"))
                continue
            }
            if revoked { key.revokedAt = desk.now }
            if let problem = desk.problem(of: key) {
                throw ApplyProblem(line: item.line, words: problem.problem)
            }
            changes.append(change(key, known))
        }
        return changes
    }

    private static func expiry(_ item: ApplyItem) throws(ApplyProblem) -> Instant? {
        guard let text = try item.text("expires") else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            throw ApplyProblem(
                line: item.line,
                words: "`expires` is a date or an RFC 3339 time with its offset, not `\(text)`")
        }
        return instant
    }

    private static func change(_ key: GatewayKey, _ known: GatewayKey?) -> ApplyChange {
        let object = "key \(key.tenant)/\(key.name)"
        var details: [String] = []
        func note(_ name: String, _ old: String, _ new: String, none: String) {
            if old != new { details.append("\(name) \(new.isEmpty ? none : new)") }
        }
        func shown(_ labels: [Label]) -> String {
            labels.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }
        note("user", known?.user ?? "", key.user, none: "-")
        note(
            "upstreams", (known?.upstreams ?? []).joined(separator: ","),
            key.upstreams.joined(separator: ","),
            none: "all")
        note(
            "models", (known?.models ?? []).joined(separator: ","), key.models.joined(separator: ","),
            none: "all")
        note("labels", shown(known?.labels ?? []), shown(key.labels), none: "none")
        note("expires", known?.expiresAt?.rfc3339 ?? "", key.expiresAt?.rfc3339 ?? "", none: "never")
        if key.revokedAt != nil { details.append("revoked") }
        guard let known else {
            return ApplyChange(action: .create, object: object, details: details) { desk throws(Failure) in
                let (made, secret) = try desk.create(key)
                return ShownSecret(made, secret)
            }
        }
        if key == known { return .keep(object) }
        return ApplyChange(action: .change, object: object, details: details) { desk throws(Failure) in
            try desk.save(key, action: key.revokedAt == nil ? "key.change" : "key.revoke")
            return nil
        }
    }
}
