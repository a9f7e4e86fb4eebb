import { createPool, type SerializableValue, sql } from 'slonik';
import { z } from 'zod';
import { createPostgresTable } from './postgres-store.js';
import type { Attributes, Store, StoredPayment } from './store.js';

const paymentRow = z.object({
  seq: z.bigint(),
  id: z.string(),
  version: z.bigint(),
  organisation_id: z.string(),
  attributes: z.record(z.unknown()),
});
type Row = z.infer<typeof paymentRow>;

const COLUMNS = sql.fragment`seq, id, version, organisation_id, attributes`;

/** A store on Slonik as in its documentation: a pool of the default size, queries typed by zod, `jsonb`. */
export async function openSlonikStore(uri: string): Promise<Store<Attributes>> {
  await createPostgresTable(uri, 'jsonb');
  const pool = await createPool(uri);
  return {
    async find(id) {
      const row = await pool.maybeOne(
        sql.type(paymentRow)`SELECT ${COLUMNS} FROM payments WHERE id = ${id} AND NOT deleted`,
      );
      return row === null ? null : payment(row);
    },
    async list(after, size) {
      const rows = await pool.any(
        sql.type(paymentRow)`
          SELECT ${COLUMNS} FROM payments WHERE NOT deleted AND seq > ${after} ORDER BY seq LIMIT ${size}`,
      );
      return { payments: rows.map(payment), last: Number(rows.at(-1)?.seq ?? after) };
    },
    async create({ id, organisationId, attributes }) {
      const { rowCount } = await pool.query(sql.unsafe`
        INSERT INTO payments (id, version, organisation_id, attributes)
        VALUES (${id}, 0, ${organisationId}, ${sql.jsonb(attributes as SerializableValue)}) ON CONFLICT (id) DO NOTHING`);
      return rowCount === 1;
    },
    async update({ id, version, organisationId, attributes }) {
      const { rowCount } = await pool.query(sql.unsafe`
        UPDATE payments
        SET organisation_id = ${organisationId}, attributes = ${sql.jsonb(attributes as SerializableValue)}, version = version + 1
        WHERE id = ${id} AND version = ${version} AND NOT deleted`);
      if (rowCount === 1) return 'updated';
      return (await pool.exists(sql.unsafe`SELECT 1 FROM payments WHERE id = ${id} AND NOT deleted`))
        ? 'version_conflict'
        : 'not_found';
    },
  };
}

function payment(row: Row): StoredPayment<Attributes> {
  return {
    id: row.id,
    version: Number(row.version),
    organisationId: row.organisation_id,
    attributes: row.attributes,
  };
}
