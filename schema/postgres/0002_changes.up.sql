-- The position of the last change. The release before does not set it, which is how its writes are recognised while both
-- releases serve. It comes first: its lock keeps other writers out until everything here is done.
ALTER TABLE {{table}} ADD COLUMN position bigint NOT NULL DEFAULT 0;

-- The log: the last position given out, and when. Each statement that writes moves it on first and holds its row until the
-- commit, so the order of positions is the order of commits. Positions begin after every seq that was ever given out. Space
-- on its page lets each version of the row replace the one before without a new page.
CREATE TABLE {{log}} (
  last bigint NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 10);

INSERT INTO {{log}} (last, at) VALUES (nextval(pg_get_serial_sequence({{literal}}, 'seq')) - 1, 'epoch');

-- One row for each acknowledged write, with the payment as it was afterwards.
CREATE TABLE {{changes}} (
  position bigint NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  organisation_id text NOT NULL,
  attributes text NOT NULL,
  baseline boolean NOT NULL DEFAULT false,
  idempotency_key text COLLATE "C",
  fingerprint text,
  CONSTRAINT {{index:changes_pkey}} PRIMARY KEY (position)
);

-- A payment from before the log has one change at its place in the order of creation.
INSERT INTO {{changes}} (position, kind, at, id, version, organisation_id, attributes, baseline)
SELECT p.seq, CASE WHEN p.deleted THEN 'deleted' ELSE 'created' END, now(), p.id, p.version, p.organisation_id,
  p.attributes, true
FROM {{table}} AS p ORDER BY p.seq;

UPDATE {{log}} SET at = now() WHERE EXISTS (SELECT 1 FROM {{changes}});

CREATE UNIQUE INDEX {{index:changes_key}} ON {{changes}} (idempotency_key ASC) WHERE idempotency_key IS NOT NULL;

-- The first change of a payment is at its seq, so only later ones need an index.
CREATE INDEX {{index:changes_id}} ON {{changes}} (id ASC, position ASC) WHERE kind <> 'created';
CREATE INDEX {{index:changes_organisation_id}} ON {{changes}} (organisation_id ASC, position ASC);
CREATE INDEX {{index:live_organisation_id}} ON {{table}} (organisation_id ASC, seq ASC) WHERE NOT deleted;

-- Writes of the release before become changes as well. Only at the commit: a transaction that a person leaves open must not
-- hold the log, for which every writer waits.
CREATE FUNCTION {{qualified:before_changes}}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  next_position bigint;
  changed_at timestamptz;
BEGIN
  UPDATE {{log}} SET last = last + 1, at = greatest(at, clock_timestamp()) RETURNING last, at INTO next_position, changed_at;
  INSERT INTO {{changes}} (position, kind, at, id, version, organisation_id, attributes)
  VALUES (
    next_position,
    CASE WHEN NEW.deleted THEN 'deleted' WHEN TG_OP = 'INSERT' THEN 'created' ELSE 'updated' END,
    changed_at, NEW.id, NEW.version, NEW.organisation_id, NEW.attributes
  );
  UPDATE {{table}} SET position = next_position, seq = CASE WHEN TG_OP = 'INSERT' THEN next_position ELSE seq END
  WHERE id = NEW.id;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER {{index:insert_before_changes}} AFTER INSERT ON {{table}}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.position = 0) EXECUTE FUNCTION {{qualified:before_changes}}();

CREATE CONSTRAINT TRIGGER {{index:update_before_changes}} AFTER UPDATE ON {{table}}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.position = OLD.position) EXECUTE FUNCTION {{qualified:before_changes}}();
