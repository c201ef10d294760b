-- Up to which event the deliveries of a webhook have been written, and when a server last had it configured.
CREATE TABLE webhook (
    id text PRIMARY KEY,
    seq bigint NOT NULL,
    seen_at_ms bigint NOT NULL
);

-- One event on its way to one webhook. Nobody else may take it before `leased_until_ms`.
CREATE TABLE webhook_delivery (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    hook text NOT NULL,
    event_seq bigint NOT NULL,
    request_seq bigint NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    first_at_ms bigint NOT NULL,
    due_at_ms bigint NOT NULL,
    leased_until_ms bigint NOT NULL,
    settled_at_ms bigint,
    error text
);

CREATE UNIQUE INDEX webhook_delivery_order ON webhook_delivery (request_seq, hook, event_seq);
CREATE INDEX webhook_delivery_due ON webhook_delivery (hook, due_at_ms) WHERE state = 'pending';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (hook, id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_done ON webhook_delivery (settled_at_ms) WHERE state = 'delivered';

CREATE FUNCTION delete_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM webhook_delivery WHERE request_seq = OLD.seq;
    RETURN NULL;
END
$$;

CREATE TRIGGER call_request_deleted_deliveries
AFTER DELETE ON call_request FOR EACH ROW EXECUTE FUNCTION delete_deliveries();

-- Writes the deliveries of the next events up to `bound`, one server at a time. Whether there may be more.
-- The lock on the webhook's row also keeps `settle_delivery` from looking for what comes next while it is written.
CREATE FUNCTION plan_deliveries(hook_id text, its_site text, types text[], bound bigint, step bigint, now_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    planned bigint;
    upto bigint;
BEGIN
    SELECT seq INTO planned FROM webhook WHERE id = hook_id FOR UPDATE;
    IF planned IS NULL OR planned >= bound THEN
        RETURN false;
    END IF;
    upto := least(bound, planned + step);
    INSERT INTO webhook_delivery (hook, event_seq, request_seq, state, attempts, first_at_ms, due_at_ms, leased_until_ms)
    SELECT hook_id, news.seq, news.request_seq, 'pending', 0, now_ms, greatest(now_ms, (
        SELECT max(earlier.due_at_ms) FROM webhook_delivery AS earlier
        WHERE earlier.request_seq = news.request_seq AND earlier.hook = hook_id AND earlier.state = 'pending'
    )), 0
    FROM (
        SELECT call_request.seq, call_request.seq AS request_seq FROM call_request
        WHERE call_request.seq > planned AND call_request.seq <= upto AND site = its_site AND 'created' = ANY (types)
        UNION ALL
        SELECT event.seq, event.request_seq FROM event JOIN call_request ON call_request.seq = event.request_seq
        WHERE event.seq > planned AND event.seq <= upto AND site = its_site AND type = ANY (types)
    ) AS news
    ORDER BY news.seq
    ON CONFLICT DO NOTHING;
    UPDATE webhook SET seq = upto WHERE id = hook_id;
    RETURN upto < bound;
END
$$;

-- Writes how a try ended. What comes after it for the same request becomes due with it, or is put off with it.
CREATE FUNCTION settle_delivery(delivery_id bigint, new_state text, at_ms bigint, reason text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    settled webhook_delivery;
BEGIN
    PERFORM FROM webhook WHERE id = (SELECT hook FROM webhook_delivery WHERE id = delivery_id) FOR SHARE;
    UPDATE webhook_delivery SET state = new_state, error = reason, leased_until_ms = 0, due_at_ms = at_ms,
        settled_at_ms = CASE WHEN new_state <> 'pending' THEN at_ms END
    WHERE id = delivery_id AND state = 'pending'
    RETURNING * INTO settled;
    UPDATE webhook_delivery SET due_at_ms = at_ms
    WHERE request_seq = settled.request_seq AND hook = settled.hook AND event_seq > settled.event_seq
        AND state = 'pending';
END
$$;
