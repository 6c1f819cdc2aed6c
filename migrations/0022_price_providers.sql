-- For whom the prices of a stored file can be, so that whoever asks for one provider's does not read the others'.
-- Null where the file does not say it on one line each: then they can be anybody's. Programs of the release before leave
-- it null, too.

ALTER TABLE tollbook.price_file ADD COLUMN only_for text[];

-- LedgerStore.storePriceBook(_:) says the same of what it stores.
UPDATE tollbook.price_file SET only_for = CASE
    WHEN content !~ '(^|\n)prices:' OR content ~ '(^|\n)also_for:' AND content !~ '(^|\n)also_for: *\[[A-Za-z0-9_, -]*\] *\n'
        THEN NULL
    ELSE string_to_array(replace(replace(
        substring(content FROM '(?:^|\n)provider: *([A-Za-z0-9_-]+) *\n')
            || coalesce(',' || substring(content FROM '(?:^|\n)also_for: *\[([A-Za-z0-9_, -]*)\] *\n'), ''),
        ' ', ''), '-', '_'), ',')
    END;
