-- What may be used once, such as the solution of a challenge, until it expires.
CREATE TABLE spent (
    key bytea PRIMARY KEY,
    until_ms bigint NOT NULL
);

-- How often something was tried; the key tells nothing about what. After a crash of the database counting starts anew.
CREATE UNLOGGED TABLE attempt (
    key bytea PRIMARY KEY,
    count bigint NOT NULL,
    until_ms bigint NOT NULL
);
