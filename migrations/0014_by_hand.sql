-- What was booked by hand is asked for by every statement: a handful of rows among millions.

CREATE INDEX usage_record_by_hand ON tollbook.usage_record (occurred_at) WHERE upstream = 'tollbook';
