import type { PeerOptions } from './options.js';
import { openPostgresStore } from './postgres-store.js';
import { openSqliteStore } from './sqlite-store.js';

/** A stored payment. `A`: the peer's attributes, an object or the stored JSON text. */
export interface StoredPayment<A> {
  readonly id: string;
  readonly version: number;
  readonly organisationId: string;
  readonly attributes: A;
}

export interface StoredPage<A> {
  readonly payments: readonly StoredPayment<A>[];
  /** The position of the page's last payment, for the next link; the requested position on an empty page. */
  readonly last: number;
}

export type UpdateResult = 'updated' | 'not_found' | 'version_conflict';

type Awaitable<T> = T | Promise<T>;

/**
 * Each call is one statement, and so one transaction. SQLite returns at once, Postgres a promise; `await` accepts both.
 */
export interface Store<A> {
  find(id: string): Awaitable<StoredPayment<A> | null>;
  list(after: number, size: number): Awaitable<StoredPage<A>>;
  /** @returns false if the id is or was in use */
  create(payment: StoredPayment<A>): Awaitable<boolean>;
  /** Replaces the payment if `payment.version` is the stored version. */
  update(payment: StoredPayment<A>): Awaitable<UpdateResult>;
}

/** Conversion of attributes for the database. */
export interface AttributesCodec<A> {
  /** The column in Postgres: `jsonb` arrives parsed, `text` unchanged. */
  readonly postgresType: 'jsonb' | 'text';
  /** Whether statements to Postgres are named, so that it parses and plans them once a connection. */
  readonly prepared: boolean;
  toText(attributes: A): string;
  fromText(text: string): A;
}

export type Attributes = Record<string, unknown>;

/** Attributes as objects, parsed from the stored text, as in tutorials. */
export const parsedAttributes: AttributesCodec<Attributes> = {
  postgresType: 'jsonb',
  prepared: false,
  toText: (attributes) => JSON.stringify(attributes),
  fromText: (text) => JSON.parse(text),
};

/** Attributes as the stored JSON text, ready to be sent. */
export const textAttributes: AttributesCodec<string> = {
  postgresType: 'text',
  prepared: true,
  toText: (attributes) => attributes,
  fromText: (text) => text,
};

/** Opens the database of a peer, and creates the table if it is missing. */
export async function openStore<A>(options: PeerOptions, codec: AttributesCodec<A>): Promise<Store<A>> {
  return options.repo === 'sqlite3'
    ? openSqliteStore(options.repoUri, codec)
    : await openPostgresStore(options.repoUri, codec);
}
