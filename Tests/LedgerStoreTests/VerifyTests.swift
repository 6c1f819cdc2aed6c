// What `verify` finds: nothing in a sound ledger, and the right window for each kind of damage to each table.
import Bookkeeping
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct VerifyTests {
    /// Three days of all kinds of records, corrections and a label that rollups keep apart.
    static func ledger(_ count: Int = 120) throws -> LedgerStore {
        let store = try TestDatabase.ledger()
        try store.registerRollupLabels(["team"], now: instant("2026-09-01T00:00:00Z"))
        var work = RandomWork(seed: 77, period: period("2026-10-30", "2026-11-02"))
        let records = work.records(count)
        #expect(try store.post(records, bookedAt: instant("2026-11-02T00:10:00Z")).inserted == count)
        var corrections: [RecordCorrection] = []
        try store.records(RecordFilter()) { stored in
            guard corrections.count < 20 else { return false }
            let entries = stored.corrections(to: work.rated(stored.record.usage))
            corrections.append(RecordCorrection(stored: stored, entries: entries))
            return true
        }
        try store.correct(corrections, bookedAt: instant("2026-11-02T00:20:00Z"))
        return store
    }

    @Test("a sound ledger has no findings, whole or in part")
    func sound() throws {
        let store = try Self.ledger()
        let whole = try store.verify(VerifyScope(), keys: .none)
        #expect(whole.findings == [])
        #expect(whole.isSound && whole.days == 3 && whole.records == 120 && whole.entries > 200)
        #expect(try store.look("SELECT count(*)::text FROM tollbook.rollup") == "\(whole.rollups)")
        let part = try store.verify(
            VerifyScope(
                since: instant("2026-10-30T11:07:00Z"), until: instant("2026-10-31T12:01:00Z"),
                tenant: "acme"), keys: .none)
        #expect(part.findings == [] && part.records > 0 && part.records < 120)
        #expect(try TestDatabase.ledger().verify(VerifyScope(), keys: .none) == Verification())
    }

    static let damages: [(Finding.Kind, StaticString)] = [
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET quantity = quantity + 1 WHERE ctid = (SELECT min(ctid)
            FROM tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET requests = requests + 1 WHERE ctid = (SELECT min(ctid)
            FROM tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET late_requests = late_requests - 1 WHERE ctid = (SELECT
            max(ctid) FROM tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET list_amount = list_amount + 0.000000000001 WHERE ctid =
            (SELECT max(ctid) FROM tollbook.rollup WHERE list_amount IS NOT NULL)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET chargeback_amount = 0 WHERE chargeback_amount IS NULL
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET user_id = 'mallory' WHERE ctid = (SELECT min(ctid) FROM
            tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.rollup SET labels = '{"team":"x"}' WHERE ctid = (SELECT
            min(ctid) FROM tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            DELETE FROM tollbook.rollup WHERE ctid = (SELECT max(ctid) FROM tollbook.rollup)
            """
        ),
        (
            .rollup,
            """
            INSERT INTO tollbook.rollup SELECT tenant, bucket, user_id, 'k9', provider,
            upstream, model, meter, currency, labels_digest, labels, 1, 0, 0, 0, 0, 0, 0, NULL,
            NULL, NULL FROM tollbook.rollup LIMIT 1
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.entry SET amount = amount - 0.01 WHERE (record_id, entry_no) =
            (SELECT record_id, entry_no FROM tollbook.entry WHERE amount > 1 LIMIT 1)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.entry SET quantity = quantity * 2 WHERE (record_id, entry_no) =
            (SELECT record_id, entry_no FROM tollbook.entry WHERE book = 'list' AND quantity > 0
            LIMIT 1)
            """
        ),
        (
            .rollup,
            """
            DELETE FROM tollbook.entry WHERE (record_id, entry_no) = (SELECT record_id, entry_no
            FROM tollbook.entry WHERE book = 'list' AND amount > 0 LIMIT 1)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.usage_record SET user_id = 'mallory' WHERE record_id = (SELECT
            record_id FROM tollbook.usage_record LIMIT 1)
            """
        ),
        (
            .rollup,
            """
            UPDATE tollbook.usage_record SET usage_status = 'estimated' WHERE record_id =
            (SELECT record_id FROM tollbook.usage_record WHERE usage_status = 'reported' LIMIT
            1)
            """
        ),
        (
            .orphan,
            """
            DELETE FROM tollbook.usage_record WHERE record_id = (SELECT record_id FROM
            tollbook.entry LIMIT 1)
            """
        ),
        (
            .orphan,
            """
            INSERT INTO tollbook.entry SELECT tenant, occurred_at, gen_random_uuid(), entry_no,
            booked_at, period, kind, correction_of, component, model, meter, quantity, amount,
            currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded
            FROM tollbook.entry LIMIT 1
            """
        ),
        (
            .sequence,
            """
            UPDATE tollbook.usage_record SET seq = 100000 WHERE record_id = (SELECT record_id
            FROM tollbook.usage_record LIMIT 1)
            """
        ),
        (
            .sequence,
            """
            UPDATE tollbook.usage_record SET seq = (SELECT min(seq) FROM tollbook.usage_record
            WHERE instance = 'west' AND occurred_at < '2026-10-31')
            WHERE instance = 'west' AND seq = (SELECT max(seq) FROM tollbook.usage_record
            WHERE instance = 'west' AND occurred_at < '2026-10-31')
            """
        ),
        (
            .sequence,
            """
            DELETE FROM tollbook.instance WHERE instance = 'east'
            """
        ),
        (
            .conflict,
            """
            INSERT INTO tollbook.conflict VALUES ('acme', '2026-10-30 12:00+00',
            gen_random_uuid(), '\\x00', 'x', '2026-10-30 12:00+00')
            """
        ),
        (.dayRollup, "UPDATE tollbook.rollup_day SET input = input + 1 WHERE tenant = 'acme'"),
        (.dayRollup, "UPDATE tollbook.rollup_day SET list_amount = NULL WHERE tenant = 'globex'"),
        (.dayRollup, "UPDATE tollbook.rollup_day SET open_requests = 99"),
        (.dayRollup, "UPDATE tollbook.rollup_day SET model = model || '!'"),
        (.dayRollup, "DELETE FROM tollbook.rollup_day WHERE day = '2026-10-31'"),
        (
            .settlement,
            """
            INSERT INTO tollbook.settlement VALUES ('\\x01', 'acme', '2026-10-30 12:00+00',
            gen_random_uuid(), '2026-10-30 12:00+00')
            """
        ),
    ]

    @Test("each kind of damage is found, and nothing else is", arguments: damages.indices)
    func damage(_ index: Int) throws {
        let (kind, sql) = Self.damages[index]
        let store = try Self.ledger(60)
        try store.execute(sql)
        let result = try store.verify(VerifyScope(), keys: .none)
        #expect(result.found > 0)
        #expect(result.findings.contains { $0.kind == kind }, "\(result.findings)")
        if kind == .dayRollup { #expect(result.findings.allSatisfy { $0.kind == .dayRollup }) }
        #expect(result.first?.since != nil)
    }

    @Test("the window that is named is the quarter of an hour that was damaged, also beyond the facts")
    func window() throws {
        let store = try Self.ledger(60)
        try store.execute(
            """
            INSERT INTO tollbook.rollup SELECT tenant, '2026-12-24 18:45+00', user_id, key_id, provider, upstream,
                model, meter, currency, labels_digest, labels, 1, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL
            FROM tollbook.rollup WHERE tenant = 'globex' LIMIT 1
            """)
        let result = try store.verify(VerifyScope(), keys: .none)
        #expect(result.found == 1)
        #expect(result.first?.tenant == "globex")
        #expect(result.first?.since == instant("2026-12-24T18:45:00Z"))
        #expect(result.first?.until == instant("2026-12-24T19:00:00Z"))
        let other = try store.verify(VerifyScope(tenant: "acme"), keys: .none)
        #expect(other.isSound)
        try store.ensurePartitions(from: instant("2027-03-01T00:00:00Z"), months: 1)
        try store.execute(
            """
            INSERT INTO tollbook.entry SELECT tenant, '2027-03-03 03:03+00', record_id, entry_no, booked_at, period,
                kind, correction_of, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded
            FROM tollbook.entry LIMIT 1
            """)
        let beyond = try store.verify(VerifyScope(), keys: .none)
        #expect(
            beyond.findings.contains { $0.kind == .orphan && $0.since == instant("2027-03-03T03:00:00Z") })
    }

    @Test("of many findings a hundred are listed and all are counted")
    func many() throws {
        let store = try Self.ledger(200)
        try store.execute("UPDATE tollbook.rollup SET quantity = quantity + 1")
        let result = try store.verify(VerifyScope(), keys: .none)
        #expect(result.found == result.rollups)
        #expect(result.findings.count == LedgerLimits.listedFindings)
    }
}
