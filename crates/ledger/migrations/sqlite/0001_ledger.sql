-- The journal is the truth; every other table follows from it and is checked against it.
-- Amounts are decimal text, exact; instants are microseconds since 1970 in UTC; days are ISO 8601.

CREATE TABLE ledger (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    id         TEXT    NOT NULL,
    verifier   TEXT    NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;

-- The end of the journal. The frontier is what the Merkle tree needs in order to grow.
CREATE TABLE head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    number   INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    frontier BLOB    NOT NULL
) STRICT;

CREATE TABLE entry (
    number  INTEGER PRIMARY KEY,
    at_us   INTEGER NOT NULL,
    request TEXT,
    body    TEXT    NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE UNIQUE INDEX entry_request ON entry (request) WHERE request IS NOT NULL;

CREATE TABLE account (
    id    INTEGER PRIMARY KEY,
    quota TEXT NOT NULL,
    key   TEXT NOT NULL,
    UNIQUE (quota, key)
) STRICT;

-- What an entry leaves on an account, in one step of its terms.
CREATE TABLE posting (
    account INTEGER NOT NULL,
    step    TEXT    NOT NULL,
    number  INTEGER NOT NULL,
    used    TEXT    NOT NULL,
    held    TEXT    NOT NULL,
    PRIMARY KEY (account, step, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE raise (
    account  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    limit_to TEXT    NOT NULL,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

-- Open reservations, one row an account.
CREATE TABLE hold (
    account    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_due ON hold (expires_us, number);

-- Reservations that are over, and the entry that ended them.
CREATE TABLE ended (
    reservation INTEGER PRIMARY KEY,
    number      INTEGER NOT NULL
) STRICT;

CREATE TABLE owner (
    number INTEGER PRIMARY KEY,
    owned  TEXT NOT NULL,
    owner  TEXT NOT NULL,
    share  TEXT NOT NULL
) STRICT;
CREATE INDEX owner_owned ON owner (owned, number);

-- Roots of perfect subtrees, so that a proof need not read every entry.
CREATE TABLE subtree (
    level    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
