-- Nine more months before the one that has facts, as sums only: what is left of months that were put aside. Each is like
-- the month with facts, 31 days earlier. psql variable: first (day of the month with facts).
--
-- The table is emptied and filled anew in one transaction, which needs no WAL, and gets its key at the end. It is
-- filled month by month in order of time, as years of posting would: the index over time is one of ranges of pages.
BEGIN;
CREATE TEMPORARY TABLE sums ON COMMIT DROP AS
SELECT * FROM tollbook.rollup WHERE bucket >= :'first' ORDER BY bucket;
ALTER TABLE tollbook.rollup DROP CONSTRAINT rollup_pkey;
TRUNCATE tollbook.rollup;
DO $$
BEGIN
    FOR month IN REVERSE 9..0 LOOP
        INSERT INTO tollbook.rollup
        SELECT tenant, bucket - interval '31 days' * month, user_id, key_id, provider, upstream, model, meter, currency,
            labels_digest, labels, requests, estimated_requests, unpriced_requests, open_requests, late_requests,
            unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
        FROM sums;
    END LOOP;
END
$$;
ALTER TABLE tollbook.rollup ADD CONSTRAINT rollup_pkey PRIMARY KEY (
    tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest);
COMMIT;
INSERT INTO tollbook.rollup_day
SELECT tenant, day - interval '31 days' * month, provider, upstream, model, currency, requests, estimated_requests,
    unpriced_requests, open_requests, late_requests, unpriced_readings, quantity, input, cache_read, cache_write, output,
    reasoning, list_amount, contracted_amount, chargeback_amount
FROM generate_series(1, 9) AS month, tollbook.rollup_day
WHERE day >= :'first';
VACUUM (ANALYZE) tollbook.rollup, tollbook.rollup_day;
