import { derivedName, quoteIdentifier, quoteTable, type TableName } from '../migrations/identifier.js';

/** The columns of a payment behind its place in the order of creation, as `statements.ts` reads them. */
const COLUMNS = 'seq, id, version, organisation_id, attributes';

/**
 * Every statement the repository executes.
 *
 * The pages name their index, so that neither statistics nor an optimizer's change of mind can make them read deleted
 * payments, and a missing index is an error at start instead of a slow service.
 *
 * @param table - where the payments live
 */
export function sqliteSql(table: TableName) {
  const payments = quoteTable(table);
  const live = `${payments} INDEXED BY ${quoteIdentifier(derivedName(table.table, 'live'))}`;
  return {
    find: `SELECT id, version, organisation_id, attributes FROM ${payments} WHERE id = ? AND deleted = 0`,
    findVersion: `SELECT version FROM ${payments} WHERE id = ? AND deleted = 0`,
    create: `INSERT INTO ${payments} (id, version, organisation_id, attributes) VALUES (?, 0, ?, ?)
      ON CONFLICT (id) DO NOTHING`,
    update: `UPDATE ${payments} SET version = version + 1, organisation_id = ?, attributes = ?
      WHERE id = ? AND version = ? AND deleted = 0`,
    delete: `UPDATE ${payments} SET deleted = 1 WHERE id = ? AND version = ? AND deleted = 0`,
    deleteAll: `DELETE FROM ${payments}`,
    // What is skipped is counted in the index alone; only the page's own rows are fetched from the table.
    pageAtOffset: `SELECT payment.seq, payment.id, payment.version, payment.organisation_id, payment.attributes
      FROM (SELECT seq FROM ${live} WHERE deleted = 0 ORDER BY seq LIMIT ? OFFSET ?) AS page
      CROSS JOIN ${payments} AS payment ON payment.seq = page.seq ORDER BY page.seq`,
    pageAfter: `SELECT ${COLUMNS} FROM ${live} WHERE deleted = 0 AND seq > ? ORDER BY seq LIMIT ?`,
    pageBefore: `SELECT ${COLUMNS} FROM ${live} WHERE deleted = 0 AND seq < ? ORDER BY seq DESC LIMIT ?`,
    existsUpTo: `SELECT EXISTS (SELECT 1 FROM ${live} WHERE deleted = 0 AND seq <= ?)`,
    count: `SELECT count(*) FROM ${live} WHERE deleted = 0`,
    ping: `SELECT EXISTS (SELECT 1 FROM ${payments})`,
  };
}
