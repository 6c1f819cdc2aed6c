-- Months that are put aside keep what they had handed to later ones. Usage that came after its month was closed counts
-- where it was booked; that is told from the facts, which an archive takes away. So `archive create` copies what was
-- carried out of the month to a table first, and `archive restore` removes the copy again.

ALTER VIEW tollbook.carried RENAME TO carried_facts;

-- The rows of carried_facts of the months that are put aside.
CREATE TABLE tollbook.carried_kept (LIKE tollbook.carried_facts);
ALTER TABLE tollbook.carried_kept ALTER COLUMN tenant SET NOT NULL, ALTER COLUMN occurred_at SET NOT NULL;
CREATE INDEX carried_kept_by_time ON tollbook.carried_kept (occurred_at);
CREATE INDEX carried_kept_by_booking ON tollbook.carried_kept (booked_at);

-- What was carried out of closed months, whether their facts are here or put aside.
CREATE VIEW tollbook.carried WITH (security_invoker = true) AS
SELECT * FROM tollbook.carried_facts
UNION ALL
SELECT * FROM tollbook.carried_kept;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT ON tollbook.carried, tollbook.carried_kept TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.carried, tollbook.carried_kept TO tollbook_report;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_tenant') THEN RETURN; END IF;
    GRANT SELECT ON tollbook.carried, tollbook.carried_kept TO tollbook_tenant;
    ALTER TABLE tollbook.carried_kept ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_rows ON tollbook.carried_kept FOR SELECT TO tollbook_tenant USING (tenant IN (
        SELECT r.tenant FROM tollbook.reader r WHERE r.role = current_user));
    CREATE POLICY all_rows ON tollbook.carried_kept TO tollbook_ingest, tollbook_report USING (true);
END
$$;
