-- The log: the last position given out, and when. Each transaction that writes moves it on, so the order of positions is
-- the order of commits. Positions begin after every seq that was ever given out. Times are milliseconds since 1970.
CREATE TABLE {{log}} (
  row INTEGER PRIMARY KEY CHECK (row = 1),
  last INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

INSERT INTO {{log}} (row, last, at) VALUES (
  1,
  coalesce((SELECT seq FROM sqlite_sequence WHERE '"' || replace(name, '"', '""') || '"' = {{literal}} COLLATE NOCASE), 0),
  0
);

-- One row for each acknowledged write, with the payment as it was afterwards. seq is the payment's own.
CREATE TABLE {{changes}} (
  position INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  organisation_id TEXT NOT NULL,
  attributes TEXT NOT NULL,
  baseline INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT,
  fingerprint TEXT
) STRICT;

-- A payment from before the log has one change at its place in the order of creation.
INSERT INTO {{changes}} (position, seq, kind, at, id, version, organisation_id, attributes, baseline)
SELECT seq, seq, CASE deleted WHEN 0 THEN 'created' ELSE 'deleted' END, CAST(unixepoch('subsec') * 1000 AS INTEGER), id, version,
  organisation_id, attributes, 1
FROM {{table}} ORDER BY seq;

UPDATE {{log}} SET at = coalesce((SELECT max(at) FROM {{changes}}), 0);

CREATE UNIQUE INDEX {{index:changes_key}} ON {{changes}} (idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The first change of a payment is at its seq, so only later ones need an index. Each index ends with the position. Numbers take
-- a sixth of the space of ids: an update had spent a third of its time on splitting the pages of an index by id.
CREATE INDEX {{index:changes_seq}} ON {{changes}} (seq) WHERE kind <> 'created';
CREATE INDEX {{index:changes_organisation_id}} ON {{changes}} (organisation_id);
CREATE INDEX {{index:live_organisation_id}} ON {{table}} (organisation_id) WHERE deleted = 0;

-- The position of the last change. The release before does not set it, which is how its writes are recognised while both
-- releases serve: they become changes here.
ALTER TABLE {{table}} ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER {{index:insert_before_changes}} AFTER INSERT ON {{table}} WHEN NEW.position = 0
BEGIN
  UPDATE {{log}} SET last = last + 1, at = max(at, CAST(unixepoch('subsec') * 1000 AS INTEGER));
  INSERT INTO {{changes}} (position, seq, kind, at, id, version, organisation_id, attributes)
  SELECT last, last, 'created', at, NEW.id, NEW.version, NEW.organisation_id, NEW.attributes FROM {{log}};
  UPDATE {{table}} SET (seq, position) = (SELECT last, last FROM {{log}}) WHERE id = NEW.id;
END;

CREATE TRIGGER {{index:update_before_changes}} AFTER UPDATE ON {{table}} WHEN NEW.position = OLD.position
BEGIN
  UPDATE {{log}} SET last = last + 1, at = max(at, CAST(unixepoch('subsec') * 1000 AS INTEGER));
  INSERT INTO {{changes}} (position, seq, kind, at, id, version, organisation_id, attributes)
  SELECT last, NEW.seq, CASE NEW.deleted WHEN 0 THEN 'updated' ELSE 'deleted' END, at, NEW.id, NEW.version, NEW.organisation_id,
    NEW.attributes
  FROM {{log}};
  UPDATE {{table}} SET position = (SELECT last FROM {{log}}) WHERE id = NEW.id;
END;
