// Booked lines to rows of the FOCUS cost and usage dataset. One row per charge day, tenant, user, key,
// provider, upstream, model, meter, tier, rate and price version; the unit price is part of what is grouped
// by, so that quantity times unit price is the cost to the last digit in every row.
public import Bookkeeping
public import Terms

/// Collects records and gives out the rows. Memory grows with the number of rows, not of records.
public struct FocusExport: Sendable {
    public let version: FocusVersion
    /// Where charge days and billing periods begin.
    let zone: TimeZoneRules
    /// By tenant; a tenant without one has no tag.
    let costCenters: [String: String]
    /// Labels that become tags. Rows are apart by their values, so only labels of few values are meant.
    let labels: Set<String>
    /// What was collected, for the reconciliation with the report.
    public private(set) var sums = ExportSums()
    private var rows: [FocusGroup: FocusFigures] = [:]

    public init(
        version: FocusVersion, zone: TimeZoneRules, costCenters: [String: String] = [:],
        labels: some Sequence<String> = []
    ) {
        self.version = version
        self.zone = zone
        self.costCenters = costCenters
        self.labels = Set(labels)
    }

    public mutating func add(_ stored: StoredRecord) {
        sums.count(stored.record)
        let day = zone.date(at: stored.record.occurredAt)
        let labels = stored.record.attribution.labels.filter { self.labels.contains($0.key) }
        for (carried, lines) in stored.linesByMonth {
            for line in lines {
                sums.add(line)
                var group = FocusGroup(line, of: stored.record, day: day)
                (group.carried, group.labels) = (carried, labels)
                rows[group, default: FocusFigures()].add(line)
            }
        }
    }

    /// The names of the columns: those of the version by name, then our own.
    public var header: [String] {
        let named = FocusColumn.all(of: version).map(\.name).filter(Self.filled.contains)
        return named + Self.own
    }

    /// Hands out the rows in the order of days, then of names.
    ///
    /// - Parameter each: one field per column of ``header``; empty for null.
    public func forEachRow(_ each: ([String]) -> Void) {
        let header = header
        let currencies = Set(rows.keys.map(\.currency).filter { !$0.code.isEmpty })
        let main = currencies.contains(.usd) ? Currency.usd : currencies.min() ?? .usd
        let sorted = rows.map { (key: $0.key.order, row: $0) }.sorted { a, b in
            a.key.lexicographicallyPrecedes(b.key)
        }
        for (_, row) in sorted {
            var (group, figures) = row
            // What was not charged has no currency of its own.
            if group.currency.code.isEmpty { group.currency = main }
            let line = FocusLine(group: group, figures: figures, export: self)
            each(header.map { line.field($0) ?? "" })
        }
    }

    /// Columns that are filled, or must be there although they are null. The others are about discounts for
    /// commitments, reservations and splits, of which the ledger has none.
    private static let filled: Set<String> = [
        "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType",
        "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
        "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity",
        "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "CredentialId", "EffectiveCost",
        "HostProviderName", "InvoiceDetailId", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice",
        "PricingCategory", "PricingCurrency", "PricingQuantity", "PricingUnit", "PrincipalId", "ProviderName",
        "PublisherName", "RegionId", "RegionName", "RequesterDetails", "ResourceId", "ResourceName",
        "ResourceType", "ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory",
        "SkuId",
        "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType",
        "Tags",
    ]

    private static let own = [
        "x_ChargebackCost", "x_CorrectedMonth", "x_CostCenter", "x_EstimatedQuantity", "x_KeyId", "x_Meter",
        "x_Model", "x_PriceStatus",
        "x_PriceVersion", "x_Provider", "x_RateId", "x_ServiceTier", "x_Upstream", "x_UserId",
    ]
}

/// What is one row.
struct FocusGroup: Hashable {
    let kind: BookedLine.Kind
    let day: CivilDate
    let tenant: String
    let user: String
    let key: String
    let provider: String
    let upstream: String
    let model: String
    let meter: Meter
    let tier: String
    let region: String
    let rateID: String
    let priceVersion: String
    var currency: Currency
    /// Of one unit; nil where a row states the whole amount as the price of one.
    let prices: FocusPrices?
    /// Credits and debits of adjustments are rows of different categories.
    let isNegative: Bool
    /// Of what came after its month was closed: it is billed in another one.
    var carried: CarriedEntry?
    var labels: [Label] = []

    init(_ line: BookedLine, of record: UsageRecord, day: CivilDate) {
        kind = line.kind
        self.day = day
        tenant = record.attribution.tenant
        user = record.attribution.user
        key = record.attribution.keyID
        provider = record.usage.provider
        upstream = record.upstream
        model = line.model
        meter = line.meter
        let components = record.usage.components
        let selectors =
            components.indices.contains(line.component) ? components[line.component].selectors : nil
        let tier = selectors?.serviceTier ?? selectors?.serviceTierRequested
        self.tier = selectors?.batch == true ? "batch" : tier ?? ""
        region = selectors?.region ?? ""
        rateID = line.rateID
        priceVersion = line.priceVersion
        currency = line.currency
        prices = FocusPrices(line)
        isNegative = (line.amounts.list ?? .zero) < .zero
    }

    var order: [String] {
        [
            day.iso8601, tenant, user, key, provider, upstream, model, meter.rawValue, tier, region, rateID,
            priceVersion, currency.code, kind.rawValue, prices?.list.plain ?? "",
            prices?.contracted.plain ?? "",
            isNegative ? "-" : "+", carried?.period ?? "", carried?.from ?? "",
        ] + labels.flatMap { [$0.key, $0.value] }
    }
}

/// The exact prices of one unit in two books.
struct FocusPrices: Hashable {
    let list: ExactUnitPrice
    let contracted: ExactUnitPrice

    init?(_ line: BookedLine) {
        guard let list = ExactUnitPrice(of: line.amounts.list ?? .zero, for: line.quantity),
            let contracted = ExactUnitPrice(of: line.amounts.contracted ?? .zero, for: line.quantity)
        else { return nil }
        self.list = list
        self.contracted = contracted
    }
}

/// What a row adds up.
struct FocusFigures: Hashable {
    var quantity = Quantity.zero
    var estimated = Quantity.zero
    var cost = Cost.nothing

    mutating func add(_ line: BookedLine) {
        quantity += line.quantity
        if line.isEstimated { estimated += line.quantity }
        for book in Book.allCases { cost[book] = (cost[book] ?? .zero) + (line.amounts[book] ?? .zero) }
    }
}
