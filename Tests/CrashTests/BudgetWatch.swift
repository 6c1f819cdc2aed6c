// Looks at a budget's rows at the end of every transaction that changes them, so that what must always hold
// is seen to hold always and not only when the test asks: a deferred trigger of the test's own, in the
// transaction that commits the change, while it still has the window's lock.
import Foundation
import Postgres
import Testing

struct BudgetWatch {
    /// What was seen in all commits together.
    struct Findings {
        var commits = 0
        /// Of them, those that booked something.
        var bookings = 0
        /// Spent beyond the limit and the bound as it stood in that commit.
        var beyondBound = 0
        /// Spent is another amount than what the entries of the window add up to.
        var unbooked = 0
        /// Spent is another amount than what was settled of all leases.
        var unsettled = 0
        /// Leases of which more was settled than was granted.
        var overdrawn = 0
        /// Commits with a lease of which more or less was granted than its sidecar has: captured, held, free.
        var unbalanced = 0
        /// Open leases that were compared, and those whose sidecar said nothing to compare.
        var compared = 0
        var silent = 0
        /// Leases of the dead, closed or taken back, of which something is still held or free.
        var leaking = 0
        /// The most that was ever spent beyond the limit.
        var overspent = ""
    }

    private let conninfo: String

    /// Begins to watch a deployment's budgets; they must be in money, for one tenant.
    init(_ deployment: Deployment) throws {
        conninfo = deployment.conninfo
        let connection = try Connection.open(conninfo)
        for statement in Self.setUp { try connection.run(statement) }
    }

    func findings(of budget: String) throws -> Findings {
        let connection = try Connection.open(conninfo)
        var parameters = Parameters()
        parameters.add(budget)
        return try connection.run(Self.summary, parameters).withRow(0) { row throws(PostgresError) in
            var findings = Findings()
            findings.commits = Int(try row.integer())
            findings.bookings = Int(try row.integer())
            findings.beyondBound = Int(try row.integer())
            findings.unbooked = Int(try row.integer())
            findings.unsettled = Int(try row.integer())
            findings.overdrawn = Int(try row.integer())
            findings.overspent = try row.text()
            findings.unbalanced = Int(try row.integer())
            findings.compared = Int(try row.integer())
            findings.silent = Int(try row.integer())
            findings.leaking = Int(try row.integer())
            return findings
        }
    }

    /// Of a budget whose sidecars have all ended: leases that are open still, and those that hold anything.
    func leasesAtRest(of budget: String) throws -> (open: Int, holding: Int) {
        let connection = try Connection.open(conninfo)
        var parameters = Parameters()
        parameters.add(budget)
        return try connection.run(Self.restSQL, parameters).withRow(0) { row throws(PostgresError) in
            (Int(try row.integer()), Int(try row.integer()))
        }
    }

    private static let restSQL: StaticString = """
        SELECT count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE held <> 0 OR free <> 0)
        FROM tollbook.budget_lease WHERE name = $1
        """

    private static let setUp: [StaticString] = [
        "CREATE SCHEMA watch",
        """
        CREATE TABLE watch.seen (
            no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, txid xid8 NOT NULL, name text NOT NULL,
            limit_amount numeric, spent numeric NOT NULL, booked numeric, settled numeric NOT NULL,
            overdrawn numeric NOT NULL, bound numeric NOT NULL, unbalanced integer NOT NULL,
            compared integer NOT NULL, silent integer NOT NULL, leaking integer NOT NULL,
            UNIQUE (txid, name))
        """,
        """
        CREATE FUNCTION watch.look() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO watch.seen (txid, name, limit_amount, spent, booked, settled, overdrawn, bound,
                unbalanced, compared, silent, leaking)
            SELECT pg_current_xact_id(), w.name,
                (SELECT b.limit_amount FROM tollbook.budget b WHERE b.name = w.name
                    ORDER BY b.version DESC LIMIT 1),
                w.spent,
                CASE WHEN TG_TABLE_NAME = 'budget_window' THEN (
                    SELECT coalesce(sum(e.amount), 0) FROM tollbook.entry e
                    WHERE e.tenant = w.tenant AND e.occurred_at >= w.since AND e.occurred_at < w.until
                        AND e.kind <> 'free' AND e.currency = w.unit
                        AND (e.book = w.book OR e.also_contracted))
                END,
                coalesce(l.settled, 0), coalesce(l.overdrawn, 0), coalesce(l.bound, 0) + w.repriced,
                l.unbalanced, l.compared, l.silent, l.leaking
            FROM tollbook.budget_window w
            CROSS JOIN LATERAL (
                SELECT sum(x.settled) AS settled, sum(greatest(x.settled - x.granted, 0)) AS overdrawn,
                    sum(x.exceeded + x.exposure + x.released + x.allowance
                        + greatest(x.settled - x.granted, 0)) AS bound,
                    count(*) FILTER (
                        WHERE x.state = 'open' AND x.granted <> x.captured + x.held + x.free) AS unbalanced,
                    count(*) FILTER (
                        WHERE x.state = 'open' AND x.captured + x.free IS NOT NULL) AS compared,
                    count(*) FILTER (WHERE x.state = 'open' AND x.captured + x.free IS NULL) AS silent,
                    count(*) FILTER (
                        WHERE x.state <> 'open' AND (x.held <> 0 OR x.free <> 0)) AS leaking
                FROM tollbook.budget_lease x
                WHERE x.name = w.name AND x.generation = w.generation AND x.since = w.since
            ) l
            WHERE w.name = NEW.name AND w.generation = NEW.generation AND w.since = NEW.since
            ON CONFLICT (txid, name) DO UPDATE SET booked = coalesce(excluded.booked, seen.booked);
            RETURN NULL;
        END $$
        """,
        """
        CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON tollbook.budget_window
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch.look()
        """,
        """
        CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON tollbook.budget_lease
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch.look()
        """,
    ]

    private static let summary: StaticString = """
        SELECT count(*), count(booked), count(*) FILTER (WHERE spent - limit_amount > bound),
            count(*) FILTER (WHERE booked <> spent), count(*) FILTER (WHERE settled <> spent),
            count(*) FILTER (WHERE overdrawn > 0),
            trim_scale(greatest(max(spent - limit_amount), 0))::text,
            count(*) FILTER (WHERE unbalanced > 0), coalesce(sum(compared), 0)::bigint,
            coalesce(sum(silent), 0)::bigint, count(*) FILTER (WHERE leaking > 0)
        FROM watch.seen WHERE name = $1
        """
}
