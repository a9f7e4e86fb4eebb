CREATE TABLE {{table:payees}} (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL
) STRICT;

CREATE INDEX {{index:payees.live}} ON {{table:payees}} (seq) WHERE deleted = 0;

CREATE TABLE {{changes:payees}} (
  position INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  baseline INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT,
  fingerprint TEXT
) STRICT;

CREATE UNIQUE INDEX {{index:payees.changes_key}} ON {{changes:payees}} (idempotency_key)
WHERE idempotency_key IS NOT NULL;
CREATE INDEX {{index:payees.changes_seq}} ON {{changes:payees}} (seq) WHERE kind <> 'created';

CREATE TABLE {{log:payees}} (
  row INTEGER PRIMARY KEY CHECK (row = 1),
  last INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

INSERT INTO {{log:payees}} (row, last, at) VALUES (1, 0, 0);
