-- Names that must not come again, each until it would be refused by its age: access tokens that were revoked, and
-- the identifiers of what clients sign. The kind is part of the key.
CREATE TABLE seen (
  kind       INTEGER NOT NULL,
  hash       BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_expiry ON seen (expires_at);
