// The ledger as double-entry bookkeeping: for each day, tenant and provider one transaction whose postings
// add up to nothing. What a tenant is charged is an expense; what the provider is owed is a liability; what
// nobody is accountable for, and what is only estimated, stands in suspense until it is settled; credits have
// an account of their own. The two notations, hledger's and beancount's, are written from the same postings.
public import Bookkeeping
public import Terms

/// Collects records and gives out transactions. Memory grows with days × tenants × providers.
public struct Journal: Sendable {
    /// Whose amounts the expenses are. Liabilities are always what the contract says.
    public let book: Book
    /// Where days begin.
    let zone: TimeZoneRules
    /// By tenant: a tag of each of its transactions.
    let costCenters: [String: String]
    private var sums = ExportSums()
    private var days: [JournalKey: JournalDay] = [:]
    /// What stands behind an account's name.
    private(set) var names: [String: String] = [:]

    public init(book: Book, zone: TimeZoneRules, costCenters: [String: String] = [:]) {
        self.book = book
        self.zone = zone
        self.costCenters = costCenters
    }

    public mutating func add(_ stored: StoredRecord) {
        sums.count(stored.record)
        let record = stored.record
        let key = JournalKey(
            day: zone.date(at: record.occurredAt), tenant: record.attribution.tenant,
            provider: record.usage.provider)
        for line in stored.lines {
            sums.add(line)
            if line.kind == .unpriced { days[key, default: JournalDay()].unpriced += 1 }
            guard line.amounts != .nothing else { continue }
            post(line, key)
        }
        days[key, default: JournalDay()].records += 1
    }

    private mutating func post(_ line: BookedLine, _ key: JournalKey) {
        let spent = line.amounts[book] ?? .zero
        let owed = line.amounts.contracted ?? .zero
        let tenant = JournalAccount.part(key.tenant)
        let provider = JournalAccount.part(key.provider)
        let isNobodys = key.tenant == Attribution.unattributedTenant
        let kind =
            line.kind == .adjustment ? "Adjustments" : line.isEstimated ? "Estimated" : provider
        let expense =
            isNobodys ? "Expenses:Suspense:Unattributed:\(kind)" : "Expenses:Spend:\(tenant):\(kind)"
        let liability =
            line.kind == .adjustment
            ? "Liabilities:Credits:\(provider)"
            : line.isEstimated
                ? "Liabilities:Suspense:Estimated:\(provider)" : "Liabilities:Payable:\(provider)"
        names[expense] = isNobodys ? nil : key.tenant
        names[liability] = key.provider
        add(spent, to: expense, line.currency, key)
        add(-owed, to: liability, line.currency, key)
        // What the books differ by is what the platform keeps, or gives.
        add(owed - spent, to: "Income:Margin", line.currency, key)
    }

    private mutating func add(_ amount: Money, to account: String, _ currency: Currency, _ key: JournalKey) {
        guard amount != .zero else { return }
        let place = JournalPlace(account: account, currency: currency)
        days[key, default: JournalDay()].postings[place, default: .zero] += amount
    }

    /// What was collected, for the reconciliation with the report. Rows are postings.
    public var exported: ExportSums {
        var sums = sums
        sums.rows = days.values.reduce(0) { $0 + Int64($1.moving.count) }
        return sums
    }

    /// Every account that has postings, ascending.
    var accounts: [String] { Set(days.values.flatMap { $0.postings.keys.map(\.account) }).sorted() }

    var commodities: [String] {
        Set(days.values.flatMap { $0.postings.keys.map { JournalAccount.commodity($0.currency.code) } })
            .sorted()
    }

    /// The transactions by day, tenant and provider. What costs nothing makes none.
    var transactions: [(key: JournalKey, day: JournalDay)] {
        days.filter { $1.postings.contains { $1 != .zero } || $1.unpriced > 0 }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The first day, for the opening of accounts.
    var firstDay: CivilDate? { days.keys.map(\.day).min() }
}

struct JournalKey: Hashable, Comparable {
    let day: CivilDate
    let tenant: String
    let provider: String

    static func < (a: JournalKey, b: JournalKey) -> Bool {
        (a.day, a.tenant, a.provider) < (b.day, b.tenant, b.provider)
    }
}

struct JournalPlace: Hashable, Comparable {
    let account: String
    let currency: Currency

    static func < (a: JournalPlace, b: JournalPlace) -> Bool {
        (a.account, a.currency) < (b.account, b.currency)
    }
}

struct JournalDay {
    var records: Int64 = 0
    /// Lines without a price: no amount is known for them.
    var unpriced: Int64 = 0
    var postings: [JournalPlace: Money] = [:]

    /// Those that move something, ascending by account.
    var moving: [(place: JournalPlace, amount: Money)] {
        postings.filter { $1 != .zero }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What a reader should know beside the amounts.
    var note: String {
        counted(records, "record") + (unpriced > 0 ? ", \(counted(unpriced, "line")) without a price" : "")
    }
}
