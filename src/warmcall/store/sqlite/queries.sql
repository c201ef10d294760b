-- Requests

-- name: add_request
INSERT INTO call_request (seq, id, site, "group", state, created_at_ms, due_at_ms, idempotency_key, record)
VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?)
ON CONFLICT DO NOTHING;

-- name: find_request
SELECT seq, state, record FROM call_request WHERE id = ?;

-- name: find_request_at
SELECT state, record FROM call_request WHERE seq = ?;

-- name: find_request_by_key
SELECT seq, state, record FROM call_request WHERE site = ? AND idempotency_key = ?;

-- name: seqs_between
SELECT seq FROM call_request WHERE seq BETWEEN ? AND ?;

-- name: leave_waiting
UPDATE call_request SET state = ?, due_at_ms = ?, record = ? WHERE seq = ? AND state = 'waiting';

-- name: change_state
UPDATE call_request SET state = ?, record = ? WHERE seq = ? AND state = ?;

-- name: held_requests
SELECT seq, state, record FROM call_request WHERE due_at_ms IS NOT NULL;

-- Time

-- name: due_waiting
SELECT seq, state, record FROM call_request WHERE due_at_ms <= ? AND state = 'waiting' ORDER BY due_at_ms LIMIT ?;

-- name: release
UPDATE call_request
SET due_at_ms = NULL
WHERE seq IN (
    SELECT seq FROM call_request WHERE due_at_ms <= ? AND state <> 'waiting' ORDER BY due_at_ms LIMIT ?
)
RETURNING state, record;

-- name: next_due
SELECT min(due_at_ms) FROM call_request WHERE due_at_ms IS NOT NULL;

-- Events

-- name: add_event
INSERT INTO event (seq, request_seq, type, at_ms, data) VALUES (?, ?, ?, ?, ?);

-- name: events_of_request
SELECT seq, id, site, "group", 'created', created_at_ms, '{}' FROM call_request WHERE id = ?1 AND seq > ?2
UNION ALL
SELECT event.seq, id, site, "group", type, at_ms, data
FROM call_request CROSS JOIN event ON event.request_seq = call_request.seq
WHERE id = ?1 AND event.seq > ?2
ORDER BY 1;

-- name: events_after
SELECT seq, id, site, "group", 'created', created_at_ms, '{}' FROM call_request WHERE seq > ?1
UNION ALL
SELECT event.seq, id, site, "group", type, at_ms, data
FROM event CROSS JOIN call_request ON call_request.seq = event.request_seq
WHERE event.seq > ?1
ORDER BY 1 LIMIT ?2;

-- name: last_seq
SELECT max(
    (SELECT coalesce(max(seq), 0) FROM call_request),
    (SELECT coalesce(max(seq), 0) FROM event),
    (SELECT seq FROM deleted_seq)
);

-- Calls

-- name: find_call
SELECT record FROM call WHERE seq = ?;

-- name: add_call
INSERT INTO call (id, received_at_ms, record) VALUES (?, ?, ?);

-- name: change_call
UPDATE call SET record = ? WHERE seq = ?;

-- name: newest_calls
SELECT seq, id, received_at_ms FROM call ORDER BY seq DESC;

-- Retention, and what is one person's

-- name: settled_requests
SELECT seq, site, created_at_ms FROM call_request
WHERE seq > ? AND due_at_ms IS NULL AND state <> 'waiting' ORDER BY seq LIMIT ?;

-- name: delete_settled
DELETE FROM call_request WHERE seq = ?;

-- name: erase_request
DELETE FROM call_request WHERE id = ? AND state <> 'waiting' RETURNING due_at_ms IS NOT NULL, state, record;

-- name: requests_of_caller
SELECT id, json_extract(record, '$.call_id') FROM call_request
WHERE json_extract(record, '$.caller') = ?1 OR lower(hex(id)) IN (SELECT value FROM json_each(?2));

-- name: calls_from
SELECT seq, json_extract(record, '$.number'), received_at_ms, id FROM call WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: calls_of_caller
SELECT id, json_extract(record, '$.request_id') FROM call WHERE json_extract(record, '$.caller') = ?;

-- name: calls_by_id
SELECT seq, id, record FROM call WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq;

-- name: delete_call
DELETE FROM call WHERE seq = ?;

-- Keys and secrets

-- name: add_api_key
INSERT INTO api_key (key_hash, scope, label, created_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: find_api_key
SELECT key_hash, scope, label, created_at_ms FROM api_key WHERE key_hash = ?;

-- name: api_keys
SELECT key_hash, scope, label, created_at_ms FROM api_key ORDER BY created_at_ms, key_hash;

-- name: remove_api_key
DELETE FROM api_key WHERE key_hash = ? RETURNING 1;

-- name: add_secret
INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: secret
SELECT value FROM secret WHERE name = ?;

-- Administrative acts

-- name: add_act
INSERT INTO act (at_ms, actor, action, subject, details) VALUES (?, ?, ?, ?, ?);

-- name: newest_acts
SELECT seq, at_ms, actor, action, subject, details FROM act WHERE seq < ? ORDER BY seq DESC LIMIT ?;

-- Health

-- name: write_probe
UPDATE probe SET written = written + 1;

-- Configurations

-- name: newest_configuration
SELECT version, at_ms, document FROM configuration ORDER BY version DESC LIMIT 1;

-- name: configuration_version
SELECT coalesce(max(version), 0) FROM configuration;

-- name: add_configuration
INSERT INTO configuration (version, at_ms, document)
SELECT ?1 + 1, ?2, ?3 WHERE (SELECT coalesce(max(version), 0) FROM configuration) = ?1
RETURNING 1;
