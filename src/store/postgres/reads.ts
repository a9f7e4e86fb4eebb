import { jsonText } from '../../contract/json-text.js';
import { deadlineExceeded, isExpired } from '../batch.js';
import type { Page, PageRequest, RepoCall, StoredPayment } from '../repo.js';
import { joined } from './joined-texts.js';
import type { Session, Statement } from './session.js';
import type { PageRow, PaymentRow, Statements } from './statements.js';

export interface Find {
  readonly id: string;
  readonly call: RepoCall;
}

export interface Listing {
  readonly page: PageRequest;
  readonly call: RepoCall;
}

/**
 * Looks up a batch of payments by one statement.
 *
 * @returns for each its payment, null where there is none, or the error of a call that came too late
 * @throws RepoError where the statement failed
 */
export async function executeFinds(
  session: Session,
  { find }: Statements,
  items: readonly Find[],
): Promise<readonly (StoredPayment | null | Error)[]> {
  const rows = await session.rows(find, {
    write: false,
    values: () => {
      const ids = new Set(awaited(items).map(({ id }) => id));
      return ids.size === 0 ? null : [joined([...ids])];
    },
  });
  const payments = new Map(rows.map((row) => [row.id, toPayment(row)]));
  const now = performance.now();
  // One that expired may have been left out, so that its absence says nothing.
  return items.map(({ id, call }) => payments.get(id) ?? (isExpired(call, now) ? deadlineExceeded() : null));
}

const EMPTY_PAGE: Page = { payments: [], first: null, last: null, hasEarlier: false };

/** The greatest value of Postgres's bigint. */
const BIGINT_MAX = 9_223_372_036_854_775_807n;

/**
 * Reads a batch of pages by one statement for each kind of page in it; pages that are asked for twice are read once.
 *
 * @returns for each its page, or the error of a call that came too late
 * @throws RepoError where a statement failed
 */
export async function executeListings(
  session: Session,
  statements: Statements,
  items: readonly Listing[],
): Promise<readonly (Page | Error)[]> {
  const pages = new Map<string, Page>();
  const read = async (kind: PageRequest['kind'], statement: Statement<PageRow>): Promise<void> => {
    const ofKind = items.filter(({ page }) => page.kind === kind);
    if (ofKind.length === 0) {
      return;
    }
    let wanted: readonly [string, PageRequest][] = [];
    const rows = await session.rows(statement, {
      write: false,
      values: () => {
        wanted = [...new Map(awaited(ofKind).map(({ page }) => [pageKey(page), page]))];
        return wanted.length === 0 ? null : [wanted.map(([, page]) => start(page)), wanted.map(([, { size }]) => size)];
      },
    });
    const rowsOfPages: PageRow[][] = wanted.map(() => []);
    for (const row of rows) {
      rowsOfPages[Number(row.place) - 1]?.push(row);
    }
    wanted.forEach(([key, page], index) => {
      pages.set(key, toPage(page, rowsOfPages[index] ?? []));
    });
  };
  await Promise.all([
    read('offset', statements.pageByOffset),
    read('after', statements.pageAfter),
    read('before', statements.pageBefore),
  ]);
  return items.map(({ page }) => pages.get(pageKey(page)) ?? deadlineExceeded());
}

function awaited<Item extends { readonly call: RepoCall }>(items: readonly Item[]): readonly Item[] {
  const now = performance.now();
  return items.filter(({ call }) => !isExpired(call, now));
}

function start(page: PageRequest): string | number {
  if (page.kind === 'offset') {
    return page.from;
  }
  // Within 18 digits nothing can be too great.
  return page.position.length <= 18 || BigInt(page.position) <= BIGINT_MAX ? page.position : String(BIGINT_MAX);
}

function pageKey(page: PageRequest): string {
  return `${page.kind} ${start(page)} ${page.size}`;
}

function toPage({ kind, size }: PageRequest, rows: readonly PageRow[]): Page {
  const found = rows.filter(isFound).sort(bySeq);
  if (kind === 'before') {
    return { ...pageOf(found.slice(-size)), hasEarlier: found.length > size };
  }
  return { ...pageOf(found), hasEarlier: rows[0]?.earlier ?? false };
}

type FoundRow = PaymentRow & { readonly seq: string };

function isFound(row: PageRow): row is PageRow & FoundRow {
  return row.seq !== null;
}

/** The server's order is only that of each page by accident of its plan, and the digits of a bigint sort by length first. */
function bySeq(a: FoundRow, b: FoundRow): number {
  return a.seq.length - b.seq.length || (a.seq < b.seq ? -1 : 1);
}

function pageOf(rows: readonly FoundRow[]): Page {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) {
    return EMPTY_PAGE;
  }
  return { payments: rows.map(toPayment), first: first.seq, last: last.seq, hasEarlier: false };
}

function toPayment({ id, version, organisation_id, attributes }: PaymentRow): StoredPayment {
  return { id, version: Number(version), organisationId: organisation_id, attributes: jsonText(attributes) };
}
