import { randomUUID } from 'node:crypto';
import type { Schemas } from '../../../src/contract/contract.js';
import type { HttpClient, Reply } from './http-client.js';

type Payment = Schemas['Payment'];
type PaymentList = Schemas['PaymentList'];
type PaymentReply = Schemas['PaymentReply'];
type Problem = Schemas['Problem'];

/** A response body, with every property that a scenario may check. */
export type Body = Partial<Omit<PaymentReply, 'data'> & Omit<PaymentList, 'data'> & Omit<Problem, 'status'>> & {
  readonly data?: Payment | readonly Payment[];
  readonly count?: number;
  readonly status?: number | string;
};

/** The state of one scenario: the client, its named payments, and the last responses. */
export class World {
  readonly #suffix = randomUUID();
  readonly #payments = new Map<string, Payment>();
  #replies: readonly Reply[] = [];
  #pageLinks: NonNullable<Body['links']> | null = null;

  constructor(readonly http: HttpClient) {}

  /** The id of a named payment: unique to this scenario, and constant. */
  idOf(name: string): string {
    return `${name} ${this.#suffix}`;
  }

  /** The path of a named payment. */
  targetOf(name: string): string {
    return `/v1/payments/${encodeURIComponent(this.idOf(name))}`;
  }

  /** Stores a payment as the service returned it. */
  remember(name: string, payment: Payment): void {
    this.#payments.set(name, payment);
  }

  /** @throws Error if no step has stored it */
  payment(name: string): Payment {
    const payment = this.#payments.get(name);
    if (!payment) throw new Error(`no step has created the payment ${name}`);
    return payment;
  }

  /** Stores the responses to the requests of a step. */
  heard(...replies: readonly Reply[]): void {
    this.#replies = replies;
    if (!this.reply.text.startsWith('{')) return;
    const { links } = this.body;
    if (links?.next !== undefined) this.#pageLinks = links;
  }

  /** The links of the last page, even if other requests followed. */
  get pageLinks(): NonNullable<Body['links']> {
    if (!this.#pageLinks) throw new Error('no step has listed payments');
    return this.#pageLinks;
  }

  /** The responses to the requests of the last step. */
  get replies(): readonly Reply[] {
    return this.#replies;
  }

  /** The response to the last step. */
  get reply(): Reply {
    const [reply] = this.#replies;
    if (!reply) throw new Error('no step has sent a request');
    return reply;
  }

  /** The body of the response. */
  get body(): Body {
    return JSON.parse(this.reply.text);
  }
}
