// Labels by which rollups are kept apart. The list lives in the database, so that all sidecars agree;
// a new label takes effect a while after it was registered, when every sidecar has read it. Reports
// over time before that, and over other labels, read the facts instead.
import Postgres
public import Terms

extension LedgerStore {
    /// Registers labels that rollups shall keep apart from a short while after `now` on. Labels that
    /// are registered stay as they are.
    public func registerRollupLabels(_ names: [String], now: Instant) throws(LedgerError) {
        guard !names.isEmpty else { return }
        let size = LedgerLimits.rollupLabelDelaySeconds
        let since = Instant(microseconds: (now.seconds / size + 2) * size * 1_000_000)
        var parameters = Parameters()
        parameters.add(ArrayParameter(texts: names.sorted()))
        parameters.add(microseconds: since.microseconds)
        try inOneTrip(
            """
            INSERT INTO tollbook.rollup_label (name, since)
            SELECT DISTINCT name, $2::timestamptz FROM unnest($1::text[]) AS n(name) ORDER BY name
            ON CONFLICT DO NOTHING
            """, parameters
        ) { _ in }
        rollupLabels = nil
    }

    func currentRollupLabels(at instant: Instant) throws(LedgerError) -> RollupLabels {
        let refresh = LedgerLimits.rollupLabelRefreshSeconds
        if let known = rollupLabels, instant < known.readAt.advanced(bySeconds: refresh),
            known.readAt <= instant
        {
            return known
        }
        let sinceByName = try inOneTrip(
            "SELECT name, since FROM tollbook.rollup_label", Parameters()
        ) { answer throws(PostgresError) -> [String: Instant] in
            var found: [String: Instant] = [:]
            try answer.forEachRow { row throws(PostgresError) in
                found[try row.text()] = Instant(microseconds: try row.microseconds())
            }
            return found
        }
        let labels = RollupLabels(readAt: instant, since: sinceByName)
        rollupLabels = labels
        return labels
    }
}
