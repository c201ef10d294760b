-- Old calls are found by their time; it only grows, so the index costs an insert little.
CREATE INDEX call_received ON call (received_at_ms);
