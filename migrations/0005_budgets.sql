-- Budgets: what is planned for whom, and how much of it each sidecar may spend alone.
--
-- What was spent of a budget is a sum of entries. It is kept beside them, per window, by the transaction that
-- books the entries, and is counted from them when a window is first looked at: there is no job that resets
-- anything. Whoever books takes tollbook.budget_window's rows after its own; whoever makes a row of it
-- takes the advisory lock that all bookings share. Nothing here has a trigger, and times are parameters.

-- Who changed what.
CREATE TABLE IF NOT EXISTS tollbook.audit (
    audit_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    object_kind text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    detail json NOT NULL
);

-- Every state that a budget has had; the highest version is in force.
CREATE TABLE tollbook.budget (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL,           -- from 1
    generation integer NOT NULL,        -- changes with what is counted: scope, unit, book or window
    tenant text COLLATE "C",            -- null: anybody's, here and in the next three
    user_id text COLLATE "C",
    key_id text COLLATE "C",
    model text COLLATE "C",             -- as callers ask for it; a * at its end stands for anything
    labels json NOT NULL,               -- all of them
    unit text COLLATE "C" NOT NULL,     -- a currency, tokens or requests
    book text NOT NULL CHECK (book IN ('list', 'contracted', 'chargeback')),
    window_rule text NOT NULL,          -- day … year, rolling:24h, lifetime
    timezone text NOT NULL,
    anchor_day smallint NOT NULL,
    limit_amount numeric(38, 12),       -- null: unlimited
    action text NOT NULL CHECK (action IN ('block', 'warn')),
    warn_at smallint[] NOT NULL,
    changed_at timestamptz NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (name, version)
);

-- Limits that hold instead for a while; the one made last wins.
CREATE TABLE tollbook.budget_override (
    name text COLLATE "C" NOT NULL,
    override_no integer NOT NULL,       -- from 1
    limit_amount numeric(38, 12),
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    made_at timestamptz NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (name, override_no)
);

-- What was booked in one window. The scope is repeated, so that booking reads this table alone.
CREATE TABLE tollbook.budget_window (
    name text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    since timestamptz NOT NULL,         -- 1970 for rolling windows, which count anew from time to time
    until timestamptz NOT NULL,
    tenant text COLLATE "C",
    user_id text COLLATE "C",
    key_id text COLLATE "C",
    model text COLLATE "C",
    labels json NOT NULL,
    unit text COLLATE "C" NOT NULL,
    book text NOT NULL,
    spent numeric(38, 12) NOT NULL,
    repriced numeric(38, 12) NOT NULL,  -- of it, what corrections added
    recall bigint NOT NULL,             -- how often what sidecars do not need was asked back
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (name, generation, since)
) WITH (fillfactor = 70);

-- What one run of a sidecar may spend alone. granted = what is in the ledger (settled) + what it holds, has
-- captured, or may still hold; only a lease whose window row is locked is changed.
CREATE TABLE tollbook.budget_lease (
    name text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    since timestamptz NOT NULL,
    node text COLLATE "C" NOT NULL,     -- the instance
    run timestamptz NOT NULL,           -- start of the process
    granted numeric(38, 12) NOT NULL,
    settled numeric(38, 12) NOT NULL,
    held numeric(38, 12) NOT NULL,      -- by calls under way, when it last spoke
    presumed numeric(38, 12) NOT NULL,  -- held by calls whose sidecar died
    released numeric(38, 12) NOT NULL,  -- taken back unsettled
    exceeded numeric(38, 12) NOT NULL,  -- used beyond holds
    exposure numeric(38, 12) NOT NULL,  -- what calls under way may use beyond theirs
    allowance numeric(38, 12) NOT NULL, -- admitted while PostgreSQL was away
    request bigint NOT NULL,
    recall bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed', 'released')),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (name, generation, since, node, run)
) WITH (fillfactor = 70);

-- Crossings of thresholds, each once; kept until they were delivered, and then for the record.
CREATE TABLE tollbook.budget_alert (
    name text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    since timestamptz NOT NULL,
    threshold integer NOT NULL,         -- hundredths of the limit
    limit_amount numeric(38, 12) NOT NULL,
    spent numeric(38, 12) NOT NULL,
    crossed_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    next_try timestamptz,               -- null: nothing is left to do
    PRIMARY KEY (name, generation, since, threshold, limit_amount)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT ON tollbook.budget, tollbook.budget_override TO tollbook_ingest;
        GRANT SELECT, INSERT, UPDATE ON tollbook.budget_window, tollbook.budget_lease,
            tollbook.budget_alert TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.budget, tollbook.budget_override, tollbook.budget_window,
            tollbook.budget_lease, tollbook.budget_alert TO tollbook_report;
    END IF;
END $$;
