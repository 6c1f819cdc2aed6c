-- Distributes a ledger by tenant over the workers of Citus: once, on the coordinator, after `tollbook migrate` made it
-- and before the first sidecar posts.
--
--   psql "$DATABASE" -v ON_ERROR_STOP=1 -f scripts/citus.sql && tollbook doctor --database "$DATABASE"
--
-- Budgets cannot be counted on a distributed ledger and are refused there; docs/scaling.md has what was run.
--
-- What has the tenant first in its key is distributed and lies together, so that posting a batch of one tenant and its
-- reports work on one node. Prices, keys' bookkeeping and everything that belongs to nobody are copied to all nodes.
-- Partitions of months that come later are distributed with their parents.

CREATE EXTENSION IF NOT EXISTS citus;

SELECT create_reference_table(format('tollbook.%I', name))
FROM unnest(ARRAY[
    'price_book', 'price_file', 'rollup_label', 'instance', 'archive', 'reader', 'settlement'
]) AS name
WHERE to_regclass(format('tollbook.%I', name)) IS NOT NULL;

-- The first one makes the shards, the others lie beside it.
SELECT create_distributed_table('tollbook.usage_record', 'tenant', shard_count => 32);
SELECT create_distributed_table(format('tollbook.%I', c.relname), 'tenant', colocate_with => 'tollbook.usage_record')
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = 'tollbook'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname NOT IN ('usage_record', 'reader')
    -- A unique key without the tenant cannot be kept over several nodes: such tables stay on the coordinator.
    AND NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisunique AND NOT a.attnum = ANY (i.indkey))
ORDER BY c.relname;
