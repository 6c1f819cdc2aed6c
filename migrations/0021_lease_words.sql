-- What a sidecar says of its lease besides what its calls hold: what they have used by its own count, and what it may
-- hold without asking. Null where it does not say: sidecars of the release before do not.
--
-- granted = captured + held + free for every open lease whose sidecar says so. The sidecar counts the right side, the
-- ledger the left: from what it granted and from the entries that were booked since.

ALTER TABLE tollbook.budget_lease ADD COLUMN captured numeric(38, 12), ADD COLUMN free numeric(38, 12);
