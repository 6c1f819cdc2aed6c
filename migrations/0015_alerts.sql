-- Alerts on their way to webhooks. A row is made in the transaction that remembers the crossing, so that an
-- alert is neither lost nor made twice; whoever of the sidecars takes it puts its next attempt off first, so
-- that one which dies with it only delays it. Bodies are kept as they are signed.

CREATE TABLE tollbook.alert_outbox (
    alert_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text COLLATE "C" NOT NULL,
    body text NOT NULL,
    made_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    next_try timestamptz,               -- null: delivered, or given up
    delivered_at timestamptz,
    problem text                        -- of the last attempt that failed
);
CREATE INDEX alert_outbox_due ON tollbook.alert_outbox (next_try) WHERE next_try IS NOT NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT, INSERT, UPDATE ON tollbook.alert_outbox TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.alert_outbox TO tollbook_report;
    END IF;
END $$;
