-- seq gives the order of creation; AUTOINCREMENT never gives a number out twice, so a cursor stays valid for ever.
-- Text compares byte for byte (BINARY is the default collation), and attributes hold the client's own JSON text.
CREATE TABLE {{table}} (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  organisation_id TEXT NOT NULL,
  attributes TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Pages and counts read only this index of the live payments, so that deleted ones cost them nothing.
CREATE INDEX {{index:live}} ON {{table}} (seq) WHERE deleted = 0;
