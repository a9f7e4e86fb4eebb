import { PaymentsError } from './errors.js';
import { sleep } from './retry.js';
import type { components } from './schema.js';
import { type CallOptions, createTransport, newUuid, type Success, type TransportOptions } from './transport.js';
import type { Change, NewPayment, Payment, PaymentAttributes, PaymentUpdate, RequiredAttributes } from './types.js';

export interface WriteOptions extends CallOptions {
  /**
   * Makes the write happen once, however often it is sent, by any process and at any time. Default: a new UUID for each
   * call. Give your own if you repeat calls yourself, for example after a restart.
   */
  readonly idempotencyKey?: string;
}

export interface UpdateOptions extends CallOptions {
  /** How often the change is made again on what somebody else wrote meanwhile. Default 5. */
  readonly conflictRetries?: number;
}

/** A page of payments. The links of a page contain the next and the previous query. */
export interface PageQuery {
  /** The largest number of payments in a page; the service has a maximum of its own. */
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
  /** The query of the next page. The last page has one too: it is where to look for new payments later. */
  readonly next: PageQuery;
  /** The query of the previous page; null on the first one. */
  readonly previous: PageQuery | null;
}

export interface ChangesQuery {
  /** The `position` of a change: only what comes after it. Default: from the first change on. */
  readonly after?: string;
  /** The largest number of changes in a page; the service has a maximum of its own. */
  readonly size?: number;
  /** Only the changes of this organisation's payments. */
  readonly organisationId?: string;
  /** The longest time to wait for a change if there is none yet, in seconds, 0 to 30. */
  readonly wait?: number;
}

export interface ChangesOptions extends CallOptions, ChangesQuery {}

export interface ChangesPage<Attributes extends RequiredAttributes = PaymentAttributes> {
  readonly changes: readonly Change<Attributes>[];
  /** The query of the next page, on the last page too. */
  readonly next: ChangesQuery;
}

/** The payments of one service. Every method throws `PaymentsError`, or the reason of its signal. */
export interface PaymentsClient<Attributes extends RequiredAttributes = PaymentAttributes> {
  /** Creates a payment. */
  create(payment: NewPayment<Attributes>, options?: WriteOptions): Promise<Payment<Attributes>>;
  /** The payment as it is now. */
  get(id: string, options?: CallOptions): Promise<Payment<Attributes>>;
  /** The payment if its version is another than that of the one given, else null, for the price of an empty response. */
  getIfChanged(known: Pick<Payment, 'id' | 'version'>, options?: CallOptions): Promise<Payment<Attributes> | null>;
  /**
   * Reads a payment, changes it and writes it back; if somebody else was faster, again from what they wrote.
   *
   * @param id - which one
   * @param change - returns what the payment is to hold; called once for each attempt, so it should do nothing else
   */
  update(
    id: string,
    change: (payment: Payment<Attributes>) => PaymentUpdate<Attributes> | Promise<PaymentUpdate<Attributes>>,
    options?: UpdateOptions,
  ): Promise<Payment<Attributes>>;
  /** Writes a payment, if its version is still the stored one; else the code is `version_conflict`. */
  replace(payment: Payment<Attributes>, options?: WriteOptions): Promise<Payment<Attributes>>;
  /** Deletes a payment, if its version is still the stored one; else the code is `version_conflict`. */
  delete(payment: Pick<Payment, 'id' | 'version'>, options?: WriteOptions): Promise<void>;
  /** One page of payments, in order of creation: the first one, or that of a query from another page. */
  page(query?: PageQuery, options?: CallOptions): Promise<Page<Attributes>>;
  /** The pages, one after another, while you iterate; none of them is empty. */
  pages(options?: ListOptions): AsyncGenerator<readonly Payment<Attributes>[], void, undefined>;
  /** Every payment, in order of creation, read page by page while you iterate. */
  all(options?: ListOptions): AsyncGenerator<Payment<Attributes>, void, undefined>;
  /** One page of changes: the first one, or that of a query from another page. */
  changesPage(query?: ChangesQuery, options?: CallOptions): Promise<ChangesPage<Attributes>>;
  /**
   * Every change exactly once, in order. It resumes after any failure that may pass, however long it lasts. With `wait` it
   * never ends: abort its signal, or leave the loop. Without `wait` it ends when there are no more changes.
   *
   * Store the `position` of the last change that you have dealt with, and start with it as `after` the next time.
   */
  changes(options?: ChangesOptions): AsyncGenerator<Change<Attributes>, void, undefined>;
  /** The changes of one payment, in order, also after it was deleted. */
  versions(id: string, options?: CallOptions): AsyncGenerator<Change<Attributes>, void, undefined>;
}

const CONFLICT_DELAY_MS = 50;
const MAX_CONFLICT_DELAY_MS = 1_000;

/**
 * A client of one service.
 *
 * @typeParam Attributes - what `attributes` hold, if you know more than the contract; it is not checked at run time
 * @param options - where the service is, and how patient to be
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
    const success = await call((attempt) => client.GET('/v1/payments', { ...attempt, params }), callOptions);
    const { data, links } = success.body as PaymentList<Attributes>;
    return {
      payments: data,
      next: queryOf(links.next),
      previous: links.prev === undefined ? null : queryOf(links.prev),
    };
  }

  async function* pages({ size, organisationId, ...callOptions }: ListOptions = {}) {
    let query: PageQuery = {
      ...(size !== undefined && { size }),
      ...(organisationId !== undefined && { organisationId }),
    };
    while (true) {
      const { payments, next } = await page(query, callOptions);
      if (payments.length === 0) return;
      yield payments;
      query = next;
    }
  }

  async function readChanges(query: ChangesQuery, settings: CallOptions & { isPersistent?: boolean }) {
    const { wait, ...others } = query;
    const params = { query: { ...parametersOf(others), ...(wait !== undefined && { wait }) } };
    const success = await call((attempt) => client.GET('/v1/changes', { ...attempt, params }), {
      ...settings,
      waitMs: (wait ?? 0) * 1_000,
    });
    const { data, links } = success.body as ChangeList<Attributes>;
    const { after } = queryOf(links.next);
    return { changes: data, next: { ...query, ...(after !== undefined && { after }) } };
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
      const params = { path: { id }, query: { version } };
      await call((attempt) => client.DELETE('/v1/payments/{id}', { ...attempt, params }), asWrite(options));
    },

    async *all(listOptions) {
      for await (const payments of pages(listOptions)) yield* payments;
    },

    changesPage: (query = {}, callOptions = {}) => readChanges(query, callOptions),

    async *changes({ after, size, organisationId, wait, ...callOptions } = {}) {
      let query: ChangesQuery = {
        ...(after !== undefined && { after }),
        ...(size !== undefined && { size }),
        ...(organisationId !== undefined && { organisationId }),
        ...(wait !== undefined && { wait }),
      };
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
        const success = await call(
          (attempt) => client.GET('/v1/payments/{id}/versions', { ...attempt, params }),
          callOptions,
        );
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

/** The contract says what is in a response of the service; the transport has rejected what is not JSON. */
function paymentIn<Attributes extends RequiredAttributes>({ body }: Success): Payment<Attributes> {
  return (body as { readonly data: Payment<Attributes> }).data;
}

/** Attributes of a type of their own have no index signature, which the contract's have. */
function onWire<Attributes extends RequiredAttributes>(attributes: Attributes): PaymentAttributes {
  return Object.assign<Record<string, unknown>, Attributes>({}, attributes);
}

function asWrite({ idempotencyKey = newUuid(), ...options }: WriteOptions) {
  return { ...options, idempotencyKey };
}

function parametersOf({ organisationId, ...others }: PageQuery) {
  return { ...others, ...(organisationId !== undefined && { organisation_id: organisationId }) };
}

/** Only the query of a link is followed, so that a walk stays with the service that was configured. */
function queryOf(link: string): PageQuery {
  const parameters = new URL(link).searchParams;
  const [size, from] = [parameters.get('size'), parameters.get('from')];
  const [after, organisationId] = [parameters.get('after'), parameters.get('organisation_id')];
  return {
    ...(size !== null && { size: Number(size) }),
    ...(from !== null && { from: Number(from) }),
    ...(after !== null && { after }),
    ...(organisationId !== null && { organisationId }),
  };
}
