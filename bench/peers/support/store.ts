import type { PeerOptions } from './options.js';
import { openPostgresStore } from './postgres-store.js';
import { openSqliteStore } from './sqlite-store.js';

/** A payment at rest. `A`: the attributes as the peer wants them, an object or the stored JSON text. */
export interface StoredPayment<A> {
  readonly id: string;
  readonly version: number;
  readonly organisationId: string;
  readonly attributes: A;
}

export interface StoredPage<A> {
  readonly payments: readonly StoredPayment<A>[];
  /** The position of the page's last payment, for the link to the next; the position asked for on an empty page. */
  readonly last: number;
}

export type UpdateResult = 'updated' | 'not_found' | 'version_conflict';

type Awaitable<T> = T | Promise<T>;

/** One statement, and so one transaction, a call. SQLite answers at once, Postgres by a promise; `await` takes both. */
export interface Store<A> {
  find(id: string): Awaitable<StoredPayment<A> | null>;
  list(after: number, size: number): Awaitable<StoredPage<A>>;
  /** @returns false where the id is, or ever was, in use */
  create(payment: StoredPayment<A>): Awaitable<boolean>;
  /** Replaces the payment where `payment.version` is the stored version. */
  update(payment: StoredPayment<A>): Awaitable<UpdateResult>;
}

/** How attributes get into the database and out of it again. */
export interface AttributesCodec<A> {
  /** The column in Postgres: `jsonb` arrives parsed, `text` as it was written. */
  readonly postgresType: 'jsonb' | 'text';
  /** Whether statements to Postgres are named, so that it parses and plans them once a connection. */
  readonly prepared: boolean;
  toText(attributes: A): string;
  fromText(text: string): A;
}

export type Attributes = Record<string, unknown>;

/** Attributes as objects: parsed from what is stored, as tutorials do it. */
export const parsedAttributes: AttributesCodec<Attributes> = {
  postgresType: 'jsonb',
  prepared: false,
  toText: (attributes) => JSON.stringify(attributes),
  fromText: (text) => JSON.parse(text),
};

/** Attributes as the JSON text that is stored, ready to be sent. */
export const textAttributes: AttributesCodec<string> = {
  postgresType: 'text',
  prepared: true,
  toText: (attributes) => attributes,
  fromText: (text) => text,
};

/** Opens the database a peer was told to use, and makes the table where it is missing. */
export async function openStore<A>(options: PeerOptions, codec: AttributesCodec<A>): Promise<Store<A>> {
  return options.repo === 'sqlite3'
    ? openSqliteStore(options.repoUri, codec)
    : await openPostgresStore(options.repoUri, codec);
}
