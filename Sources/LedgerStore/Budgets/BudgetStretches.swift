// What a budget counts in several stretches of time at once, from records and entries: for scopes and units
// that no sums are kept of.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// What a budget counts in each of the stretches between ascending instants; the same as
    /// ``MemoryLedger``'s, and as what ``openWindow(of:_:at:)`` counts.
    public func counted(_ budget: Budget, cuts: [Instant]) throws(LedgerError) -> [BudgetAmount] {
        var sums = [BudgetAmount](repeating: .zero, count: max(cuts.count - 1, 0))
        guard let first = cuts.first, let last = cuts.last, first < last else { return sums }
        let starts = ArrayParameter(.timestamp)
        for cut in cuts { starts.append(microseconds: cut.microseconds) }
        var parameters = Parameters()
        parameters.add(microseconds: first.microseconds)
        parameters.add(microseconds: last.microseconds)
        parameters.add(starts)
        parameters.add(budget.scope)
        parameters.add(budget.unit.text)
        parameters.add(budget.book.rawValue)
        try inOneTrip(Self.stretchesSQL, parameters) { answer throws(PostgresError) in
            try answer.forEachRow { row throws(PostgresError) in
                let index = Int(try row.integer()) - 1
                let amount = BudgetAmount(picos: try row.decimal(places: 12))
                if sums.indices.contains(index) { sums[index] += amount }
            }
        }
        return sums
    }

    /// `$1` from, `$2` until, `$3` the cuts, `$4`–`$8` scope, `$9` unit, `$10` book.
    private static let stretchesSQL: StaticString = """
        WITH hit AS NOT MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id, r.completeness, r.api,
                width_bucket(r.occurred_at, $3::timestamptz[]) AS stretch
            FROM tollbook.usage_record r
            WHERE r.occurred_at >= $1::timestamptz AND r.occurred_at < $2::timestamptz
                AND ($4::text IS NULL OR r.tenant = $4) AND ($5::text IS NULL OR r.user_id = $5)
                AND ($6::text IS NULL OR r.key_id = $6)
                AND ($7::text IS NULL OR coalesce(r.model_requested, r.model, '') = $7
                    OR (right($7, 1) = '*'
                        AND starts_with(coalesce(r.model_requested, r.model, ''), rtrim($7, '*'))))
                AND NOT EXISTS (
                    SELECT FROM json_each_text($8::json) l
                    WHERE r.labels ->> l.key IS DISTINCT FROM l.value)
        )
        SELECT stretch::bigint, count(*)::numeric FROM hit
        WHERE $9 = 'requests' AND completeness <> 'refused' AND api <> 'adjustment'
        GROUP BY stretch
        UNION ALL
        SELECT h.stretch, sum(e.quantity)
        FROM hit h
        JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
            AND e.record_id = h.record_id
        WHERE $9 = 'tokens' AND e.book = 'list' AND (e.meter LIKE 'in.%' OR e.meter LIKE 'out.%')
            AND e.meter NOT LIKE '%.seconds' AND e.meter NOT LIKE '%.chars'
        GROUP BY h.stretch
        UNION ALL
        SELECT h.stretch, sum(e.amount)
        FROM hit h
        JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
            AND e.record_id = h.record_id
        WHERE $9 NOT IN ('tokens', 'requests') AND e.kind <> 'free' AND e.currency = $9
            AND e.amount IS NOT NULL
            AND (e.book = $10 OR ($10 = 'contracted' AND e.also_contracted)
                OR ($10 = 'chargeback' AND e.also_chargeback))
        GROUP BY h.stretch
        """
}
