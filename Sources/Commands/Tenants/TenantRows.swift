import Reporting
import Terms

/// Tenants in each notation.
enum TenantRows {
    static func text(_ tenants: [Tenant], _ format: Format, columns: Int?) -> String {
        var json = JSONWriter()
        switch format {
        case .json:
            json.beginArray()
            for tenant in tenants { json.tenant(tenant) }
            json.endArray()
            json.newline()
        case .jsonl:
            for tenant in tenants {
                json.tenant(tenant)
                json.newline()
            }
        case .csv:
            var csv = CSV()
            csv.line(["tenant", "currency", "timezone", "cost_center", "created_at", "archived_at"])
            for tenant in tenants {
                csv.line([
                    tenant.name, tenant.currency, tenant.timezone, tenant.costCenter,
                    tenant.createdAt.rfc3339, tenant.archivedAt?.rfc3339 ?? "",
                ])
            }
            return csv.take()
        case .text, .markdown, .html:
            if tenants.isEmpty, format == .text { return "No tenants.\n" }
            var table = TextTable([
                .init("tenant"), .init("currency"), .init("time zone"), .init("cost center"),
                .init("created"),
                .init("archived"),
            ])
            table.rows = tenants.map { tenant in
                [
                    tenant.name.visible, tenant.currency, tenant.timezone,
                    tenant.costCenter.isEmpty ? "-" : tenant.costCenter.visible,
                    tenant.createdAt.date.iso8601, tenant.archivedAt?.date.iso8601 ?? "-",
                ]
            }
            return format == .markdown ? table.markdown : table.text(columns: columns)
        }
        return json.text
    }
}

extension JSONWriter {
    mutating func tenant(_ tenant: Tenant) {
        beginObject()
        field("tenant", tenant.name)
        field("currency", tenant.currency)
        field("timezone", tenant.timezone)
        field("cost_center", tenant.costCenter.isEmpty ? nil : tenant.costCenter)
        field("created_at", tenant.createdAt.rfc3339)
        field("archived_at", tenant.archivedAt?.rfc3339)
        endObject()
    }
}
