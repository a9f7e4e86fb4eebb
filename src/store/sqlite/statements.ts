import type { Database } from 'better-sqlite3';
import type { JsonText } from '../../contract/json-text.js';
import type { TableName } from '../migrations/identifier.js';
import {
  type CreateOutcome,
  type DeleteOutcome,
  type NewPayment,
  type PaymentChange,
  RepoError,
  type StoredPayment,
  type UpdateOutcome,
} from '../repo.js';
import { sqliteSql } from './sql.js';

type PaymentRow = [id: string, version: number, organisationId: string, attributes: JsonText<unknown>];

/** A row of a page. SQLite would have to number payments for centuries to pass 2^53, so `seq` is exact. */
export type PageRow = [seq: number, ...PaymentRow];

/** The statements, prepared once. Rows are read as arrays: naming the columns costs as much again as fetching them. */
export type Statements = ReturnType<typeof prepareStatements>;

/**
 * Prepares every statement, and gives each as a synchronous function that is one step of a use case.
 *
 * @param database - an open, migrated database
 * @param table - where the payments live
 */
export function prepareStatements(database: Database, table: TableName) {
  const sql = sqliteSql(table);
  const find = database.prepare<[string], PaymentRow>(sql.find).raw();
  const findVersion = database.prepare<[string], number>(sql.findVersion).pluck();
  const create = database.prepare<[string, string, string]>(sql.create);
  const update = database.prepare<[string, string, string, number]>(sql.update);
  const remove = database.prepare<[string, number]>(sql.delete);
  const removeAll = database.prepare<[]>(sql.deleteAll);
  const pageAtOffset = database.prepare<[number, number], PageRow>(sql.pageAtOffset).raw();
  const pageAfter = database.prepare<[bigint, number], PageRow>(sql.pageAfter).raw();
  const pageBefore = database.prepare<[bigint, number], PageRow>(sql.pageBefore).raw();
  const existsUpTo = database.prepare<[bigint], number>(sql.existsUpTo).pluck();
  const count = database.prepare<[], number>(sql.count).pluck();
  const ping = database.prepare<[], number>(sql.ping).pluck();

  /** What a change that met no row was refused for. */
  function refusal(id: string, version: number): Exclude<DeleteOutcome, { outcome: 'deleted' }> {
    const currentVersion = findVersion.get(id);
    if (currentVersion === undefined) {
      return { outcome: 'not_found' };
    }
    if (currentVersion === version) {
      throw new RepoError('broken', 'the version of the payment cannot grow any further');
    }
    return { outcome: 'version_conflict', currentVersion };
  }

  return {
    find(id: string): StoredPayment | null {
      const row = find.get(id);
      return row === undefined ? null : toPayment(row[0], row[1], row[2], row[3]);
    },

    create({ id, organisationId, attributes }: NewPayment): CreateOutcome {
      return create.run(id, organisationId, attributes).changes === 1 ? { outcome: 'created' } : { outcome: 'exists' };
    },

    update({ id, version, organisationId, attributes }: PaymentChange): UpdateOutcome {
      // The greatest version a double holds exactly has no successor: such a payment stays as it is.
      if (version < Number.MAX_SAFE_INTEGER && update.run(organisationId, attributes, id, version).changes === 1) {
        return { outcome: 'updated', version: version + 1 };
      }
      return refusal(id, version);
    },

    delete(id: string, version: number): DeleteOutcome {
      return remove.run(id, version).changes === 1 ? { outcome: 'deleted' } : refusal(id, version);
    },

    deleteAll(): void {
      removeAll.run();
    },

    pageAtOffset: (from: number, size: number): PageRow[] => pageAtOffset.all(size, from),
    pageAfter: (position: string, size: number): PageRow[] => pageAfter.all(BigInt(position), size),
    /** The newest first. */
    pageBefore: (position: string, size: number): PageRow[] => pageBefore.all(BigInt(position), size),
    existsUpTo: (position: string): boolean => existsUpTo.get(BigInt(position)) === 1,
    count: (): number => count.get() ?? 0,
    ping(): void {
      ping.get();
    },
  };
}

/** A payment out of a row's columns. */
export function toPayment(
  id: string,
  version: number,
  organisationId: string,
  attributes: JsonText<unknown>,
): StoredPayment {
  return { id, version, organisationId, attributes };
}
