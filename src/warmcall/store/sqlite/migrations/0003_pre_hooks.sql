-- Up to which event the deliveries of a webhook have been written, and when a server last had it configured.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One event on its way to one webhook. Nobody else may take it before `leased_until_ms`.
CREATE TABLE webhook_delivery (
    id INTEGER PRIMARY KEY,
    hook TEXT NOT NULL,
    event_seq INTEGER NOT NULL,
    request_seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    leased_until_ms INTEGER NOT NULL,
    settled_at_ms INTEGER,
    error TEXT
) STRICT;

CREATE UNIQUE INDEX webhook_delivery_order ON webhook_delivery (request_seq, hook, event_seq);
CREATE INDEX webhook_delivery_due ON webhook_delivery (hook, due_at_ms) WHERE state = 'pending';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (hook, id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_done ON webhook_delivery (settled_at_ms) WHERE state = 'delivered';

CREATE TRIGGER call_request_deleted_deliveries AFTER DELETE ON call_request BEGIN
    DELETE FROM webhook_delivery WHERE request_seq = OLD.seq;
END;
