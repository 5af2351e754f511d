-- Everything that the provider keeps. Migrations are only added: a change is a new file.
--
-- Times are seconds since 1970. What opens something is kept as its SHA-256. Rows that are found by a hash
-- or a short identifier and are short themselves live in their index (WITHOUT ROWID).

CREATE TABLE users (
  id          TEXT    PRIMARY KEY NOT NULL,
  name        TEXT    NOT NULL UNIQUE,
  email       TEXT,
  disabled_at INTEGER,
  generation  INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  id                 TEXT    PRIMARY KEY NOT NULL,
  user               TEXT    NOT NULL REFERENCES users (id),
  label              TEXT    NOT NULL,
  ceiling            TEXT    NOT NULL,
  created_at         INTEGER NOT NULL,
  last_used_at       INTEGER,
  revoked_at         INTEGER,
  -- A password has this,
  password           TEXT,
  -- and a passkey has all of these.
  webauthn_id        BLOB    UNIQUE,
  public_key         BLOB,
  sign_count         INTEGER,
  backup_eligible    INTEGER,
  backup_state       INTEGER,
  user_verified      INTEGER,
  hardware_bound     INTEGER,
  aaguid             BLOB,
  transports         TEXT,
  attestation_object BLOB,
  client_data_json   BLOB,
  CHECK ((password IS NULL) <> (webauthn_id IS NULL)),
  CHECK ((webauthn_id IS NULL) = (public_key IS NULL))
) STRICT;
CREATE INDEX credentials_by_user ON credentials (user);

CREATE TABLE sessions (
  id           TEXT    PRIMARY KEY NOT NULL,
  user         TEXT    NOT NULL REFERENCES users (id),
  -- The account's, when the session began: another one ends it.
  generation   INTEGER NOT NULL,
  cookie       BLOB    NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  ended_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_age ON sessions (created_at);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- What was proved in a session. A fact: inserted and forgotten, never changed.
CREATE TABLE authentications (
  session     TEXT    NOT NULL,
  seq         INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  interaction TEXT    NOT NULL,
  bound_to    TEXT,
  proofs      TEXT    NOT NULL,
  PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE interactions (
  id         TEXT    PRIMARY KEY NOT NULL,
  browser    BLOB    NOT NULL,
  version    INTEGER NOT NULL,
  ended      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  progress   TEXT    NOT NULL,
  purpose    TEXT    NOT NULL
) STRICT;
CREATE INDEX interactions_by_expiry ON interactions (expires_at);

-- Every value that is used once. The kind is part of the key: no value is ever found as another kind.
-- Not WITHOUT ROWID: the hashes are random and the payloads long, and in their own order rows cost half.
CREATE TABLE single_use (
  kind       INTEGER NOT NULL,
  hash       BLOB    NOT NULL,
  payload    TEXT    NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at   INTEGER,
  PRIMARY KEY (kind, hash)
) STRICT;
CREATE INDEX single_use_by_expiry ON single_use (kind, expires_at);

-- Grants in force; and the names of grants that were revoked before they were, which have no body.
CREATE TABLE grants (
  id         TEXT    PRIMARY KEY NOT NULL,
  user       TEXT,
  session    TEXT,
  generation INTEGER,
  body       TEXT,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  CHECK (body IS NOT NULL OR revoked_at IS NOT NULL),
  CHECK ((body IS NULL) = (user IS NULL) AND (body IS NULL) = (session IS NULL)
     AND (body IS NULL) = (generation IS NULL))
) STRICT;
CREATE INDEX grants_by_age ON grants (created_at);

CREATE TABLE attempts (
  name    BLOB    PRIMARY KEY NOT NULL,
  tries   INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_age ON attempts (last_at);

CREATE TABLE signing_keys (
  position   INTEGER PRIMARY KEY,
  algorithm  TEXT    NOT NULL,
  key        BLOB    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Written with its effect, or neither is. Never changed.
CREATE TABLE audit (
  position INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  event    TEXT    NOT NULL
) STRICT;

-- One row that a readiness check writes, because a disk that is full still lets an empty transaction by.
CREATE TABLE pulse (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  beat INTEGER NOT NULL
) STRICT;
INSERT INTO pulse (id, beat) VALUES (1, 0);
