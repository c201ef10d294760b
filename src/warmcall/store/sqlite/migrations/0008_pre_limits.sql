-- What may be used once, such as the solution of a challenge, until it expires.
CREATE TABLE spent (
    key BLOB PRIMARY KEY,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How often something was tried; the key tells nothing about what.
CREATE TABLE attempt (
    key BLOB PRIMARY KEY,
    count INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
