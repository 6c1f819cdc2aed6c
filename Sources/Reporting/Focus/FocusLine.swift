// One row of the dataset, column by column. What a column means and when it is null is FOCUS's; what stands
// in it is ours, and `docs/exports.md` lists it.
import Bookkeeping
import Terms

struct FocusLine {
    let group: FocusGroup
    let figures: FocusFigures
    let export: FocusExport

    /// - Returns: nil for null, and for a column that is not filled.
    func field(_ column: String) -> String? {
        time(column) ?? money(column) ?? pricing(column) ?? sku(column) ?? who(column) ?? own(column)
    }

    private var seller: FocusSeller { FocusSeller(group.provider) }
    private var meter: FocusMeter { FocusMeter(meter: group.meter) }
    private var isUsage: Bool { group.kind != .adjustment }

    private func time(_ column: String) -> String? {
        let zone = export.zone
        // What came after its month was closed is billed with the month that carries it.
        let billed = group.carried.flatMap { CivilDate("\($0.period)-01") }
        let month = billed ?? group.day.firstOfMonth
        return switch column {
        case "ChargePeriodStart": zone.start(of: group.day).focusText
        case "ChargePeriodEnd": zone.start(of: group.day.adding(days: 1)).focusText
        case "BillingPeriodStart": zone.start(of: month).focusText
        case "BillingPeriodEnd": zone.start(of: month.firstOfMonth(adding: 1)).focusText
        default: nil
        }
    }

    private func money(_ column: String) -> String? {
        switch column {
        case "ListCost": figures.cost.list?.plain
        case "BilledCost", "ContractedCost", "EffectiveCost": figures.cost.contracted?.plain
        case "BillingCurrency", "PricingCurrency": group.currency.code
        case "ChargeCategory": isUsage ? "Usage" : group.isNegative ? "Credit" : "Adjustment"
        case "ChargeClass": group.carried == nil ? nil : "Correction"
        case "ChargeFrequency": isUsage ? "Usage-Based" : "One-Time"
        case "ChargeDescription":
            isUsage ? "\(group.provider)/\(group.model) \(group.meter.rawValue)" : "booked by hand"
        default: nil
        }
    }

    private func pricing(_ column: String) -> String? {
        guard isUsage else { return nil }
        return switch column {
        case "ConsumedQuantity": Self.decimal(figures.quantity)
        case "ConsumedUnit": meter.unit
        // Where no decimal is the price of one unit, the row is one unit at its whole amount.
        case "PricingQuantity": group.prices == nil ? "1.0" : Self.decimal(figures.quantity)
        case "PricingUnit": group.prices == nil ? "Units" : meter.unit
        case "ListUnitPrice": group.prices?.list.plain ?? figures.cost.list?.plain
        case "ContractedUnitPrice": group.prices?.contracted.plain ?? figures.cost.contracted?.plain
        case "PricingCategory":
            switch group.tier {
            case "flex": "Dynamic"
            case "provisioned", "scale": "Committed"
            default: "Standard"
            }
        default: nil
        }
    }

    /// Readers that guess a column's type must not take quantities for integers.
    private static func decimal(_ quantity: Quantity) -> String {
        quantity.plain + (quantity.plain.contains(".") ? "" : ".0")
    }

    private func sku(_ column: String) -> String? {
        guard isUsage else { return nil }
        let sku = "\(group.provider)/\(group.model)/\(group.meter.rawValue)"
        return switch column {
        case "SkuId": sku
        case "SkuMeter": meter.title
        case "SkuPriceId":
            group.rateID.isEmpty
                ? "\(sku)/\(group.kind.rawValue)"
                : "\(group.rateID)/\(group.meter.rawValue)@\(group.priceVersion)"
        case "SkuPriceDetails": skuPriceDetails
        default: nil
        }
    }

    /// In 1.5 direction and cache action have names of their own; before, everything is a custom key.
    private var skuPriceDetails: String {
        let prefix = export.version == .draft15 ? "" : "x_"
        var json = JSONWriter()
        json.beginObject()
        if let action = meter.cacheAction { json.field("\(prefix)CacheAction", action) }
        if let direction = meter.direction { json.field("\(prefix)TokenDirection", direction) }
        json.field("x_Meter", group.meter.rawValue)
        json.field("x_ModelId", group.model)
        if !group.tier.isEmpty { json.field("x_ServiceTier", group.tier) }
        json.endObject()
        return json.text
    }

    private func who(_ column: String) -> String? {
        switch column {
        case "BillingAccountId", "BillingAccountName": group.upstream.isEmpty ? "none" : group.upstream
        case "BillingAccountType": "Upstream"
        case "SubAccountId", "SubAccountName": group.tenant
        case "SubAccountType": "Tenant"
        case "ProviderName", "PublisherName", "ServiceProviderName", "InvoiceIssuerName": seller.provider
        case "HostProviderName": seller.host
        case "ServiceName": seller.service
        case "ServiceCategory": "AI and Machine Learning"
        case "ServiceSubcategory": "Generative AI"
        case "RegionId", "RegionName": group.region.orNil
        case "ResourceId", "ResourceName", "CredentialId": group.key.orNil
        case "ResourceType": group.key.isEmpty ? nil : "API Key"
        case "PrincipalId": group.user.orNil
        case "RequesterDetails": requester
        case "Tags": tags
        default: nil
        }
    }

    private var requester: String? {
        guard !group.user.isEmpty || !group.key.isEmpty else { return nil }
        var json = JSONWriter()
        json.beginObject()
        if !group.user.isEmpty { json.field("Name", group.user) }
        if !group.key.isEmpty {
            json.key("Credential")
            json.beginObject()
            json.field("Id", group.key)
            json.field("Type", "API Key")
            json.endObject()
        }
        json.endObject()
        return json.text
    }

    private var tags: String {
        var json = JSONWriter()
        json.beginObject()
        // Keys that are not the user's own carry the prefix of who made them.
        if let center = export.costCenters[group.tenant] { json.field("tollbook/cost_center", center) }
        for label in group.labels { json.field(label.key, label.value) }
        json.endObject()
        return json.text
    }

    private func own(_ column: String) -> String? {
        switch column {
        case "x_ChargebackCost": figures.cost.chargeback?.plain
        case "x_CorrectedMonth": group.carried?.from
        case "x_CostCenter": export.costCenters[group.tenant]
        case "x_EstimatedQuantity": figures.estimated.plain
        case "x_KeyId": group.key
        case "x_Meter": group.meter.rawValue
        case "x_Model": group.model
        case "x_PriceStatus": group.kind == .charge ? "priced" : group.kind.rawValue
        case "x_PriceVersion": group.priceVersion
        case "x_Provider": group.provider
        case "x_RateId": group.rateID
        case "x_ServiceTier": group.tier
        case "x_Upstream": group.upstream
        case "x_UserId": group.user
        default: nil
        }
    }
}

extension String {
    fileprivate var orNil: String? { isEmpty ? nil : self }
}
