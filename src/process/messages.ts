import type { DrainOptions, DrainOutcome } from '../http/transport/connections.js';

/**
 * What the primary and its workers send each other. A channel keeps the order, sockets included: whatever is sent
 * behind a connection arrives behind it, which is what makes draining exact.
 */
export type Message =
  /** Primary → worker, with a socket: serve this connection; `listener` says which of the primary's it came by. */
  | { readonly kind: 'connection'; readonly id: number; readonly listener: string }
  /** Primary → worker: no connection follows. Answer what was accepted, close the repository, and exit. */
  | ({ readonly kind: 'drain' } & DrainOptions)
  /** Worker → primary: connections can come. */
  | { readonly kind: 'ready' }
  /** Worker → primary, once a period: its event loop turns. */
  | { readonly kind: 'alive' }
  /** Worker → primary: its event loop may stand still for so long, ms, over something that was asked for; 0: no more. */
  | { readonly kind: 'excused'; readonly forMs: number }
  /** Worker → primary: it has the connections up to this id, and so many are open. */
  | { readonly kind: 'connections'; readonly lastId: number; readonly open: number }
  /** Worker → primary: all is done, and the process ends. */
  | { readonly kind: 'drained'; readonly outcome: DrainOutcome }
  /** Both ways: a question, its answer, and a notice that has none. */
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly payload: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly reply: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: string }
  | { readonly kind: 'tell'; readonly name: string; readonly payload: unknown };

/** The kinds of the type above, each once: the compiler refuses one that is missing. */
const KINDS: Readonly<Record<Message['kind'], true>> = {
  connection: true,
  drain: true,
  ready: true,
  alive: true,
  excused: true,
  connections: true,
  drained: true,
  ask: true,
  answer: true,
  failure: true,
  tell: true,
};

/**
 * Whether something that arrived on a channel is one of these messages; other modules may use the channel too. Only
 * the kind is looked at, since both ends are the same program.
 */
export function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return typeof value.kind === 'string' && Object.hasOwn(KINDS, value.kind);
}
