// The table behind ``FocusColumn``: one line per column, in the order of their names. `nullable` and
// `required` say whether a field may be empty.

extension FocusColumn {
    private static let everywhere = Set(FocusVersion.allCases)
    private static let since14: Set<FocusVersion> = [.version14, .draft15]
    private static let draft: Set<FocusVersion> = [.draft15]
    private static let until12: Set<FocusVersion> = [.version12]

    private static func nullable(
        _ name: String, _ level: Level, _ kind: Kind, _ versions: Set<FocusVersion>, _ values: [String] = []
    ) -> FocusColumn {
        FocusColumn(
            name: name, level: level, kind: kind, allowsNull: true, values: values, versions: versions)
    }

    private static func required(
        _ name: String, _ level: Level, _ kind: Kind, _ versions: Set<FocusVersion>, _ values: [String] = []
    ) -> FocusColumn {
        FocusColumn(
            name: name, level: level, kind: kind, allowsNull: false, values: values, versions: versions)
    }

    static let table: [FocusColumn] = [
        nullable("AllocatedMethodDetails", .recommended, .json, since14),
        nullable("AllocatedMethodId", .conditional, .text, since14),
        nullable("AllocatedResourceId", .conditional, .text, since14),
        nullable("AllocatedResourceName", .conditional, .text, since14),
        nullable("AllocatedTags", .conditional, .json, since14),
        nullable("AvailabilityZone", .recommended, .text, everywhere),
        required("BilledCost", .mandatory, .decimal, everywhere),
        required("BillingAccountId", .mandatory, .text, everywhere),
        nullable("BillingAccountName", .mandatory, .text, everywhere),
        required("BillingAccountType", .conditional, .text, everywhere),
        required("BillingCurrency", .mandatory, .currency, everywhere),
        required("BillingPeriodEnd", .mandatory, .instant, everywhere),
        required("BillingPeriodStart", .mandatory, .instant, everywhere),
        nullable("CapacityReservationId", .conditional, .text, everywhere),
        nullable("CapacityReservationStatus", .conditional, .text, everywhere, ["Used", "Unused"]),
        required(
            "ChargeCategory", .mandatory, .text, everywhere,
            ["Usage", "Purchase", "Tax", "Credit", "Adjustment"]),
        nullable("ChargeClass", .mandatory, .text, everywhere, ["Correction"]),
        nullable("ChargeDescription", .mandatory, .text, everywhere),
        required(
            "ChargeFrequency", .recommended, .text, everywhere, ["One-Time", "Recurring", "Usage-Based"]),
        required("ChargePeriodEnd", .mandatory, .instant, everywhere),
        required("ChargePeriodStart", .mandatory, .instant, everywhere),
        nullable("CommitmentDiscountCategory", .conditional, .text, everywhere, ["Spend", "Usage"]),
        nullable("CommitmentDiscountId", .conditional, .text, everywhere),
        nullable("CommitmentDiscountName", .conditional, .text, everywhere),
        nullable("CommitmentDiscountQuantity", .conditional, .decimal, everywhere),
        nullable("CommitmentDiscountStatus", .conditional, .text, everywhere, ["Used", "Unused"]),
        nullable("CommitmentDiscountType", .conditional, .text, everywhere),
        nullable("CommitmentDiscountUnit", .conditional, .unit, everywhere),
        nullable("CommitmentProgramEligibilityDetails", .conditional, .json, since14),
        nullable("ConsumedQuantity", .conditional, .decimal, everywhere),
        nullable("ConsumedUnit", .conditional, .unit, everywhere),
        nullable("ContractApplied", .conditional, .json, since14),
        required("ContractedCost", .mandatory, .decimal, everywhere),
        nullable("ContractedUnitPrice", .conditional, .decimal, everywhere),
        nullable("CredentialId", .conditional, .text, draft),
        required("EffectiveCost", .mandatory, .decimal, everywhere),
        required("HostProviderName", .mandatory, .text, since14),
        nullable("InvoiceDetailId", .conditional, .text, since14),
        nullable("InvoiceId", .conditional, .text, everywhere),
        required("InvoiceIssuerName", .mandatory, .text, everywhere),
        required("ListCost", .mandatory, .decimal, everywhere),
        nullable("ListUnitPrice", .conditional, .decimal, everywhere),
        nullable(
            "PricingCategory", .conditional, .text, everywhere,
            ["Standard", "Dynamic", "Committed", "Other"]),
        required("PricingCurrency", .conditional, .pricingCurrency, everywhere),
        nullable("PricingCurrencyContractedUnitPrice", .conditional, .decimal, everywhere),
        required("PricingCurrencyEffectiveCost", .conditional, .decimal, everywhere),
        nullable("PricingCurrencyListUnitPrice", .conditional, .decimal, everywhere),
        nullable("PricingQuantity", .mandatory, .decimal, everywhere),
        nullable("PricingUnit", .mandatory, .unit, everywhere),
        nullable("PrincipalId", .conditional, .text, draft),
        required("ProviderName", .mandatory, .text, until12),
        required("PublisherName", .mandatory, .text, until12),
        nullable("RegionId", .conditional, .text, everywhere),
        nullable("RegionName", .conditional, .text, everywhere),
        nullable("RequesterDetails", .conditional, .json, draft),
        nullable("ResourceId", .conditional, .text, everywhere),
        nullable("ResourceName", .conditional, .text, everywhere),
        nullable("ResourceType", .conditional, .text, everywhere),
        required("ServiceCategory", .mandatory, .text, everywhere, FocusServices.categories),
        required("ServiceName", .mandatory, .text, everywhere),
        required("ServiceProviderName", .mandatory, .text, since14),
        required("ServiceSubcategory", .recommended, .text, everywhere),
        nullable("SkuId", .conditional, .text, everywhere),
        nullable("SkuMeter", .conditional, .text, everywhere),
        nullable("SkuPriceDetails", .conditional, .json, everywhere),
        nullable("SkuPriceId", .conditional, .text, everywhere),
        nullable("SubAccountId", .conditional, .text, everywhere),
        nullable("SubAccountName", .conditional, .text, everywhere),
        nullable("SubAccountType", .conditional, .text, everywhere),
        nullable("Tags", .conditional, .json, everywhere),
    ]
}
