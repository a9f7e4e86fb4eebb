CREATE TABLE {{table:payees}} (
  id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  position bigint NOT NULL,
  CONSTRAINT {{index:payees.pkey}} PRIMARY KEY (id)
);

CREATE INDEX {{index:payees.live}} ON {{table:payees}} (seq ASC) WHERE NOT deleted;

CREATE TABLE {{changes:payees}} (
  position bigint NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  baseline boolean NOT NULL DEFAULT false,
  idempotency_key text COLLATE "C",
  fingerprint text,
  CONSTRAINT {{index:payees.changes_pkey}} PRIMARY KEY (position)
);

CREATE UNIQUE INDEX {{index:payees.changes_key}} ON {{changes:payees}} (idempotency_key ASC)
WHERE idempotency_key IS NOT NULL;
CREATE INDEX {{index:payees.changes_id}} ON {{changes:payees}} (id ASC, position ASC) WHERE kind <> 'created';

CREATE TABLE {{log:payees}} (
  last bigint NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 10);

INSERT INTO {{log:payees}} (last, at) VALUES (0, 'epoch');
