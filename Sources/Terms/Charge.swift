/// The three sets of amounts that are kept side by side.
public enum Book: String, CaseIterable, Hashable, Sendable {
    /// The provider's public price.
    case list
    /// What the organization pays after its contract.
    case contracted
    /// What the tenant is charged.
    case chargeback
}

/// One meter times one rate: one amount.
public struct Charge: Hashable, Sendable {
    /// Index into the record's components.
    public var component: Int
    public var meter: Meter
    public var quantity: Quantity
    public var amount: Money
    public var currency: Currency
    public var book: Book
    /// The rate's permanent id, such as `openai/gpt-5.4/2026-03`.
    public var rateID: String
    /// Version of the price book that held the rate.
    public var priceVersion: String
    /// Whether the quotient was no whole pico and was rounded half to even.
    public var rounded: Bool

    public init(
        component: Int, meter: Meter, quantity: Quantity, amount: Money, currency: Currency, book: Book,
        rateID: String, priceVersion: String, rounded: Bool
    ) {
        self.component = component
        self.meter = meter
        self.quantity = quantity
        self.amount = amount
        self.currency = currency
        self.book = book
        self.rateID = rateID
        self.priceVersion = priceVersion
        self.rounded = rounded
    }
}

/// One amount per book; `nil` is unpriced, which is not zero.
public struct Cost: Hashable, Sendable {
    public var list: Money?
    public var contracted: Money?
    public var chargeback: Money?

    public init(list: Money? = nil, contracted: Money? = nil, chargeback: Money? = nil) {
        self.list = list
        self.contracted = contracted
        self.chargeback = chargeback
    }

    /// What a record costs that is not billable.
    public static let nothing = Cost(list: .zero, contracted: .zero, chargeback: .zero)

    public subscript(book: Book) -> Money? {
        get {
            switch book {
            case .list: list
            case .contracted: contracted
            case .chargeback: chargeback
            }
        }
        set {
            switch book {
            case .list: list = newValue
            case .contracted: contracted = newValue
            case .chargeback: chargeback = newValue
            }
        }
    }
}
