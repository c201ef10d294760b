-- Administrative acts; nothing changes or deletes them.
CREATE TABLE act (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    details json NOT NULL
);
