-- Where an account's letters went before. For a while they still go there too: whoever moves the address first
-- does not hide what they do next.
CREATE TABLE former_addresses (
  user    TEXT    NOT NULL REFERENCES users (id),
  address TEXT    NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_addresses_by_end ON former_addresses (until);
