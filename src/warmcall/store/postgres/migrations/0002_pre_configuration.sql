-- Every configuration that was applied; the newest holds.
CREATE TABLE configuration (
    version bigint PRIMARY KEY,
    at_ms bigint NOT NULL,
    document json NOT NULL
);
