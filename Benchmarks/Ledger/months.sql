-- Nine more months before the one that has facts, as sums only: what is left of months that were put aside.
-- psql variable: first (day of the month with facts).
INSERT INTO tollbook.rollup
SELECT tenant, bucket - back, user_id, key_id, provider, upstream, model, meter, currency, labels_digest, labels, requests,
    estimated_requests, unpriced_requests, open_requests, late_requests, unpriced_readings, quantity, list_amount,
    contracted_amount, chargeback_amount
FROM tollbook.rollup, generate_series(1, 9) AS month,
    LATERAL (SELECT interval '31 days' * month AS back) AS shift
WHERE bucket >= :'first';
INSERT INTO tollbook.rollup_day
SELECT * FROM tollbook.day_sums('-infinity', :'first');
VACUUM (ANALYZE) tollbook.rollup, tollbook.rollup_day;
