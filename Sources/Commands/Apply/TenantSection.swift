import Terms

/// `tenants:` of a file for `apply`. A field that is left out has its default; `archived` left out stays as
/// it is.
enum TenantSection: ApplySection {
    static let name = "tenants"

    static func plan(_ items: [ApplyItem], _ desk: AccessDesk) throws(ApplyProblem) -> [ApplyChange] {
        var changes: [ApplyChange] = []
        var seen: Set<String> = []
        for item in items {
            try item.allow(["name", "currency", "timezone", "cost_center", "archived"])
            let name = try item.required("name")
            guard seen.insert(name).inserted else {
                throw ApplyProblem(line: item.line, words: "the tenant \(name) stands here twice")
            }
            let known = desk.state.tenants.first { $0.name == name }
            var tenant = Tenant(
                name: name, currency: try item.text("currency") ?? "USD",
                timezone: try item.text("timezone") ?? "UTC", costCenter: try item.text("cost_center") ?? "",
                createdAt: known?.createdAt ?? desk.now, archivedAt: known?.archivedAt)
            if let archived = try item.flag("archived") {
                tenant.archivedAt = archived ? known?.archivedAt ?? desk.now : nil
            }
            if let words = AccessDesk.problem(of: tenant)?.problem {
                throw ApplyProblem(line: item.line, words: words)
            }
            changes.append(change(tenant, known))
        }
        return changes
    }

    private static func change(_ tenant: Tenant, _ known: Tenant?) -> ApplyChange {
        let object = "tenant \(tenant.name)"
        var details: [String] = []
        func note(_ name: String, _ old: String?, _ new: String) {
            if old != new, !(old == nil && new.isEmpty) {
                details.append("\(name) \(new.isEmpty ? "-" : new)")
            }
        }
        note("currency", known?.currency, tenant.currency)
        note("timezone", known?.timezone, tenant.timezone)
        note("cost_center", known?.costCenter, tenant.costCenter)
        let isArchived = tenant.archivedAt != nil
        if isArchived != (known?.archivedAt != nil) { details.append(isArchived ? "archived" : "active") }
        if details.isEmpty { return .keep(object) }
        return ApplyChange(action: known == nil ? .create : .change, object: object, details: details) {
            desk throws(Failure) in
            try desk.store(tenant, action: known == nil ? "tenant.create" : "tenant.change")
            return nil
        }
    }
}
