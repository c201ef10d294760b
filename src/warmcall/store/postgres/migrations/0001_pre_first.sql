-- The number of every event. 0 is taken at once, so that its last value always is one that was given out.
CREATE SEQUENCE event_seq MINVALUE 0 START 0;
SELECT nextval('event_seq');

-- A call request. Its row is at the same time its `created` event: `seq` is the event's number.
-- `due_at_ms` is when the store has to look at it again: at its expiry while it waits, then at the end of its
-- cool-down; NULL once number and code are let go. `record` has the whole request as JSON; the columns are for
-- finding it, and for the rules that many servers share.
CREATE TABLE call_request (
    seq bigint PRIMARY KEY DEFAULT nextval('event_seq'),
    id uuid NOT NULL UNIQUE,
    site text NOT NULL,
    "group" text NOT NULL,
    state text NOT NULL,
    number text NOT NULL,
    code text,
    caller text,
    exclusive boolean NOT NULL,
    cool_down_s bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    due_at_ms bigint,
    idempotency_key text,
    record json NOT NULL
);

CREATE UNIQUE INDEX call_request_code ON call_request (number, code) WHERE due_at_ms IS NOT NULL;
CREATE UNIQUE INDEX call_request_caller ON call_request (number, caller) WHERE state = 'waiting';
CREATE UNIQUE INDEX call_request_exclusive ON call_request ((number || '')) WHERE exclusive AND due_at_ms IS NOT NULL;
CREATE UNIQUE INDEX call_request_key ON call_request (site, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX call_request_due ON call_request (due_at_ms) WHERE due_at_ms IS NOT NULL;

-- What happened to a request after it was created.
CREATE TABLE event (
    seq bigint PRIMARY KEY,
    request_seq bigint NOT NULL,
    type text NOT NULL,
    at_ms bigint NOT NULL,
    data json NOT NULL
);

CREATE INDEX event_request ON event (request_seq);

CREATE FUNCTION delete_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event WHERE request_seq = OLD.seq;
    RETURN NULL;
END
$$;

CREATE TRIGGER call_request_deleted AFTER DELETE ON call_request FOR EACH ROW EXECUTE FUNCTION delete_events();

CREATE TABLE call (
    id text PRIMARY KEY,
    received_at_ms bigint NOT NULL,
    record json NOT NULL
);

CREATE TABLE api_key (
    key_hash bytea PRIMARY KEY,
    scope text NOT NULL,
    label text NOT NULL,
    created_at_ms bigint NOT NULL
);

CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

-- Says, until the transaction ends, that it may take numbers of events from the present one on.
-- The number stands in the lock's key; nobody ever waits for these locks, they are only read in pg_locks.
CREATE FUNCTION announce_events() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock_shared((22337::bigint << 48) | last_value) FROM event_seq
$$;

-- Up to which number no event can appear any more (settled), and the last number given out.
-- The order of the two reads is what makes it right: a transaction that is not among the locks takes its numbers
-- after the first read, so they are greater.
CREATE FUNCTION settled_events(OUT settled bigint, OUT last bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    announced bigint;
BEGIN
    SELECT last_value INTO last FROM event_seq;
    SELECT min((classid::bigint & 65535) << 32 | objid::bigint) INTO announced
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 22337
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    settled := least(last, announced);
END
$$;

-- Adds waiting requests, either all exclusive or none. Those that break a rule are left out.
-- Adding to a number exclusively keeps all others from adding to it until both are committed: what is exclusive
-- beside what is not is the one rule that no index can hold. Each statement sees what was committed before it began.
CREATE FUNCTION add_requests(
    ids text[], sites text[], groups text[], numbers text[], codes text[], callers text[], cool_downs_s bigint[],
    created_ms bigint[], expire_ms bigint[], keys text[], records text[], alone boolean
) RETURNS TABLE (stored_seq bigint, stored_id text) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(22337, key)
        FROM (SELECT DISTINCT hashtext(number) AS key FROM unnest(numbers) AS number ORDER BY key) AS lock;
    ELSE
        PERFORM pg_advisory_xact_lock_shared(22337, key)
        FROM (SELECT DISTINCT hashtext(number) AS key FROM unnest(numbers) AS number ORDER BY key) AS lock;
    END IF;
    PERFORM announce_events();
    RETURN QUERY
    INSERT INTO call_request (
        id, site, "group", state, number, code, caller, exclusive, cool_down_s, created_at_ms, due_at_ms,
        idempotency_key, record
    )
    SELECT new.id::uuid, new.site, new."group", 'waiting', new.number, new.code, new.caller, alone, new.cool_down_s,
        new.created_at_ms, new.due_at_ms, new.idempotency_key, new.record::json
    FROM unnest(
        ids, sites, groups, numbers, codes, callers, cool_downs_s, created_ms, expire_ms, keys, records
    ) AS new (
        id, site, "group", number, code, caller, cool_down_s, created_at_ms, due_at_ms, idempotency_key, record
    )
    WHERE (
        SELECT true FROM call_request AS held
        WHERE held.number || '' = new.number AND held.exclusive AND held.due_at_ms IS NOT NULL LIMIT 1
    ) IS NULL AND NOT (alone AND (
        SELECT true FROM call_request AS held
        WHERE held.number = new.number AND held.due_at_ms IS NOT NULL LIMIT 1
    ) IS NOT NULL)
    ON CONFLICT DO NOTHING
    RETURNING call_request.seq, call_request.id::text;
END
$$;

-- Writes what units of work decided, each whole or not at all. A unit is refused if a request is not in the state,
-- or a call not of the version, that it was decided on; nothing of it is written then.
-- Locks are taken in one order by everybody: calls by their key, requests by number.
-- `seqs` has the number of each event, in the order of the events.
CREATE FUNCTION apply_units(
    touch_units integer[], touch_ids text[], expected_states text[], new_states text[], new_dues_ms bigint[],
    new_records text[],
    event_units integer[], event_ids text[], event_types text[], event_times_ms bigint[], event_data text[],
    call_units integer[], call_ids text[], call_times_ms bigint[], call_records text[], call_versions text[],
    OUT refused integer[], OUT seqs bigint[], OUT due_ms bigint
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(22338, key)
    FROM (SELECT DISTINCT hashtext(id) AS key FROM unnest(call_ids) AS id ORDER BY key) AS lock;
    PERFORM FROM call_request WHERE id = ANY (touch_ids::uuid[]) ORDER BY seq FOR UPDATE;
    refused := ARRAY(
        SELECT touch.unit
        FROM unnest(touch_units, touch_ids::uuid[], expected_states) AS touch (unit, id, expected)
        LEFT JOIN call_request ON call_request.id = touch.id
        WHERE call_request.state IS DISTINCT FROM touch.expected
        UNION ALL
        SELECT known.unit
        FROM unnest(call_units, call_ids, call_versions) AS known (unit, id, version)
        LEFT JOIN call ON call.id = known.id
        WHERE call.xmin::text IS DISTINCT FROM known.version
    );
    PERFORM announce_events();
    UPDATE call_request
    SET state = touch.state, record = touch.record::json,
        due_at_ms = CASE WHEN touch.expected = 'waiting' THEN touch.due_at_ms ELSE call_request.due_at_ms END
    FROM unnest(touch_units, touch_ids::uuid[], expected_states, new_states, new_dues_ms, new_records)
        AS touch (unit, id, expected, state, due_at_ms, record)
    WHERE call_request.id = touch.id AND touch.record IS NOT NULL AND touch.unit <> ALL (refused);
    seqs := ARRAY(SELECT nextval('event_seq') FROM generate_series(1, cardinality(event_units)));
    INSERT INTO event (seq, request_seq, type, at_ms, data)
    SELECT new.seq, call_request.seq, new.type, new.at_ms, new.data::json
    FROM unnest(seqs, event_units, event_ids::uuid[], event_types, event_times_ms, event_data)
        AS new (seq, unit, id, type, at_ms, data)
    JOIN call_request ON call_request.id = new.id
    WHERE new.unit <> ALL (refused);
    INSERT INTO call (id, received_at_ms, record)
    SELECT new.id, new.received_at_ms, new.record::json
    FROM unnest(call_units, call_ids, call_times_ms, call_records) AS new (unit, id, received_at_ms, record)
    WHERE new.unit <> ALL (refused)
    ON CONFLICT (id) DO UPDATE SET received_at_ms = excluded.received_at_ms, record = excluded.record;
    SELECT min(due_at_ms) INTO due_ms FROM call_request WHERE due_at_ms IS NOT NULL;
END
$$;
