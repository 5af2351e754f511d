-- What rules are rehearsed on, and what signals follow from.

-- Questions about actions as they were asked, oldest first. Kept for as long as the operator says, and no more of them.
CREATE TABLE decisions (
  position INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  question TEXT    NOT NULL,
  facts    TEXT    NOT NULL
) STRICT;
CREATE INDEX decisions_by_age ON decisions (at);

-- In which browser and on which network a session was last proved; NULL where nobody looked.
ALTER TABLE sessions ADD COLUMN device BLOB;
ALTER TABLE sessions ADD COLUMN network BLOB;

-- Where a person has proved something.
CREATE TABLE sightings (
  user     TEXT    NOT NULL REFERENCES users (id),
  device   BLOB    NOT NULL,
  network  BLOB    NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (user, device, network)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_age ON sightings (last_at);

-- Proofs of a person that were refused, for as long as they count.
CREATE TABLE refusals (
  position INTEGER PRIMARY KEY,
  user     TEXT    NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX refusals_by_user ON refusals (user, at);
CREATE INDEX refusals_by_age ON refusals (at);
