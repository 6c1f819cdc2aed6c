// Each rule of the check finds the row that breaks it and nothing in a row that does not.
import Bookkeeping
import Reporting
import Terms
import Testing

@Suite struct FocusCheckTests {
    /// A row that keeps every rule, with columns that our own export does not fill.
    static let good: [String: String] = [
        "AvailabilityZone": "", "BilledCost": "0.3", "BillingAccountId": "a", "BillingAccountName": "A",
        "BillingAccountType": "Organization", "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z",
        "ChargeCategory": "Usage", "ChargeClass": "", "ChargeDescription": "words",
        "ChargeFrequency": "Usage-Based", "ChargePeriodStart": "2026-10-30T00:00:00Z",
        "ChargePeriodEnd": "2026-10-31T00:00:00Z", "CommitmentDiscountCategory": "",
        "CommitmentDiscountId": "", "CommitmentDiscountName": "", "CommitmentDiscountQuantity": "",
        "CommitmentDiscountStatus": "", "CommitmentDiscountType": "", "CommitmentDiscountUnit": "",
        "ConsumedQuantity": "100", "ConsumedUnit": "Tokens", "ContractedCost": "0.3",
        "ContractedUnitPrice": "0.003", "EffectiveCost": "0.3", "HostProviderName": "OpenAI",
        "InvoiceId": "", "InvoiceIssuerName": "OpenAI", "ListCost": "0.3", "ListUnitPrice": "3E-3",
        "PricingCategory": "Standard", "PricingCurrency": "USD", "PricingQuantity": "100",
        "PricingUnit": "Tokens", "RegionId": "eu", "RegionName": "Europe", "ResourceId": "k",
        "ResourceName": "key", "ResourceType": "API Key", "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "OpenAI API", "ServiceProviderName": "OpenAI", "ServiceSubcategory": "Generative AI",
        "SkuId": "s", "SkuMeter": "Input Tokens", "SkuPriceDetails": #"{"x_A":"}"}"#, "SkuPriceId": "p",
        "SubAccountId": "t", "SubAccountName": "T", "SubAccountType": "Tenant", "Tags": "{}",
    ]

    static func findings(_ changes: [String: String?], version: FocusVersion = .version14) -> [String] {
        var row = good
        for (column, value) in changes { row[column] = value }
        let names = row.keys.sorted()
        var check = FocusCheck(version)
        check.header(names)
        check.row(names.map { row[$0]! }, line: 2)
        return check.findings.map { $0.column.isEmpty ? $0.rule : "\($0.rule) \($0.column)" }
    }

    @Test("a good row has no finding") func good() { #expect(Self.findings([:]) == []) }

    @Test(
        "each broken row is found by the rule that it breaks, and by no other",
        arguments: [
            (["BilledCost": ""], ["column-null BilledCost"]),
            (["BilledCost": "1,5"], ["column-format BilledCost"]),
            (["ListCost": "0.300000000001"], ["product-ListCost"]),
            (["ContractedUnitPrice": "0.0030001"], ["product-ContractedCost"]),
            (["ListCost": "0.31", "ChargeClass": "Correction"], []),
            (["ChargeClass": "Reversal"], ["column-value ChargeClass"]),
            (["ChargeCategory": "usage"], ["column-value ChargeCategory", "consumed-only-usage"]),
            (["BillingCurrency": "usd", "PricingCurrency": "usd"], ["column-format BillingCurrency"]),
            (["PricingCurrency": "credits"], ["pricing-currency-cost"]),
            (["ChargePeriodEnd": "2026-10-30T00:00:00Z"], ["charge-period-order"]),
            (["ChargePeriodEnd": "2026-11-02T00:00:00Z"], ["usage-in-billing-period"]),
            (["ChargePeriodEnd": "2026-10-31 00:00"], ["column-format ChargePeriodEnd"]),
            (
                ["BillingPeriodEnd": "2026-09-01T00:00:00Z"],
                ["billing-period-order", "usage-in-billing-period"]
            ),
            (["ConsumedQuantity": ""], ["together-ConsumedUnit", "usage-consumed"]),
            (["PricingUnit": ""], ["priced-PricingUnit", "together-PricingUnit"]),
            (["SkuMeter": ""], ["together-SkuMeter"]),
            (["SkuPriceId": "", "SkuPriceDetails": ""], ["priced-SkuPriceId"]),
            (["SkuPriceDetails": "{\"a\":1"], ["column-format SkuPriceDetails"]),
            (["Tags": "[]"], ["column-format Tags"]),
            (["ServiceSubcategory": "Caching"], ["service-subcategory"]),
            (["ServiceSubcategory": "Other (AI and Machine Learning)"], []),
            (["ResourceId": ""], ["within-ResourceId-ResourceName", "within-ResourceId-ResourceType"]),
            (["RegionName": ""], ["together-RegionName"]),
            (
                ["CommitmentDiscountStatus": "Used"],
                ["within-CommitmentDiscountId-CommitmentDiscountStatus", "committed-pricing-category"]
            ),
            (
                ["CommitmentDiscountId": "c"],
                [
                    "committed-CommitmentDiscountCategory", "committed-CommitmentDiscountType",
                    "committed-usage-status",
                ]
            ),
            (
                ["ChargeCategory": "Purchase", "ConsumedQuantity": "", "ConsumedUnit": ""],
                ["purchase-frequency"]
            ),
        ] as [([String: String], [String])])
    func broken(changes: [String: String], wanted: [String]) {
        #expect(Self.findings(changes.mapValues { $0 }).sorted() == wanted.sorted(), "\(changes)")
    }

    @Test("a tax has neither price nor quantity")
    func tax() {
        let tax = ["ChargeCategory": "Tax", "ChargeFrequency": "One-Time"]
        let found = Self.findings(tax)
        #expect(found.filter { $0.hasPrefix("tax-") }.count == 8)
        #expect(found.contains("consumed-only-usage"))
        var clean: [String: String?] = tax.mapValues { $0 }
        for column in [
            "PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "SkuId", "SkuPriceId",
            "PricingCategory", "ConsumedQuantity", "ConsumedUnit", "SkuMeter", "SkuPriceDetails",
        ] { clean[column] = "" }
        #expect(Self.findings(clean) == [])
    }

    @Test("columns that are missing, twice, of another version or of nobody are found")
    func header() {
        var check = FocusCheck(.version14)
        check.header(["BilledCost", "BilledCost", "ProviderName", "x_lower", "x_Upper", "Colour"])
        let found = check.findings.map { "\($0.rule) \($0.column)" }
        #expect(found.contains("column-twice BilledCost"))
        #expect(found.contains("column-unknown ProviderName"))
        #expect(found.contains("custom-name x_lower"))
        #expect(!found.contains("custom-name x_Upper"))
        #expect(found.contains("column-unknown Colour"))
        #expect(found.contains("column-missing ListCost"))
        #expect(!found.contains("column-missing SkuId"), "conditional columns may be absent")
        var old = FocusCheck(.version12)
        old.header(["ProviderName"])
        #expect(!old.findings.contains { $0.column == "ProviderName" })
        #expect(old.findings.contains { $0.rule == "column-missing" && $0.column == "PublisherName" })
    }

    @Test("rows of another width are found, and counted once each")
    func width() {
        var check = FocusCheck(.version14)
        check.header(["BilledCost", "ListCost"])
        check.row(["1"], line: 2)
        check.row(["1", "2", "3"], line: 3)
        check.unreadable(line: 4)
        let widths = check.findings.first { $0.rule == "row-width" }
        #expect(widths?.count == 2 && widths?.line == 2)
        #expect(check.rows == 3)
        #expect(check.text(columns: nil).contains("row-unreadable"))
    }

    @Test("numbers of any length are multiplied without rounding")
    func products() {
        let long = "123456789012345678901234567890"
        #expect(
            Self.findings([
                "PricingQuantity": long, "ListUnitPrice": "0.000000000000000001",
                "ListCost": "123456789012.34567890123456789",
                "ContractedUnitPrice": "0", "ContractedCost": "0",
            ]) == [])
        #expect(
            Self.findings([
                "PricingQuantity": long, "ListUnitPrice": long, "ListCost": long,
                "ContractedUnitPrice": "0", "ContractedCost": "-0",
            ]) == ["product-ListCost"])
        #expect(
            Self.findings([
                "PricingQuantity": "-100", "ListCost": "-0.3", "ContractedCost": "-0.30",
                "ConsumedQuantity": "-100",
            ]) == [])
    }
}
