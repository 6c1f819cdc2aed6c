-- What is charged for once, however often and through whichever sidecar it is fetched: the first record that
-- brings it owns it, later ones are booked as replays. The owner is a record's key, so that the same batch
-- posted again finds the same answer.

CREATE TABLE tollbook.settlement (
    digest bytea PRIMARY KEY,          -- of the upstream and the settlement's name: names have any length
    tenant text NOT NULL,
    occurred_at timestamptz NOT NULL,
    record_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT, INSERT, UPDATE ON tollbook.settlement TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.settlement TO tollbook_report;
    END IF;
END $$;
