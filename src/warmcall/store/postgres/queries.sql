-- Statements are prepared while the tables are small, when any index looks as good as another, and stay in use while
-- they grow. `OFFSET 0`, `|| ''` and `+ 0` leave the planner one index only, the one that has few rows for a key; and a
-- subquery of one row, unlike EXISTS, cannot become a table of all rows.

-- Requests

-- name: add_requests
SELECT stored_seq, stored_id FROM add_requests($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: collisions
SELECT
    (
        SELECT true FROM call_request WHERE site = new.site AND idempotency_key = new.idempotency_key
    ) IS NOT NULL,
    (
        SELECT true FROM call_request WHERE number || '' = new.number AND exclusive AND due_at_ms IS NOT NULL LIMIT 1
    ) IS NOT NULL OR new.exclusive AND (
        SELECT true FROM call_request WHERE number = new.number AND due_at_ms IS NOT NULL LIMIT 1
    ) IS NOT NULL,
    (
        SELECT true FROM call_request WHERE number = new.number AND caller = new.caller AND state = 'waiting'
    ) IS NOT NULL,
    (
        SELECT true FROM call_request WHERE number = new.number AND code = new.code AND due_at_ms IS NOT NULL
    ) IS NOT NULL,
    (SELECT record::text FROM call_request WHERE id = new.id::uuid),
    (SELECT seq FROM call_request WHERE id = new.id::uuid)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
    WITH ORDINALITY AS new (id, site, number, code, caller, idempotency_key, exclusive, place)
ORDER BY place;

-- name: find_requests
SELECT place, state, record::text
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place)
JOIN call_request ON call_request.id = wanted.id::uuid;

-- name: find_requests_by_key
SELECT place, state, record::text
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (site, key, place)
JOIN call_request ON call_request.site = wanted.site AND idempotency_key = key;

-- name: waiting_by_caller
SELECT place, state, record::text
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS wanted (number, caller, now_ms, place)
CROSS JOIN LATERAL (
    SELECT state, record, due_at_ms FROM call_request
    WHERE call_request.number = wanted.number AND call_request.caller = wanted.caller AND state = 'waiting' OFFSET 0
) AS waiting
WHERE due_at_ms > now_ms;

-- name: waiting_by_code
SELECT place, state, record::text
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS wanted (number, code, now_ms, place)
CROSS JOIN LATERAL (
    SELECT state, record, due_at_ms FROM call_request
    WHERE call_request.number = wanted.number AND call_request.code = wanted.code AND due_at_ms IS NOT NULL OFFSET 0
) AS holder
WHERE state = 'waiting' AND due_at_ms > now_ms;

-- name: waiting_alone
SELECT place, state, record::text
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted (number, now_ms, place)
CROSS JOIN LATERAL (
    SELECT state, record FROM call_request
    WHERE call_request.number = wanted.number AND state = 'waiting' AND due_at_ms + 0 > now_ms LIMIT 2
) AS waiting;

-- name: waiting_others
SELECT state, record::text FROM call_request
WHERE number = $1 AND state = 'waiting' AND due_at_ms + 0 > $2 AND id <> ALL ($3::text[]::uuid[]) LIMIT 2;

-- Units of work

-- name: apply_units
SELECT refused, seqs, due_ms
FROM apply_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: announce_events
SELECT announce_events();

-- name: expire
WITH due AS (
    SELECT seq FROM call_request
    WHERE due_at_ms <= $1 AND state || '' = 'waiting' ORDER BY due_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE call_request
    SET state = 'expired', due_at_ms = CASE WHEN cool_down_s > 0 THEN $1 + cool_down_s * 1000 END
    FROM due WHERE call_request.seq = due.seq
    RETURNING call_request.seq, id, site, "group", number, due_at_ms IS NULL AS released
), noted AS (
    INSERT INTO event (seq, request_seq, type, at_ms, data)
    SELECT nextval('event_seq'), seq, 'expired', $1, '{}' FROM gone
    RETURNING seq, request_seq
)
SELECT noted.seq, id::text, site, "group", number, released
FROM noted JOIN gone ON gone.seq = noted.request_seq ORDER BY noted.seq;

-- name: release
WITH due AS (
    SELECT seq FROM call_request
    WHERE due_at_ms <= $1 AND state <> 'waiting' ORDER BY due_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE call_request SET due_at_ms = NULL FROM due WHERE call_request.seq = due.seq
RETURNING number;

-- name: next_due
SELECT min(due_at_ms) FROM call_request WHERE due_at_ms IS NOT NULL;

-- name: tally
SELECT number, count(*) FILTER (WHERE state = 'waiting'), count(*)
FROM call_request WHERE due_at_ms IS NOT NULL GROUP BY number;

-- Events

-- name: events_of_request
SELECT seq, id::text, site, "group", 'created', created_at_ms, '{}' FROM call_request WHERE id = $1::text::uuid AND seq > $2
UNION ALL
SELECT event.seq, id::text, site, "group", type, at_ms, data::text
FROM call_request JOIN event ON event.request_seq = call_request.seq
WHERE id = $1::text::uuid AND event.seq > $2
ORDER BY 1;

-- name: settled_events
SELECT settled, last FROM settled_events();

-- name: events_between
(
    SELECT seq, id::text, site, "group", 'created', created_at_ms, '{}'
    FROM call_request WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3
) UNION ALL (
    SELECT noted.seq, id::text, site, "group", type, at_ms, data::text
    FROM (SELECT * FROM event WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3) AS noted
    JOIN call_request ON call_request.seq = noted.request_seq
)
ORDER BY 1 LIMIT $3;

-- name: events_at
SELECT seq, id::text, site, "group", 'created', created_at_ms, '{}', number, cool_down_s, due_at_ms
FROM call_request WHERE seq = ANY ($1::bigint[])
UNION ALL
SELECT event.seq, id::text, site, "group", type, at_ms, data::text, number, cool_down_s, due_at_ms
FROM event JOIN call_request ON call_request.seq = event.request_seq
WHERE event.seq = ANY ($1::bigint[])
ORDER BY 1;

-- name: notify
SELECT pg_notify('warmcall_event', '');

-- Calls

-- name: find_calls
SELECT place, record::text, call.xmin::text
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place)
JOIN call ON call.id = wanted.id;

-- Retention, and what is one person's

-- name: purge_alone
SELECT pg_try_advisory_xact_lock(22339, 1);

-- name: settled_requests
SELECT seq, site, created_at_ms, seq FROM call_request
WHERE seq > $1 AND due_at_ms IS NULL AND state <> 'waiting' ORDER BY seq LIMIT $2;

-- name: delete_settled
DELETE FROM call_request WHERE seq = ANY ($1::bigint[]);

-- name: erase_requests
DELETE FROM call_request WHERE id = ANY ($1::text[]::uuid[]) AND state <> 'waiting'
RETURNING number, due_at_ms IS NOT NULL;

-- name: open_calls
SELECT
    CASE WHEN count(*) = $2 THEN max(seq) END,
    array_agg(id::text) FILTER (WHERE state IN ('matched', 'connected') AND created_at_ms < $3)
FROM (SELECT seq, id, state, created_at_ms FROM call_request WHERE seq > $1 ORDER BY seq LIMIT $2) AS part;

-- name: requests_of_caller
SELECT
    CASE WHEN count(*) = $2 THEN max(seq) END,
    array_agg(id::text) FILTER (WHERE caller = $3 OR id = ANY ($4::text[]::uuid[])),
    array_agg(record ->> 'call_id') FILTER (WHERE caller = $3 OR id = ANY ($4::text[]::uuid[]))
FROM (SELECT seq, id, caller, record FROM call_request WHERE seq > $1 ORDER BY seq LIMIT $2) AS part;

-- name: calls_from
SELECT received_at_ms, record ->> 'number', received_at_ms, id FROM call
WHERE received_at_ms > $1 ORDER BY received_at_ms LIMIT $2;

-- name: calls_of_caller
SELECT
    CASE WHEN count(*) = $2 THEN max(id) END,
    array_agg(id) FILTER (WHERE record ->> 'caller' = $3),
    array_agg(record ->> 'request_id') FILTER (WHERE record ->> 'caller' = $3)
FROM (SELECT id, record FROM call WHERE id > $1 ORDER BY id LIMIT $2) AS part;

-- name: delete_calls
DELETE FROM call WHERE id = ANY ($1::text[]);

-- Keys and secrets

-- name: add_api_key
INSERT INTO api_key (key_hash, scope, label, created_at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: find_api_key
SELECT key_hash, scope, label, created_at_ms FROM api_key WHERE key_hash = $1;

-- name: api_keys
SELECT key_hash, scope, label, created_at_ms FROM api_key ORDER BY created_at_ms, key_hash;

-- name: remove_api_key
DELETE FROM api_key WHERE key_hash = $1 RETURNING 1;

-- name: add_secret
INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: secret
SELECT value FROM secret WHERE name = $1;

-- What may be used once, and what servers count

-- name: spend
INSERT INTO spent (key, until_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1;

-- name: add_counts
INSERT INTO attempt (key, count, until_ms)
SELECT key, added, until_ms FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS new (key, added, until_ms) ORDER BY key
ON CONFLICT (key) DO UPDATE SET count = attempt.count + excluded.count
RETURNING key, count;

-- name: find_counts
SELECT key, count FROM attempt WHERE key = ANY ($1::bytea[]);

-- name: forget_counts
DELETE FROM attempt WHERE until_ms < $1;

-- name: forget_spent
DELETE FROM spent WHERE until_ms < $1;

-- Administrative acts

-- name: add_act
INSERT INTO act (at_ms, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5);

-- name: newest_acts
SELECT seq, at_ms, actor, action, subject, details::text FROM act WHERE seq < $1 ORDER BY seq DESC LIMIT $2;

-- Health

-- name: read_only
SELECT current_setting('transaction_read_only') = 'on';

-- Configurations

-- name: newest_configuration
SELECT version, at_ms, document FROM configuration ORDER BY version DESC LIMIT 1;

-- name: configuration_version
SELECT coalesce(max(version), 0) FROM configuration;

-- name: add_configuration
INSERT INTO configuration (version, at_ms, document)
SELECT $1::bigint + 1, $2::bigint, $3::json WHERE (SELECT coalesce(max(version), 0) FROM configuration) = $1::bigint
ON CONFLICT DO NOTHING
RETURNING 1;
-- Deliveries

-- name: begin_webhook
INSERT INTO webhook (id, seq, seen_at_ms) SELECT $1, settled, $2 FROM settled_events()
ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms;

-- name: forget_webhooks
WITH gone AS (
    DELETE FROM webhook WHERE seen_at_ms < $1 AND id <> ALL ($2::text[]) RETURNING id
)
DELETE FROM webhook_delivery USING gone WHERE hook = gone.id;

-- name: plan_deliveries
SELECT plan_deliveries($1, $2, $3, $4, $5, $6);

-- name: claim_deliveries
WITH ready AS (
    SELECT id FROM webhook_delivery AS delivery
    WHERE hook = $1 AND state = 'pending' AND due_at_ms <= $2 AND leased_until_ms <= $2 AND (
        SELECT true FROM webhook_delivery AS earlier
        WHERE earlier.request_seq = delivery.request_seq AND earlier.hook = delivery.hook
            AND earlier.event_seq < delivery.event_seq AND earlier.state = 'pending' LIMIT 1
    ) IS NULL
    ORDER BY due_at_ms LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE webhook_delivery SET leased_until_ms = $2 + $3, attempts = attempts + 1
FROM ready WHERE webhook_delivery.id = ready.id
RETURNING webhook_delivery.id;

-- name: claimed_deliveries
SELECT delivery.id, attempts, first_at_ms, event_seq, call_request.id::text, site, "group", coalesce(type, 'created'),
    coalesce(at_ms, created_at_ms), coalesce(data::text, '{}'), call_request.state, record::text
FROM webhook_delivery AS delivery
JOIN call_request ON call_request.seq = delivery.request_seq
LEFT JOIN event ON event.seq = delivery.event_seq
WHERE delivery.id = ANY ($1::bigint[])
ORDER BY delivery.id;

-- name: settle_delivery
SELECT settle_delivery($1, $2, $3, $4);

-- name: replay_delivery
UPDATE webhook_delivery
SET state = 'pending', attempts = 0, first_at_ms = $1, due_at_ms = $1, leased_until_ms = 0, settled_at_ms = NULL
WHERE id = $2 AND state <> 'pending'
RETURNING id;

-- name: replay_deliveries
UPDATE webhook_delivery
SET state = 'pending', attempts = 0, first_at_ms = $1, due_at_ms = $1, leased_until_ms = 0, settled_at_ms = NULL
WHERE state = 'dead' AND ($2::text IS NULL OR hook = $2)
RETURNING id;

-- name: deliveries
SELECT delivery.id, hook, coalesce(type, 'created'), call_request.id::text, delivery.state, attempts,
    coalesce(at_ms, created_at_ms), delivery.due_at_ms, error, settled_at_ms
FROM webhook_delivery AS delivery
JOIN call_request ON call_request.seq = delivery.request_seq
LEFT JOIN event ON event.seq = delivery.event_seq
WHERE ($1::text IS NULL OR delivery.state = $1) AND ($2::text IS NULL OR hook = $2)
    AND ($3::bigint IS NULL OR delivery.id < $3)
ORDER BY delivery.id DESC LIMIT $4;

-- name: backlog
SELECT
    (SELECT count(*) FROM webhook_delivery WHERE hook = $1 AND state = 'pending'),
    (SELECT count(*) FROM webhook_delivery WHERE hook = $1 AND state = 'dead'),
    (SELECT min(first_at_ms) FROM webhook_delivery WHERE hook = $1 AND state = 'pending'),
    (SELECT min(due_at_ms) FROM webhook_delivery WHERE hook = $1 AND state = 'pending');

-- name: sweep_deliveries
DELETE FROM webhook_delivery WHERE state = 'delivered' AND settled_at_ms < $1;
