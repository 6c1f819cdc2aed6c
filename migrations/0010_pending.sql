-- Usage that waits for a price is found by its rollups: few rows, so the index is small, and the rows that
-- leave it are those that got their price.

CREATE INDEX rollup_unpriced ON tollbook.rollup (tenant, bucket) WHERE unpriced_requests <> 0;
