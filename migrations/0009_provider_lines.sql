-- What providers state of themselves: files that were imported, and their lines per day, model, group of
-- meters and key. A day is stated by the newest file that has it, so that a file that was fetched again
-- replaces what it says anew and nothing is counted twice. Not data of a tenant: a provider bills all at once.

CREATE TABLE tollbook.provider_file (
    digest text COLLATE "C" PRIMARY KEY,    -- SHA-256 of the file's bytes, hexadecimal
    kind text NOT NULL,                     -- openai-usage, aws-cur, …
    account text COLLATE "C" NOT NULL,      -- empty where there is only one
    name text NOT NULL,
    lines bigint NOT NULL,
    imported_at timestamptz NOT NULL
);

CREATE TABLE tollbook.provider_line (
    kind text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    day date NOT NULL,                      -- of UTC
    model text COLLATE "C" NOT NULL,        -- the provider's name; empty where the file does not say
    meter_group text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    quantity numeric(38, 9),
    amount numeric(38, 12),
    line_count bigint NOT NULL,             -- how many of the file's rows are in it
    decimals integer NOT NULL,              -- to which the provider states amounts
    digest text COLLATE "C" NOT NULL REFERENCES tollbook.provider_file,
    PRIMARY KEY (kind, account, provider, day, model, meter_group, key_id, category, currency)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.provider_file, tollbook.provider_line TO tollbook_report;
    END IF;
END $$;
