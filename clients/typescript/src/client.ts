import { PaymentsError } from './errors.js';
import { sleep } from './retry.js';
import { isSameJson } from './same-json.js';
import type { components } from './schema.js';
import { type Answer, type CallOptions, createTransport, type TransportOptions } from './transport.js';
import type { NewPayment, Payment, PaymentChange } from './types.js';

type PaymentReply = components['schemas']['PaymentReply'];
type PaymentList = components['schemas']['PaymentList'];

export interface ListOptions extends CallOptions {
  /** Payments a page, at most; the service has a greatest page of its own. */
  readonly size?: number;
}

export interface UpdateOptions extends CallOptions {
  /** How often the change is made again on what somebody else left. Default 5. */
  readonly conflictRetries?: number;
}

/** The payments of one service. Every method throws `PaymentsError`, or the reason of its signal. */
export interface PaymentsClient {
  /** Creates a payment. Safe to be repeated: an id can be created once only. */
  create(payment: NewPayment, options?: CallOptions): Promise<Payment>;
  /** The payment as it is now. */
  get(id: string, options?: CallOptions): Promise<Payment>;
  /** The payment if it is another than the one given, else null, for the price of an empty answer. */
  getIfChanged(known: Payment, options?: CallOptions): Promise<Payment | null>;
  /**
   * Reads a payment, changes it and writes it back; where somebody else was faster, again from what they left.
   *
   * @param id - which one
   * @param change - gives what the payment shall hold; called once for each attempt, so it should do nothing else
   */
  update(
    id: string,
    change: (payment: Payment) => PaymentChange | Promise<PaymentChange>,
    options?: UpdateOptions,
  ): Promise<Payment>;
  /** Writes a payment, if its version is still the stored one; else the code is `version_conflict`. */
  replace(payment: Payment, options?: CallOptions): Promise<Payment>;
  /** Deletes a payment, if its version is still the stored one; else the code is `version_conflict`. */
  delete(payment: Pick<Payment, 'id' | 'version'>, options?: CallOptions): Promise<void>;
  /** Every payment there is, in order of creation, read page by page while you go on. */
  all(options?: ListOptions): AsyncGenerator<Payment, void, undefined>;
  /** The same, a page at a time; no page is empty. */
  pages(options?: ListOptions): AsyncGenerator<readonly Payment[], void, undefined>;
}

const CONFLICT_DELAY_MS = 50;
const MAX_CONFLICT_DELAY_MS = 1_000;

/**
 * A client of one service.
 *
 * @param options - where it is, and how patient to be
 */
export function createPaymentsClient(options: TransportOptions): PaymentsClient {
  const { client, call } = createTransport(options);
  const { stringify } = options.json ?? JSON;

  const get = async (id: string, callOptions: CallOptions = {}) =>
    paymentIn(
      await call((attempt) => client.GET('/v1/payments/{id}', { params: { path: { id } }, ...attempt }), callOptions),
    );

  /** After a write that may have happened: whether what is stored now is what was written. */
  async function unlessWritten(error: PaymentsError, written: Payment, callOptions: CallOptions): Promise<Answer> {
    const stored = await get(written.id, callOptions).catch((failure: unknown) => {
      // It was written and deleted since, perhaps, or never written: the first error says what is known.
      if (failure instanceof PaymentsError && !failure.isTransient) throw error;
      throw failure;
    });
    if (!isSameJson(stored, written, stringify)) throw error;
    return { status: 200, body: { data: stored } };
  }

  async function replace(payment: Payment, callOptions: CallOptions = {}): Promise<Payment> {
    const { id, version, organisation_id, attributes } = payment;
    const data: Payment = { id, version, type: 'Payment', organisation_id, attributes };
    const answer = await call(
      (attempt) => client.PUT('/v1/payments/{id}', { params: { path: { id } }, body: { data }, ...attempt }),
      callOptions,
      async (error) => {
        if (error.code !== 'version_conflict') throw error;
        return unlessWritten(error, { ...data, version: version + 1 }, callOptions);
      },
    );
    return paymentIn(answer);
  }

  async function* pages({
    size,
    ...callOptions
  }: ListOptions = {}): AsyncGenerator<readonly Payment[], void, undefined> {
    let query: { size?: number; after?: string } = size === undefined ? {} : { size };
    while (true) {
      const { body } = await call(
        (attempt) => client.GET('/v1/payments', { params: { query }, ...attempt }),
        callOptions,
      );
      const { data, links } = body as PaymentList;
      if (data.length === 0) return;
      yield data;
      query = nextQuery(links.next);
    }
  }

  return {
    get,
    replace,
    pages,

    async create({ id, organisation_id, attributes }, callOptions = {}) {
      const data = { id, type: 'Payment' as const, organisation_id, attributes };
      const answer = await call(
        (attempt) => client.POST('/v1/payments', { body: { data }, ...attempt }),
        callOptions,
        async (error) => {
          if (error.code !== 'payment_exists') throw error;
          return unlessWritten(error, { ...data, version: 0 }, callOptions);
        },
      );
      return paymentIn(answer);
    },

    async getIfChanged({ id, version }, callOptions = {}) {
      const params = { path: { id }, header: { 'If-None-Match': `"${version}"` } };
      const answer = await call(
        (attempt) => client.GET('/v1/payments/{id}', { ...attempt, params, headers: attempt.headers }),
        callOptions,
      );
      return answer.status === 304 ? null : paymentIn(answer);
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

    async delete({ id, version }, callOptions = {}) {
      await call(
        (attempt) => client.DELETE('/v1/payments/{id}', { params: { path: { id }, query: { version } }, ...attempt }),
        callOptions,
        async (error) => {
          // Gone is what was wanted, and an id never comes back.
          if (error.code !== 'payment_not_found') throw error;
          return { status: 204, body: undefined };
        },
      );
    },

    async *all(listOptions) {
      for await (const page of pages(listOptions)) yield* page;
    },
  };
}

/** The contract says what is in an answer of the service; the transport has refused what is not JSON. */
function paymentIn({ body }: Answer): Payment {
  return (body as PaymentReply).data;
}

/** Only the query of a link is followed, so that a walk stays with the service that was configured. */
function nextQuery(link: string): { size?: number; after?: string } {
  const parameters = new URL(link).searchParams;
  const size = parameters.get('size');
  const after = parameters.get('after');
  return { ...(size === null ? {} : { size: Number(size) }), ...(after === null ? {} : { after }) };
}
