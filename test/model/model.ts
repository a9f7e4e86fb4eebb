/** A payment in the model: plain values in memory, including deleted payments, whose ids stay taken. */
interface ModelPayment {
  readonly id: string;
  readonly place: number;
  version: number;
  organisation: string;
  attributes: string;
  deleted: boolean;
}

/** The stored part of a request. */
export interface PaymentContent {
  readonly id: string;
  readonly organisation: string;
  /** JSON text without white space between its tokens. */
  readonly attributes: string;
}

/** A change in the model: its index among all changes, and the payment after it. */
interface ModelChange {
  readonly place: number;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly id: string;
  readonly organisation: string;
  readonly payment: string;
}

/**
 * The meaning of a link to a page. A cut is a boundary between two payments, or two changes: the number that ever
 * existed before it. `size` is what the client requested, in its own digits.
 */
export type PageQuery = { readonly size: string | null } & (
  | { readonly kind: 'offset'; readonly from: number; readonly organisation: string | null }
  | { readonly kind: 'after'; readonly cut: number; readonly organisation: string | null }
  | { readonly kind: 'before'; readonly cut: number; readonly organisation: string | null }
  | { readonly kind: 'changes'; readonly cut: number; readonly organisation: string | null }
  | { readonly kind: 'versions'; readonly cut: number; readonly id: string }
);

export type ExpectedBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly code: string; readonly pointers: readonly string[] }
  /** `data` has `{position 0}` and `{at 0}` for values of the first change that only the service knows, and so on. */
  | { readonly kind: 'page'; readonly data: string; readonly next: PageQuery; readonly prev: PageQuery | null };

/** A response of the model: complete except for opaque values (cursors) and texts for people. */
export interface Expected {
  readonly status: number;
  /** Besides those that follow from the body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ExpectedBody;
}

/** Whether a precondition is true for a version. */
export type Precondition = (version: number) => boolean;

export const EXTERNAL_URL = 'http://payments.example/base';
export const PAYMENTS_URL = `${EXTERNAL_URL}/v1/payments`;
export const CHANGES_URL = `${EXTERNAL_URL}/v1/changes`;
export const MAX_RESULTS = 5;

const NO_CACHE = { 'cache-control': 'no-cache' };

/** All statuses of the model's problems. */
const STATUS_OF = {
  validation_failed: 400,
  malformed_json: 400,
  payment_not_found: 404,
  route_not_found: 404,
  endpoint_disabled: 404,
  method_not_allowed: 405,
  payment_exists: 409,
  version_conflict: 409,
  precondition_failed: 412,
  idempotency_key_reused: 422,
  body_too_large: 413,
  unsupported_media_type: 415,
} as const;

/** The service in its simplest form: the expected response to any sequence of requests. */
export class PaymentsModel {
  #payments = new Map<string, ModelPayment>();
  #created = 0;
  #changes: ModelChange[] = [];
  #changed = 0;
  #keys = new Map<string, { readonly fingerprint: string; readonly expected: Expected }>();

  /** The version of a live payment. */
  versionOf(id: string): number | null {
    return this.#live(id)?.version ?? null;
  }

  /** A write with a key: a successful one is not executed again. */
  keyed(key: string | null, fingerprint: string, write: () => Expected): Expected {
    const known = key === null ? undefined : this.#keys.get(key);
    if (known && known.fingerprint !== fingerprint) {
      return problem('idempotency_key_reused', ['/header/idempotency-key']);
    }
    if (known) return { ...known.expected, headers: { ...known.expected.headers, 'idempotent-replayed': 'true' } };
    const expected = write();
    if (key !== null && expected.status < 300) this.#keys.set(key, { fingerprint, expected });
    return expected;
  }

  create({ id, organisation, attributes }: PaymentContent): Expected {
    if (this.#payments.has(id)) return problem('payment_exists');
    const payment = { id, place: ++this.#created, version: 0, organisation, attributes, deleted: false };
    this.#payments.set(id, payment);
    this.#log('created', payment);
    return { ...single(201, payment), headers: { ...single(201, payment).headers, location: urlOf(id) } };
  }

  get(id: string, ifNoneMatch: Precondition | null): Expected {
    const payment = this.#live(id);
    if (!payment) return problem('payment_not_found');
    if (!ifNoneMatch?.(payment.version)) return single(200, payment);
    return { status: 304, headers: single(304, payment).headers, body: { kind: 'empty' } };
  }

  update({ id, organisation, attributes }: PaymentContent, version: number, ifMatch: Precondition | null): Expected {
    const payment = this.#live(id);
    if (!payment) return problem('payment_not_found');
    if (ifMatch && !ifMatch(payment.version)) return problem('precondition_failed');
    if (version !== payment.version) return problem('version_conflict');
    Object.assign(payment, { organisation, attributes, version: version + 1 });
    this.#log('updated', payment);
    return single(200, payment);
  }

  delete(id: string, version: number, ifMatch: Precondition | null): Expected {
    const payment = this.#live(id);
    if (!payment) return problem('payment_not_found');
    if (ifMatch && !ifMatch(payment.version)) return problem('precondition_failed');
    if (version !== payment.version) return problem('version_conflict');
    payment.deleted = true;
    this.#log('deleted', payment);
    return done();
  }

  page(query: PageQuery): Expected {
    const size = Math.min(query.size === null ? MAX_RESULTS : Number(query.size), MAX_RESULTS);
    if (query.kind === 'changes' || query.kind === 'versions') return this.#changesPage(query, size);
    const { organisation } = query;
    const live = [...this.#payments.values()].filter(
      (payment) => !payment.deleted && (organisation === null || payment.organisation === organisation),
    );
    if (query.kind === 'offset') {
      const { from } = query;
      const rows = live.slice(from, from + size);
      const before = Math.min(size, from);
      return page(rows, {
        next: { ...query, from: from + rows.length },
        prev: from === 0 ? null : { ...query, from: from - before, size: String(before) },
      });
    }
    const { cut } = query;
    const ahead = live.filter(({ place }) => place <= cut);
    const rows = query.kind === 'after' ? live.filter(({ place }) => place > cut).slice(0, size) : ahead.slice(-size);
    const start = (rows[0]?.place ?? cut + 1) - 1;
    return page(rows, {
      next: { ...query, kind: 'after', cut: rows.at(-1)?.place ?? cut },
      prev: live.some(({ place }) => place <= start) ? { ...query, kind: 'before', cut: start } : null,
    });
  }

  count(): Expected {
    const live = [...this.#payments.values()].filter(({ deleted }) => !deleted);
    return { status: 200, headers: {}, body: { kind: 'text', text: `{"count":${live.length}}` } };
  }

  /** Deletes everything but the count: an old cursor must not skip later payments. */
  deleteAll(): Expected {
    this.#payments.clear();
    this.#changes = [];
    this.#keys.clear();
    return done();
  }

  #log(kind: ModelChange['kind'], payment: ModelPayment): void {
    const { id, organisation } = payment;
    this.#changes.push({ place: ++this.#changed, kind, id, organisation, payment: json(payment) });
  }

  #changesPage(query: Extract<PageQuery, { kind: 'changes' | 'versions' }>, size: number): Expected {
    if (query.kind === 'versions' && !this.#payments.has(query.id)) return problem('payment_not_found');
    const isWanted = ({ id, organisation }: ModelChange) =>
      query.kind === 'versions' ? id === query.id : query.organisation === null || organisation === query.organisation;
    const changes = this.#changes.filter((change) => change.place > query.cut && isWanted(change)).slice(0, size);
    const data = changes.map(
      ({ kind, payment }, index) =>
        `{"position":"{position ${index}}","kind":"${kind}","at":"{at ${index}}","payment":${payment}}`,
    );
    const next = { ...query, cut: changes.at(-1)?.place ?? query.cut };
    return { status: 200, headers: NO_CACHE, body: { kind: 'page', data: data.join(','), next, prev: null } };
  }

  #live(id: string): ModelPayment | null {
    const payment = this.#payments.get(id);
    return payment && !payment.deleted ? payment : null;
  }
}

/**
 * The response that reports an error.
 *
 * @param code - of the contract
 * @param pointers - of the invalid fields
 * @param headers - besides those of all problems
 */
export function problem(
  code: keyof typeof STATUS_OF,
  pointers: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Expected {
  const body = { kind: 'problem', code, pointers } as const;
  return { status: STATUS_OF[code], headers: { 'cache-control': 'no-store', ...headers }, body };
}

function single(status: number, payment: ModelPayment): Expected {
  const text = `{"data":${json(payment)},"links":{"self":${JSON.stringify(urlOf(payment.id))}}}`;
  return { status, headers: { ...NO_CACHE, etag: `"${payment.version}"` }, body: { kind: 'text', text } };
}

function page(rows: readonly ModelPayment[], links: { next: PageQuery; prev: PageQuery | null }): Expected {
  return { status: 200, headers: NO_CACHE, body: { kind: 'page', data: rows.map(json).join(','), ...links } };
}

function done(): Expected {
  return { status: 204, headers: {}, body: { kind: 'empty' } };
}

function json({ id, version, organisation, attributes }: ModelPayment): string {
  const start = `{"id":${JSON.stringify(id)},"version":${version},"type":"Payment"`;
  return `${start},"organisation_id":${JSON.stringify(organisation)},"attributes":${attributes}}`;
}

function urlOf(id: string): string {
  return `${PAYMENTS_URL}/${encodeURIComponent(id)}`;
}
