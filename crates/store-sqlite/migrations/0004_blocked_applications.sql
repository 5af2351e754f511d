-- Applications that a person wants to hear nothing more of.
CREATE TABLE blocked_applications (
  user   TEXT    NOT NULL REFERENCES users (id),
  client TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (user, client)
) STRICT, WITHOUT ROWID;
