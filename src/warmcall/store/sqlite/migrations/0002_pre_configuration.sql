-- Every configuration that was applied; the newest holds.
CREATE TABLE configuration (
    version INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
