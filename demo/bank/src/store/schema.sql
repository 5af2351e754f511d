-- Money is in cents. Secrets that browsers hold are stored as hashes only.
CREATE TABLE IF NOT EXISTS account (
    sub       TEXT    PRIMARY KEY,
    balance   INTEGER NOT NULL CHECK (balance >= 0),
    opened_at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS session (
    hash       BLOB    PRIMARY KEY,
    sub        TEXT    NOT NULL REFERENCES account (sub),
    id_token   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- A visit to the provider that is under way: spent by deleting it.
CREATE TABLE IF NOT EXISTS visit (
    state_hash BLOB    PRIMARY KEY,
    browser    BLOB    NOT NULL,
    nonce      TEXT    NOT NULL,
    verifier   TEXT    NOT NULL,
    transfer   TEXT,
    popup      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- One row for each idempotency key: pending until the money has moved.
CREATE TABLE IF NOT EXISTS transfer (
    id              TEXT    PRIMARY KEY,
    session         BLOB    NOT NULL,
    sub             TEXT    NOT NULL REFERENCES account (sub),
    idempotency_key TEXT    NOT NULL,
    payee           TEXT    NOT NULL,
    iban            TEXT    NOT NULL,
    amount          INTEGER NOT NULL CHECK (amount > 0),
    reference       TEXT,
    -- What came of the last step-up: `approved`, or the reason why not.
    outcome         TEXT,
    -- The access token that approves exactly this transfer; it never leaves the server.
    bound_token     TEXT,
    created_at      INTEGER NOT NULL,
    done_at         INTEGER,
    UNIQUE (sub, idempotency_key)
) STRICT;

CREATE INDEX IF NOT EXISTS transfer_done ON transfer (sub, done_at) WHERE done_at IS NOT NULL;

-- Elevations that were spent. The unique key is what makes each work once.
CREATE TABLE IF NOT EXISTS spent (
    txn      TEXT PRIMARY KEY,
    transfer TEXT NOT NULL UNIQUE REFERENCES transfer (id),
    at       INTEGER NOT NULL
) STRICT;
