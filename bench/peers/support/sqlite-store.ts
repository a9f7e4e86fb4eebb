import Database from 'better-sqlite3';
import type { AttributesCodec, Store, StoredPayment } from './store.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS payments (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  organisation_id TEXT NOT NULL,
  attributes TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS payments_live ON payments (seq) WHERE deleted = 0;`;

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly version: number;
  readonly organisation_id: string;
  readonly attributes: string;
}

/**
 * A store on better-sqlite3 with prepared statements, as in its documentation. In a file each statement is a durable
 * transaction: WAL with `synchronous=FULL`.
 *
 * @param uri - a file's path or `:memory:`
 */
export function openSqliteStore<A>(uri: string, codec: AttributesCodec<A>): Store<A> {
  const database = new Database(uri);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // Larger than the default, so that a growing table is not read from the file repeatedly.
  database.pragma('cache_size = -65536');
  database.pragma('fullfsync = ON');
  database.exec(SCHEMA);
  const columns = 'seq, id, version, organisation_id, attributes';
  const find = database.prepare<[string], Row>(`SELECT ${columns} FROM payments WHERE id = ? AND deleted = 0`);
  const list = database.prepare<[number, number], Row>(
    `SELECT ${columns} FROM payments WHERE deleted = 0 AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const insert = database.prepare<[string, string, string]>(
    'INSERT INTO payments (id, version, organisation_id, attributes) VALUES (?, 0, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const update = database.prepare<[string, string, string, number]>(
    `UPDATE payments SET organisation_id = ?, attributes = ?, version = version + 1
     WHERE id = ? AND version = ? AND deleted = 0`,
  );

  function payment(row: Row): StoredPayment<A> {
    return {
      id: row.id,
      version: row.version,
      organisationId: row.organisation_id,
      attributes: codec.fromText(row.attributes),
    };
  }

  return {
    find(id) {
      const row = find.get(id);
      return row === undefined ? null : payment(row);
    },
    list(after, size) {
      const rows = list.all(after, size);
      return { payments: rows.map(payment), last: rows.at(-1)?.seq ?? after };
    },
    create({ id, organisationId, attributes }) {
      return insert.run(id, organisationId, codec.toText(attributes)).changes === 1;
    },
    update({ id, version, organisationId, attributes }) {
      if (update.run(organisationId, codec.toText(attributes), id, version).changes === 1) return 'updated';
      return find.get(id) === undefined ? 'not_found' : 'version_conflict';
    },
  };
}
