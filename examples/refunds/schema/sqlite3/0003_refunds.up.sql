CREATE TABLE {{table:refunds}} (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  payment_id TEXT NOT NULL,
  amount TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL
) STRICT;

CREATE INDEX {{index:refunds.live}} ON {{table:refunds}} (seq) WHERE deleted = 0;
CREATE INDEX {{index:refunds.live_payment_id}} ON {{table:refunds}} (payment_id) WHERE deleted = 0;

CREATE TABLE {{changes:refunds}} (
  position INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  payment_id TEXT NOT NULL,
  amount TEXT NOT NULL,
  baseline INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT,
  fingerprint TEXT
) STRICT;

CREATE UNIQUE INDEX {{index:refunds.changes_key}} ON {{changes:refunds}} (idempotency_key)
WHERE idempotency_key IS NOT NULL;
CREATE INDEX {{index:refunds.changes_seq}} ON {{changes:refunds}} (seq) WHERE kind <> 'created';
CREATE INDEX {{index:refunds.changes_payment_id}} ON {{changes:refunds}} (payment_id);

CREATE TABLE {{log:refunds}} (
  row INTEGER PRIMARY KEY CHECK (row = 1),
  last INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

INSERT INTO {{log:refunds}} (row, last, at) VALUES (1, 0, 0);
