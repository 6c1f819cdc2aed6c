// What must hold across the columns of one row. Each rule has a name that finds it in a listing, and is
// asked only where all the columns that it is about are there: that a column is missing is another finding.

/// One rule about a row.
struct FocusRule: Sendable {
    let id: String
    /// What must hold, in words.
    let text: String
    let columns: [String]
    let holds: @Sendable (FocusRow) -> Bool

    private init(
        _ id: String, _ text: String, _ columns: [String], _ holds: @escaping @Sendable (FocusRow) -> Bool
    ) {
        self.id = id
        self.text = text
        self.columns = columns
        self.holds = holds
    }

    static let all: [FocusRule] = times + products + priced + taxes + pairs + commitments + others

    private static let times: [FocusRule] = [
        FocusRule(
            "billing-period-order", "the billing period ends after it starts",
            ["BillingPeriodStart", "BillingPeriodEnd"]
        ) { row in
            guard let a = row.instant("BillingPeriodStart"), let b = row.instant("BillingPeriodEnd") else {
                return true
            }
            return a < b
        },
        FocusRule(
            "charge-period-order", "the charge period ends after it starts",
            ["ChargePeriodStart", "ChargePeriodEnd"]
        ) { row in
            guard let a = row.instant("ChargePeriodStart"), let b = row.instant("ChargePeriodEnd") else {
                return true
            }
            return a < b
        },
        FocusRule(
            "usage-in-billing-period", "usage that is no correction lies in its billing period",
            ["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd"]
        ) { row in
            guard row.category == "Usage", !row.isCorrection, let a = row.instant("ChargePeriodStart"),
                let b = row.instant("ChargePeriodEnd"), let from = row.instant("BillingPeriodStart"),
                let to = row.instant("BillingPeriodEnd")
            else { return true }
            return from <= a && b <= to
        },
    ]

    /// Unit price × quantity = cost, exactly, unless the row is a correction.
    private static let products: [FocusRule] = [
        ("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost"),
    ].map { price, cost in
        FocusRule(
            "product-\(cost)", "\(price) × PricingQuantity is \(cost) exactly",
            [price, "PricingQuantity", cost]
        ) { row in
            row.isCorrection || row.product(price, "PricingQuantity", is: cost)
        }
    }

    private static let priced: [FocusRule] = [
        "PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "SkuId", "SkuPriceId",
        "PricingCategory",
    ].map { column in
        FocusRule(
            "priced-\(column)", "\(column) is given for usage and purchases that are no corrections", [column]
        ) { row in !row.isPriced || !row.isNull(column) }
    }

    private static let taxes: [FocusRule] = [
        "PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "SkuId", "SkuPriceId",
        "PricingCategory", "ConsumedQuantity",
    ].map { column in
        FocusRule("tax-\(column)", "\(column) is null for taxes", [column]) { row in
            row.category != "Tax" || row.isNull(column)
        }
    }

    /// Both null or neither, and: null wherever the other is.
    private static let pairs: [FocusRule] =
        [
            ("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit"), ("SkuId", "SkuMeter"),
            ("RegionId", "RegionName"), ("CommitmentDiscountQuantity", "CommitmentDiscountUnit"),
            ("AllocatedMethodId", "AllocatedMethodDetails"),
        ].map { a, b in
            FocusRule("together-\(b)", "\(a) and \(b) are both given or both null", [a, b]) { row in
                row.isNull(a) == row.isNull(b)
            }
        }
        + [
            ("ResourceId", "ResourceName"), ("ResourceId", "ResourceType"),
            ("SubAccountId", "SubAccountName"),
            ("SubAccountId", "SubAccountType"), ("SkuId", "SkuPriceId"), ("SkuPriceId", "SkuPriceDetails"),
            ("InvoiceId", "InvoiceDetailId"), ("AllocatedResourceId", "AllocatedResourceName"),
            ("AllocatedResourceId", "AllocatedTags"), ("CapacityReservationId", "CapacityReservationStatus"),
            ("CommitmentDiscountId", "CommitmentDiscountCategory"),
            ("CommitmentDiscountId", "CommitmentDiscountName"),
            ("CommitmentDiscountId", "CommitmentDiscountType"),
            ("CommitmentDiscountId", "CommitmentDiscountStatus"),
            ("CommitmentDiscountId", "CommitmentDiscountQuantity"),
        ].map { whole, part in
            FocusRule("within-\(whole)-\(part)", "\(part) is null where \(whole) is", [whole, part]) { row in
                !row.isNull(whole) || row.isNull(part)
            }
        }

    private static let commitments: [FocusRule] =
        ["CommitmentDiscountCategory", "CommitmentDiscountType"].map { column in
            FocusRule(
                "committed-\(column)", "\(column) is given where CommitmentDiscountId is",
                ["CommitmentDiscountId", column]
            ) { row in row.isNull("CommitmentDiscountId") || !row.isNull(column) }
        }
        + [
            FocusRule(
                "committed-usage-status", "usage under a commitment says whether it was used",
                ["CommitmentDiscountId", "CommitmentDiscountStatus"]
            ) { row in
                row.isNull("CommitmentDiscountId") || row.category != "Usage"
                    || !row.isNull("CommitmentDiscountStatus")
            },
            FocusRule(
                "reserved-usage-status", "usage under a capacity reservation says whether it was used",
                ["CapacityReservationId", "CapacityReservationStatus"]
            ) { row in
                row.isNull("CapacityReservationId") || row.category != "Usage"
                    || !row.isNull("CapacityReservationStatus")
            },
            FocusRule(
                "committed-pricing-category", "what a commitment covers is priced as Committed",
                ["CommitmentDiscountStatus", "PricingCategory"]
            ) { row in
                row["CommitmentDiscountStatus"] != "Used" || row["PricingCategory"] == "Committed"
            },
        ]

    private static let others: [FocusRule] = [
        FocusRule(
            "consumed-only-usage", "only usage has a consumed quantity", ["ConsumedQuantity"]
        ) { row in row.category == "Usage" || row.isNull("ConsumedQuantity") },
        FocusRule(
            "usage-consumed", "usage has a consumed quantity, unless a commitment went unused",
            ["ConsumedQuantity"]
        ) { row in
            row.category != "Usage" || row.isCorrection || !row.isNull("ConsumedQuantity")
                || row["CommitmentDiscountStatus"] == "Unused"
        },
        FocusRule(
            "purchase-frequency", "a purchase is not Usage-Based", ["ChargeFrequency"]
        ) { row in row.category != "Purchase" || row["ChargeFrequency"] != "Usage-Based" },
        FocusRule(
            "service-subcategory", "the subcategory belongs to the category",
            ["ServiceCategory", "ServiceSubcategory"]
        ) { row in
            guard let category = row["ServiceCategory"], let sub = row["ServiceSubcategory"] else {
                return true
            }
            return FocusServices.isSubcategory(sub, of: category)
        },
        FocusRule(
            "pricing-currency-cost",
            "where the pricing currency differs, PricingCurrencyEffectiveCost is given",
            ["PricingCurrency", "BillingCurrency"]
        ) { row in
            guard let pricing = row["PricingCurrency"], pricing != row["BillingCurrency"] else { return true }
            return !row.isNull("PricingCurrencyEffectiveCost")
        },
        FocusRule(
            "requester-named", "RequesterDetails is about a principal or a credential that the row names",
            ["RequesterDetails"]
        ) { row in
            row.isNull("RequesterDetails") || !row.isNull("PrincipalId") || !row.isNull("CredentialId")
        },
    ]
}
