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

-- name: open_calls
SELECT id FROM call_request WHERE state IN ('matched', 'connected') AND created_at_ms < ?;

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

-- What may be used once, and what servers count

-- name: spend
INSERT INTO spent (key, until_ms) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1;

-- name: add_count
INSERT INTO attempt (key, count, until_ms) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET count = count + ?2 RETURNING count;

-- name: find_count
SELECT count FROM attempt WHERE key = ?;

-- name: forget_counts
DELETE FROM attempt WHERE until_ms < ?;

-- name: forget_spent
DELETE FROM spent WHERE until_ms < ?;

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
-- Deliveries

-- name: begin_webhook
INSERT INTO webhook (id, seq, seen_at_ms) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms;

-- name: forgotten_webhooks
SELECT id FROM webhook WHERE seen_at_ms < ?1 AND id NOT IN (SELECT value FROM json_each(?2));

-- name: forget_webhook
DELETE FROM webhook WHERE id = ?;

-- name: forget_deliveries
DELETE FROM webhook_delivery WHERE hook = ?;

-- name: planned_seq
SELECT seq FROM webhook WHERE id = ?;

-- name: plan_deliveries
INSERT INTO webhook_delivery (hook, event_seq, request_seq, state, attempts, first_at_ms, due_at_ms, leased_until_ms)
SELECT ?1, news.seq, news.request_seq, 'pending', 0, ?6, max(?6, coalesce((
    SELECT max(earlier.due_at_ms) FROM webhook_delivery AS earlier
    WHERE earlier.request_seq = news.request_seq AND earlier.hook = ?1 AND earlier.state = 'pending'
), 0)), 0
FROM (
    SELECT seq, seq AS request_seq, 'created' AS type, site FROM call_request WHERE seq > ?4 AND seq <= ?5
    UNION ALL
    SELECT event.seq, request_seq, type, site
    FROM event CROSS JOIN call_request ON call_request.seq = event.request_seq
    WHERE event.seq > ?4 AND event.seq <= ?5
) AS news
WHERE site = ?2 AND type IN (SELECT value FROM json_each(?3))
ORDER BY news.seq
ON CONFLICT DO NOTHING;

-- name: move_planned_seq
UPDATE webhook SET seq = ?2 WHERE id = ?1;

-- name: due_deliveries
SELECT delivery.id, attempts + 1, first_at_ms, event_seq, call_request.id, site, "group", coalesce(type, 'created'),
    coalesce(at_ms, created_at_ms), coalesce(data, '{}'), call_request.state, record
FROM webhook_delivery AS delivery INDEXED BY webhook_delivery_due
CROSS JOIN call_request ON call_request.seq = delivery.request_seq
LEFT JOIN event ON event.seq = delivery.event_seq
WHERE hook = ?1 AND delivery.state = 'pending' AND delivery.due_at_ms <= ?2 AND leased_until_ms <= ?2
    AND NOT EXISTS (
        SELECT 1 FROM webhook_delivery AS earlier
        WHERE earlier.request_seq = delivery.request_seq AND earlier.hook = delivery.hook
            AND earlier.event_seq < delivery.event_seq AND earlier.state = 'pending'
    )
ORDER BY delivery.due_at_ms LIMIT ?3;

-- name: lease_delivery
UPDATE webhook_delivery SET leased_until_ms = ?2, attempts = attempts + 1 WHERE id = ?1;

-- name: settle_delivery
UPDATE webhook_delivery
SET state = ?2, error = ?4, leased_until_ms = 0, due_at_ms = ?3,
    settled_at_ms = CASE WHEN ?2 <> 'pending' THEN ?3 END
WHERE id = ?1 AND state = 'pending'
RETURNING request_seq, hook, event_seq;

-- name: move_later_deliveries
UPDATE webhook_delivery SET due_at_ms = ?4
WHERE request_seq = ?1 AND hook = ?2 AND event_seq > ?3 AND state = 'pending';

-- name: replay_deliveries
UPDATE webhook_delivery
SET state = 'pending', attempts = 0, first_at_ms = ?1, due_at_ms = ?1, leased_until_ms = 0, settled_at_ms = NULL
WHERE (?2 IS NOT NULL AND id = ?2 AND state <> 'pending') OR (?2 IS NULL AND state = 'dead' AND (?3 IS NULL OR hook = ?3))
RETURNING id;

-- name: deliveries
SELECT delivery.id, hook, coalesce(type, 'created'), call_request.id, delivery.state, attempts,
    coalesce(at_ms, created_at_ms), delivery.due_at_ms, error, settled_at_ms
FROM webhook_delivery AS delivery
CROSS JOIN call_request ON call_request.seq = delivery.request_seq
LEFT JOIN event ON event.seq = delivery.event_seq
WHERE (?1 IS NULL OR delivery.state = ?1) AND (?2 IS NULL OR hook = ?2) AND (?3 IS NULL OR delivery.id < ?3)
ORDER BY delivery.id DESC LIMIT ?4;

-- name: backlog
SELECT
    (SELECT count(*) FROM webhook_delivery WHERE hook = ?1 AND state = 'pending'),
    (SELECT count(*) FROM webhook_delivery WHERE hook = ?1 AND state = 'dead'),
    (SELECT min(first_at_ms) FROM webhook_delivery WHERE hook = ?1 AND state = 'pending'),
    (SELECT min(due_at_ms) FROM webhook_delivery WHERE hook = ?1 AND state = 'pending');

-- name: release_deliveries
UPDATE webhook_delivery SET leased_until_ms = 0 WHERE hook = ? AND state = 'pending' AND leased_until_ms > 0;

-- name: sweep_deliveries
DELETE FROM webhook_delivery WHERE state = 'delivered' AND settled_at_ms < ?;
