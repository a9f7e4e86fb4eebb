CREATE TABLE {{table:refunds}} (
  id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  version bigint NOT NULL,
  payment_id text NOT NULL,
  amount text NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  position bigint NOT NULL,
  CONSTRAINT {{index:refunds.pkey}} PRIMARY KEY (id)
);

CREATE INDEX {{index:refunds.live}} ON {{table:refunds}} (seq ASC) WHERE NOT deleted;
CREATE INDEX {{index:refunds.live_payment_id}} ON {{table:refunds}} (payment_id ASC, seq ASC) WHERE NOT deleted;

CREATE TABLE {{changes:refunds}} (
  position bigint NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  payment_id text NOT NULL,
  amount text NOT NULL,
  baseline boolean NOT NULL DEFAULT false,
  idempotency_key text COLLATE "C",
  fingerprint text,
  CONSTRAINT {{index:refunds.changes_pkey}} PRIMARY KEY (position)
);

CREATE UNIQUE INDEX {{index:refunds.changes_key}} ON {{changes:refunds}} (idempotency_key ASC)
WHERE idempotency_key IS NOT NULL;
CREATE INDEX {{index:refunds.changes_id}} ON {{changes:refunds}} (id ASC, position ASC) WHERE kind <> 'created';
CREATE INDEX {{index:refunds.changes_payment_id}} ON {{changes:refunds}} (payment_id ASC, position ASC);

CREATE TABLE {{log:refunds}} (
  last bigint NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 10);

INSERT INTO {{log:refunds}} (last, at) VALUES (0, 'epoch');
