-- A call request. `record` is all of it as JSON; the columns before it are those that are searched or that change
-- without it, and `state` is the truth where the two differ. The row is at the same time the request's `created`
-- event: `seq` is the event's number. `due_at_ms` is when the store has to look at the request again: at its expiry
-- while it waits, then at the end of its cool-down; NULL once number and code are let go.
-- Which numbers, codes and callers are taken is decided in memory: an index for it would cost more than the row.
CREATE TABLE call_request (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    site TEXT NOT NULL,
    "group" TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER,
    idempotency_key TEXT,
    record TEXT NOT NULL
) STRICT;

CREATE INDEX call_request_due ON call_request (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE UNIQUE INDEX call_request_key ON call_request (site, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What happened to a request after it was created.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    request_seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE INDEX event_request ON event (request_seq);

CREATE VIEW event_log AS
SELECT seq, id AS request_id, site, "group", 'created' AS type, created_at_ms AS at_ms, '{}' AS data
FROM call_request
UNION ALL
SELECT event.seq, id, site, "group", type, at_ms, data
FROM event JOIN call_request ON call_request.seq = event.request_seq;

-- The greatest seq ever deleted, so that none is given out twice.
CREATE TABLE deleted_seq (seq INTEGER NOT NULL) STRICT;
INSERT INTO deleted_seq VALUES (0);

CREATE TRIGGER call_request_deleted AFTER DELETE ON call_request BEGIN
    UPDATE deleted_seq SET seq = max(seq, OLD.seq);
    DELETE FROM event WHERE request_seq = OLD.seq;
END;

CREATE TRIGGER event_deleted AFTER DELETE ON event BEGIN
    UPDATE deleted_seq SET seq = max(seq, OLD.seq);
END;

-- An inbound call; those of the last day are found by `id` through memory.
CREATE TABLE call (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;

CREATE TABLE api_key (
    key_hash BLOB PRIMARY KEY,
    scope TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row that is written to find out whether writing works again.
CREATE TABLE probe (written INTEGER NOT NULL) STRICT;
INSERT INTO probe VALUES (0);

-- To query by. Generated columns would be computed at every insert, which doubles its cost.
CREATE VIEW call_request_detail AS
SELECT
    seq, json_extract(record, '$.id') AS id, site, "group", state, created_at_ms, due_at_ms, idempotency_key,
    json_extract(record, '$.number') AS number,
    json_extract(record, '$.code') AS code,
    json_extract(record, '$.caller') AS caller,
    json_extract(record, '$.expires_at_ms') AS expires_at_ms,
    json_extract(record, '$.call_id') AS call_id,
    json_extract(record, '$.matched_by') AS matched_by,
    json_extract(record, '$.matched_at_ms') AS matched_at_ms,
    json_extract(record, '$.connected_at_ms') AS connected_at_ms,
    json_extract(record, '$.ended_at_ms') AS ended_at_ms
FROM call_request;

CREATE VIEW call_detail AS
SELECT
    id, received_at_ms,
    json_extract(record, '$.number') AS number,
    json_extract(record, '$.caller') AS caller,
    json_extract(record, '$.outcome') AS outcome,
    json_extract(record, '$.request_id') AS request_id
FROM call;
