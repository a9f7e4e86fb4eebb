import { randomUUID } from 'node:crypto';
import type { Schemas } from '../../../src/contract/contract.js';
import type { Answer, HttpClient } from './http-client.js';

type Payment = Schemas['Payment'];
type PaymentList = Schemas['PaymentList'];
type PaymentReply = Schemas['PaymentReply'];
type Problem = Schemas['Problem'];

/** What an answer's body may be, with every member that a scenario may ask for. */
export type Body = Partial<Omit<PaymentReply, 'data'> & Omit<PaymentList, 'data'> & Omit<Problem, 'status'>> & {
  readonly data?: Payment | readonly Payment[];
  readonly count?: number;
  readonly status?: number | string;
};

/** What one scenario knows: the client, the payments it has named, and what it was answered. Each has its own. */
export class World {
  readonly #suffix = randomUUID();
  readonly #payments = new Map<string, Payment>();
  #answers: readonly Answer[] = [];
  #pageLinks: NonNullable<Body['links']> | null = null;

  constructor(readonly http: HttpClient) {}

  /** The id of the payment that the scenario calls so: no other scenario's, and the same each time. */
  idOf(name: string): string {
    return `${name} ${this.#suffix}`;
  }

  /** The path of the payment that the scenario calls so. */
  targetOf(name: string): string {
    return `/v1/payments/${encodeURIComponent(this.idOf(name))}`;
  }

  /** Remembers a payment as the service has it. */
  remember(name: string, payment: Payment): void {
    this.#payments.set(name, payment);
  }

  /** @throws Error where no step has put it there */
  payment(name: string): Payment {
    const payment = this.#payments.get(name);
    if (!payment) throw new Error(`no step has created the payment ${name}`);
    return payment;
  }

  /** Notes what a step was answered, to each of its requests. */
  heard(...answers: readonly Answer[]): void {
    this.#answers = answers;
    if (!this.answer.text.startsWith('{')) return;
    const { links } = this.body;
    if (links?.next !== undefined) this.#pageLinks = links;
  }

  /** The links of the page that was seen last, whatever happened since. */
  get pageLinks(): NonNullable<Body['links']> {
    if (!this.#pageLinks) throw new Error('no step has listed payments');
    return this.#pageLinks;
  }

  /** What the last step was answered, to each of its requests. */
  get answers(): readonly Answer[] {
    return this.#answers;
  }

  /** What the last step was answered. */
  get answer(): Answer {
    const [answer] = this.#answers;
    if (!answer) throw new Error('no step has sent a request');
    return answer;
  }

  /** The body of the answer. */
  get body(): Body {
    return JSON.parse(this.answer.text);
  }
}
