import { PaymentsError } from './errors.js';
import { sleep } from './retry.js';
import type { components } from './schema.js';
import { type CallOptions, createTransport, newUuid, type Success, type TransportOptions } from './transport.js';
import type { Change, NewPayment, Payment, PaymentAttributes, PaymentUpdate, RequiredAttributes } from './types.js';

export interface WriteOptions extends CallOptions {
  /**
   * Makes the service execute the write only once, however often and from whichever process it is sent. Default: a new
   * UUID for each call. Set it if you repeat calls yourself, for example after a restart.
   */
  readonly idempotencyKey?: string;
}

export interface UpdateOptions extends CallOptions {
  /** How often the change is repeated after a conflict with another write. Default 5. */
  readonly conflictRetries?: number;
}

/** A page of payments. A page contains the queries of the next and the previous one. */
export interface PageQuery {
  /** The maximum number of payments in a page; the service has its own maximum. */
  readonly size?: number;
  /** The number of payments to skip. Slow for large numbers: follow `next` instead. */
  readonly from?: number;
  /** A cursor from an earlier page. */
  readonly after?: string;
  /** Only the payments of this organisation. */
  readonly organisationId?: string;
}

export interface ListOptions extends CallOptions, Pick<PageQuery, 'size' | 'organisationId'> {}

export interface Page<Attributes extends RequiredAttributes = PaymentAttributes> {
  readonly payments: readonly Payment<Attributes>[];
  /** The query of the next page. The last page has one too, for later payments. */
  readonly next: PageQuery;
  /** The query of the previous page; null on the first page. */
  readonly previous: PageQuery | null;
}

export interface ChangesQuery {
  /** The `position` of a change after which to start. Default: from the first change. */
  readonly after?: string;
  /** The maximum number of changes in a page; the service has its own maximum. */
  readonly size?: number;
  /** Only the changes of this organisation's payments. */
  readonly organisationId?: string;
  /** The longest time to wait for a change if there is none yet, in seconds, 0 to 30. */
  readonly wait?: number;
}

export interface ChangesOptions extends CallOptions, ChangesQuery {}

export interface ChangesPage<Attributes extends RequiredAttributes = PaymentAttributes> {
  readonly changes: readonly Change<Attributes>[];
  /** The query of the next page; the last page has one too. */
  readonly next: ChangesQuery;
}

/** The payments of a service. Every method throws `PaymentsError`, or the reason of its signal. */
export interface PaymentsClient<Attributes extends RequiredAttributes = PaymentAttributes> {
  /** Creates a payment. */
  create(payment: NewPayment<Attributes>, options?: WriteOptions): Promise<Payment<Attributes>>;
  /** The current payment. */
  get(id: string, options?: CallOptions): Promise<Payment<Attributes>>;
  /** The payment if its version differs from the given one, otherwise null after an empty response. */
  getIfChanged(known: Pick<Payment, 'id' | 'version'>, options?: CallOptions): Promise<Payment<Attributes> | null>;
  /**
   * Reads a payment, changes it and writes it back; repeated if another write came in between.
   *
   * @param change - returns the new content; called once for each attempt, so it should have no side effects
   */
  update(
    id: string,
    change: (payment: Payment<Attributes>) => PaymentUpdate<Attributes> | Promise<PaymentUpdate<Attributes>>,
    options?: UpdateOptions,
  ): Promise<Payment<Attributes>>;
  /** Writes a payment if its version is the stored one; otherwise fails with `version_conflict`. */
  replace(payment: Payment<Attributes>, options?: WriteOptions): Promise<Payment<Attributes>>;
  /** Deletes a payment if its version is the stored one; otherwise fails with `version_conflict`. */
  delete(payment: Pick<Payment, 'id' | 'version'>, options?: WriteOptions): Promise<void>;
  /** A page of payments, in order of creation: the first one, or that of a query from another page. */
  page(query?: PageQuery, options?: CallOptions): Promise<Page<Attributes>>;
  /** All pages in order, read while you iterate. No page is empty. */
  pages(options?: ListOptions): AsyncGenerator<readonly Payment<Attributes>[], void, undefined>;
  /** All payments, in order of creation, read page by page while you iterate. */
  all(options?: ListOptions): AsyncGenerator<Payment<Attributes>, void, undefined>;
  /** A page of changes: the first one, or that of a query from another page. */
  changesPage(query?: ChangesQuery, options?: CallOptions): Promise<ChangesPage<Attributes>>;
  /**
   * All changes exactly once, in order. It resumes after any temporary failure, however long that lasts. With `wait` it
   * never ends: abort its signal, or leave the loop. Without `wait` it ends after the last change.
   *
   * Store the `position` of the last change that you have processed, and pass it as `after` the next time.
   */
  changes(options?: ChangesOptions): AsyncGenerator<Change<Attributes>, void, undefined>;
  /** The changes of one payment, in order, even after it was deleted. */
  versions(id: string, options?: CallOptions): AsyncGenerator<Change<Attributes>, void, undefined>;
}

const CONFLICT_DELAY_MS = 50;
const MAX_CONFLICT_DELAY_MS = 1_000;

/**
 * Creates a client of a service.
 *
 * @typeParam Attributes - the type of your `attributes`; not checked at run time
 * @throws TypeError if `baseUrl` is not an absolute http or https URL
 */
export function createPaymentsClient<Attributes extends RequiredAttributes = PaymentAttributes>(
  options: TransportOptions,
): PaymentsClient<Attributes> {
  const { client, call } = createTransport(options);

  async function get(id: string, callOptions: CallOptions = {}): Promise<Payment<Attributes>> {
    const params = { path: { id } };
    return paymentIn(await call((attempt) => client.GET('/v1/payments/{id}', { ...attempt, params }), callOptions));
  }

  async function replace(payment: Payment<Attributes>, options: WriteOptions = {}): Promise<Payment<Attributes>> {
    const { id, version, organisation_id, attributes } = payment;
    const body = { data: { id, version, type: 'Payment' as const, organisation_id, attributes: onWire(attributes) } };
    const params = { path: { id } };
    return paymentIn(
      await call((attempt) => client.PUT('/v1/payments/{id}', { ...attempt, params, body }), asWrite(options)),
    );
  }

  async function page(query: PageQuery = {}, callOptions: CallOptions = {}): Promise<Page<Attributes>> {
    const params = { query: parametersOf(query) };
    const success = await call((attempt) => client.GET('/v1/payments', { ...attempt, params }), {
      ...callOptions,
      isList: true,
    });
    const { data, links } = success.body as PaymentList<Attributes>;
    return {
      payments: data,
      next: queryOf(links.next),
      previous: links.prev === undefined ? null : queryOf(links.prev),
    };
  }

  async function* pages({ size, organisationId, ...callOptions }: ListOptions = {}) {
    let query: PageQuery = defined({ size, organisationId });
    while (true) {
      const { payments, next } = await page(query, callOptions);
      if (payments.length === 0) return;
      yield payments;
      query = next;
    }
  }

  async function readChanges(query: ChangesQuery, settings: CallOptions & { isPersistent?: boolean }) {
    const { wait, ...others } = query;
    const params = { query: { ...parametersOf(others), ...defined({ wait }) } };
    const success = await call((attempt) => client.GET('/v1/changes', { ...attempt, params }), {
      ...settings,
      waitMs: (wait ?? 0) * 1_000,
      isList: true,
    });
    const { data, links } = success.body as ChangeList<Attributes>;
    return { changes: data, next: { ...query, ...defined({ after: queryOf(links.next).after }) } };
  }

  return {
    get,
    replace,
    page,
    pages,

    async create({ id, organisation_id, attributes }, options = {}) {
      const body = { data: { id, type: 'Payment' as const, organisation_id, attributes: onWire(attributes) } };
      return paymentIn(await call((attempt) => client.POST('/v1/payments', { ...attempt, body }), asWrite(options)));
    },

    async getIfChanged({ id, version }, callOptions = {}) {
      const success = await call(({ headers, ...attempt }) => {
        const params = { path: { id }, header: { 'If-None-Match': `"${version}"` } };
        return client.GET('/v1/payments/{id}', { ...attempt, params, headers });
      }, callOptions);
      return success.status === 304 ? null : paymentIn(success);
    },

    async update(id, change, { conflictRetries = 5, ...callOptions } = {}) {
      for (let conflicts = 0; ; conflicts++) {
        const payment = await get(id, callOptions);
        try {
          return await replace({ ...payment, ...(await change(payment)), id, version: payment.version }, callOptions);
        } catch (error) {
          const isConflict = error instanceof PaymentsError && error.code === 'version_conflict';
          if (!isConflict || conflicts >= conflictRetries) throw error;
          const longestMs = Math.min(MAX_CONFLICT_DELAY_MS, CONFLICT_DELAY_MS * 2 ** conflicts);
          await sleep(Math.random() * longestMs, callOptions.signal);
        }
      }
    },

    async delete({ id, version }, options = {}) {
      // A number may be an object, if the `json` option keeps digits.
      const params = { path: { id }, query: { version: Number(version) } };
      await call((attempt) => client.DELETE('/v1/payments/{id}', { ...attempt, params }), asWrite(options));
    },

    async *all(listOptions) {
      for await (const payments of pages(listOptions)) yield* payments;
    },

    changesPage: (query = {}, callOptions = {}) => readChanges(query, callOptions),

    async *changes({ after, size, organisationId, wait, ...callOptions } = {}) {
      let query: ChangesQuery = defined({ after, size, organisationId, wait });
      while (true) {
        const { changes, next } = await readChanges(query, { ...callOptions, isPersistent: true });
        if (changes.length === 0 && !wait) return;
        yield* changes;
        query = next;
      }
    },

    async *versions(id, callOptions = {}) {
      let query: { after?: string; size?: number } = {};
      while (true) {
        const params = { path: { id }, query };
        const success = await call((attempt) => client.GET('/v1/payments/{id}/versions', { ...attempt, params }), {
          ...callOptions,
          isList: true,
        });
        const { data, links } = success.body as ChangeList<Attributes>;
        if (data.length === 0) return;
        yield* data;
        query = parametersOf(queryOf(links.next));
      }
    },
  };
}

type Schemas = components['schemas'];
type PaymentList<Attributes extends RequiredAttributes> = Omit<Schemas['PaymentList'], 'data'> & {
  readonly data: readonly Payment<Attributes>[];
};
type ChangeList<Attributes extends RequiredAttributes> = Omit<Schemas['ChangeList'], 'data'> & {
  readonly data: readonly Change<Attributes>[];
};

/** The contract guarantees the content of a response; the transport has rejected other content types. */
function paymentIn<Attributes extends RequiredAttributes>({ body }: Success): Payment<Attributes> {
  return (body as { readonly data: Payment<Attributes> }).data;
}

/** Your own type of attributes has no index signature, unlike the contract's. */
function onWire<Attributes extends RequiredAttributes>(attributes: Attributes): PaymentAttributes {
  const entries: [string, unknown][] = Object.entries(attributes);
  return { ...Object.fromEntries(entries), amount: attributes.amount };
}

function asWrite({ idempotencyKey, ...options }: WriteOptions) {
  return { ...options, idempotencyKey: idempotencyKey ?? newUuid() };
}

function parametersOf({ organisationId, ...others }: PageQuery) {
  return { ...others, ...defined({ organisation_id: organisationId }) };
}

/** Without the properties that are undefined. */
function defined<T extends object>(value: T) {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

/** Only the query of a link is used, so that requests stay with the configured service. */
function queryOf(link: string): PageQuery {
  const parameters = new URL(link).searchParams;
  const textOf = (name: string) => parameters.get(name) ?? undefined;
  const numberOf = (name: string) => (parameters.has(name) ? Number(parameters.get(name)) : undefined);
  return defined({
    size: numberOf('size'),
    from: numberOf('from'),
    after: textOf('after'),
    organisationId: textOf('organisation_id'),
  });
}
