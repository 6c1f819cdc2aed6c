// What providers state beside the list, record by record.
import Bookkeeping
import Rating
import Terms
import Testing

@Suite struct StatedCostTests {
    private func stored(_ stated: String?, _ amount: String?, provider: String = "openrouter") -> StoredRecord
    {
        var rated = Example.record([(.output, 200)])
        rated.record.usage.provider = provider
        rated.record.usage.providerCostUSD = stated
        if let amount {
            rated.rated.charges = [Example.charge(.output, 200, amount)]
        } else {
            rated.rated.unpriced = [.init(component: 0, meter: .output)]
        }
        return StoredRecord(record: rated.record, bookedAt: Example.start, entries: rated.entries)
    }

    @Test("sums per provider, and how many differ by more than the tolerance")
    func sums() {
        var costs = StatedCosts(tolerance: 100)
        costs.add(stored("0.01", "0.0101"))
        costs.add(stored("0.01", "0.010100000001"))
        costs.add(stored("0.01", nil))
        costs.add(stored(nil, "5"))
        costs.add(stored("0.5", "0.25", provider: "perplexity"))
        #expect(costs.rows.map(\.provider) == ["openrouter", "perplexity"])
        let row = costs.rows[0]
        #expect(row.records == 2 && row.beyond == 1 && row.unpriced == 1)
        #expect(row.stated == Money("0.02") && row.listed == Money("0.020200000001"))
        #expect(costs.rows[1].beyond == 1)
    }

    @Test("a claim with more decimals than money has is rounded, and nonsense is no claim")
    func decimals() {
        var costs = StatedCosts(tolerance: 0)
        costs.add(stored("0.0000000000015", "0.000000000002"))
        costs.add(stored("free", "1"))
        #expect(costs.rows.count == 1 && costs.rows[0].stated == Money("0.000000000002"))
        #expect(costs.rows[0].beyond == 0)
    }
}
