-- What a statement lists of failed requests and of answers that do not add up is found by indexes over those
-- alone. Both are small: most requests end well and most records note nothing.

CREATE INDEX usage_record_failed ON tollbook.usage_record (occurred_at)
    WHERE completeness NOT IN ('complete', 'pending');
CREATE INDEX usage_record_noted ON tollbook.usage_record (occurred_at) WHERE anomalies <> '{}';
