-- The journal is the truth; every other table follows from it and is checked against it.
-- Amounts are decimal text, exact; instants are microseconds since 1970 in UTC; days are ISO 8601.

CREATE TABLE ledger (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    id         TEXT    NOT NULL,
    verifier   TEXT    NOT NULL,
    created_us BIGINT  NOT NULL
);

-- The end of the journal. The frontier is what the Merkle tree needs in order to grow.
CREATE TABLE head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    number   BIGINT  NOT NULL,
    at_us    BIGINT  NOT NULL,
    hash     BYTEA   NOT NULL CHECK (length(hash) = 32),
    frontier BYTEA   NOT NULL
);

CREATE TABLE entry (
    number  BIGINT  PRIMARY KEY,
    at_us   BIGINT  NOT NULL,
    request TEXT,
    body    TEXT    NOT NULL,
    hash    BYTEA   NOT NULL CHECK (length(hash) = 32)
);
CREATE UNIQUE INDEX entry_request ON entry (request) WHERE request IS NOT NULL;

CREATE TABLE account (
    id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quota TEXT NOT NULL,
    key   TEXT NOT NULL,
    UNIQUE (quota, key)
);

-- What an entry leaves on an account, in one step of its terms.
CREATE TABLE posting (
    account BIGINT  NOT NULL,
    step    TEXT    NOT NULL,
    number  BIGINT  NOT NULL,
    used    TEXT    NOT NULL,
    held    TEXT    NOT NULL,
    PRIMARY KEY (account, step, number)
);

CREATE TABLE raise (
    account  BIGINT  NOT NULL,
    number   BIGINT  NOT NULL,
    limit_to TEXT    NOT NULL,
    PRIMARY KEY (account, number)
);

-- Open reservations, one row an account.
CREATE TABLE hold (
    account    BIGINT  NOT NULL,
    number     BIGINT  NOT NULL,
    expires_us BIGINT  NOT NULL,
    PRIMARY KEY (account, number)
);
CREATE INDEX hold_due ON hold (expires_us, number);

-- Reservations that are over, and the entry that ended them.
CREATE TABLE ended (
    reservation BIGINT  PRIMARY KEY,
    number      BIGINT  NOT NULL
);

CREATE TABLE owner (
    number BIGINT  PRIMARY KEY,
    owned  TEXT NOT NULL,
    owner  TEXT NOT NULL,
    share  TEXT NOT NULL
);
CREATE INDEX owner_owned ON owner (owned, number);

-- Roots of perfect subtrees, so that a proof need not read every entry.
CREATE TABLE subtree (
    level    BIGINT  NOT NULL,
    position BIGINT  NOT NULL,
    hash     BYTEA   NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
);

CREATE TABLE checkpoint (
    size BIGINT  PRIMARY KEY,
    note TEXT NOT NULL
);
