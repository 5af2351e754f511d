-- More factors, one's own account, recovery, and letters.

-- A credential says what it is, and may be an authenticator app or a set of recovery codes. SQLite cannot
-- change a CHECK, so the table is made anew. The rows keep their order; nothing refers to them.
CREATE TABLE credentials_2 (
  id                 TEXT    PRIMARY KEY NOT NULL,
  user               TEXT    NOT NULL REFERENCES users (id),
  kind               TEXT    NOT NULL CHECK (kind IN ('password', 'passkey', 'totp', 'recovery_codes')),
  label              TEXT    NOT NULL,
  ceiling            TEXT    NOT NULL,
  -- A level that it may reach from a moment on.
  rising_to          TEXT,
  rising_at          INTEGER,
  created_at         INTEGER NOT NULL,
  last_used_at       INTEGER,
  revoked_at         INTEGER,
  -- A password has this,
  password           TEXT,
  -- an authenticator app this, and the last time step that was used,
  totp_secret        BLOB,
  totp_last_step     INTEGER,
  -- and a passkey all of these; the model's name when it is known.
  webauthn_id        BLOB    UNIQUE,
  public_key         BLOB,
  sign_count         INTEGER,
  backup_eligible    INTEGER,
  backup_state       INTEGER,
  user_verified      INTEGER,
  hardware_bound     INTEGER,
  aaguid             BLOB,
  model              TEXT,
  transports         TEXT,
  attestation_object BLOB,
  client_data_json   BLOB,
  CHECK ((kind = 'password') = (password IS NOT NULL)),
  CHECK ((kind = 'totp') = (totp_secret IS NOT NULL)),
  CHECK (totp_last_step IS NULL OR totp_secret IS NOT NULL),
  CHECK ((kind = 'passkey') = (webauthn_id IS NOT NULL)),
  CHECK ((webauthn_id IS NULL) = (public_key IS NULL)),
  CHECK ((rising_to IS NULL) = (rising_at IS NULL))
) STRICT;
INSERT INTO credentials_2 (rowid, id, user, kind, label, ceiling, created_at, last_used_at, revoked_at, password,
    webauthn_id, public_key, sign_count, backup_eligible, backup_state, user_verified, hardware_bound, aaguid,
    transports, attestation_object, client_data_json)
  SELECT rowid, id, user, iif(password IS NULL, 'passkey', 'password'), label, ceiling, created_at, last_used_at,
    revoked_at, password, webauthn_id, public_key, sign_count, backup_eligible, backup_state, user_verified,
    hardware_bound, aaguid, transports, attestation_object, client_data_json
  FROM credentials ORDER BY rowid;
DROP TABLE credentials;
ALTER TABLE credentials_2 RENAME TO credentials;
CREATE INDEX credentials_by_user ON credentials (user);

-- The browser, in a few words for its owner.
ALTER TABLE sessions ADD COLUMN browser TEXT;
CREATE INDEX sessions_by_user ON sessions (user, created_at);

-- The set that a recovery code belongs to.
ALTER TABLE single_use ADD COLUMN credential TEXT;
CREATE INDEX single_use_by_credential ON single_use (credential) WHERE credential IS NOT NULL;

ALTER TABLE grants ADD COLUMN client TEXT;
UPDATE grants SET client = body ->> '$.client' WHERE body IS NOT NULL;
CREATE INDEX grants_by_user ON grants (user, client) WHERE user IS NOT NULL;

-- How many waits there were, and when all of it is forgotten.
ALTER TABLE attempts ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
UPDATE attempts SET ends_at = last_at + 86400;
DROP INDEX attempts_by_age;
CREATE INDEX attempts_by_end ON attempts (ends_at);

-- Whose activity an entry stands in, if anybody's. These are the kinds of entry there were before.
ALTER TABLE audit ADD COLUMN user TEXT;
UPDATE audit SET user = event ->> '$.user'
 WHERE event ->> '$.event' IN ('user_created', 'user_disabled', 'enrolment_granted', 'credential_registered',
                               'credential_revoked', 'authenticated');
CREATE INDEX audit_by_user ON audit (user) WHERE user IS NOT NULL;

-- Letters, from the transaction of what they tell until they are sent. What was sent has no address and no
-- text any more.
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY,
  user        TEXT    NOT NULL,
  queued_at   INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  address     TEXT,
  notice      TEXT,
  link        TEXT,
  -- Whoever takes a letter moves this ahead: until then it is nobody else's.
  next_try_at INTEGER,
  done_at     INTEGER,
  -- Why the last try, or all of them, came to nothing.
  failure     TEXT,
  CHECK ((done_at IS NULL) = (next_try_at IS NOT NULL)),
  CHECK ((done_at IS NULL) = (address IS NOT NULL)),
  CHECK ((done_at IS NULL) = (notice IS NOT NULL)),
  CHECK (done_at IS NULL OR link IS NULL)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

-- Recoveries. One at a time is under way for a person.
CREATE TABLE recoveries (
  id           TEXT    PRIMARY KEY NOT NULL,
  user         TEXT    NOT NULL REFERENCES users (id),
  lost         TEXT    NOT NULL,
  -- The enrolment link that it opens, in its time.
  link         BLOB    NOT NULL UNIQUE,
  requested_at INTEGER NOT NULL,
  opens_at     INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  -- Done, cancelled, expired, or void since the account's generation was raised.
  ended        TEXT    CHECK (ended IN ('done', 'cancelled', 'expired', 'void')),
  CHECK ((ended_at IS NULL) = (ended IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recoveries_under_way ON recoveries (user) WHERE ended_at IS NULL;
CREATE INDEX recoveries_by_expiry ON recoveries (expires_at);

-- The highest number that was ever given under a name.
CREATE TABLE marks (
  name  TEXT    PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
